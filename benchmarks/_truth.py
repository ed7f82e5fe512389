"""The known truth of a pack and simulated people who answer from it. Shares no code with what it judges."""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _report import rows

SAME_PLACE = 0.5


@dataclass(frozen=True)
class Truth:
    """``objects`` by scene id as (box, product id); ``alike`` by product id what stands for it where photos are the same."""

    objects: dict[str, list[tuple[list[float], str]]]
    alike: dict[str, tuple[str, str]]

    @classmethod
    def read(cls, pack: Path) -> Truth:
        """Straight from the files of a pack."""
        scenes = rows(pack / "scenes.jsonl")
        objects = {s["id"]: [(o["box"], o["product"]) for o in s["objects"] if o.get("product")] for s in scenes}
        alike = {}
        for product in rows(pack / "products.jsonl"):
            photo = hashlib.sha256((pack / product["image"]).read_bytes()).hexdigest()
            alike[product["id"]] = (product.get("variant_group") or product["id"], photo)
        return cls(objects, alike)

    def product_at(self, scene: str, box: list[float]) -> str | None:
        """The product of the object that overlaps a box by at least a half, the most where several do."""
        found = [(overlap(box, known), product) for known, product in self.objects[scene]]
        best = max(found, default=(0.0, ""))
        return best[1] if best[0] >= SAME_PLACE else None

    def is_right(self, scene: str, box: list[float], product: str) -> bool:
        """Whether a tag names the true product, or one of its variants with the very same photo."""
        true = self.product_at(scene, box)
        return true is not None and (true == product or self.alike[true] == self.alike[product])


class Person:
    """Answers from the truth; ``careless`` is the share of answers that are some other one."""

    def __init__(self, truth: Truth, careless: float, seed: int) -> None:
        self.truth, self.careless, self.lot = truth, careless, random.Random(seed)

    def answer(self, shown: dict[str, Any], scene: str) -> dict[str, Any]:
        """What is said of a shown object: verdict, product id as the page knows it, grade."""
        offered = {each["external_id"]: each["product"] for each in shown["candidates"][:9]}
        true = self.truth.product_at(scene, shown["box"])
        if self.lot.random() < self.careless:
            # A slip takes some other of the products on show, the first more often than not.
            wrong = [pk for name, pk in offered.items() if name != true]
            if wrong:
                return {"verdict": "confirmed", "product": self.lot.choice([wrong[0], *wrong]), "grade": "exact"}
        if true is None:
            return {"verdict": "rejected", "product": None, "grade": ""}
        if true in offered:
            return {"verdict": "confirmed", "product": offered[true], "grade": "exact"}
        return {"verdict": "confirmed", "product": None, "grade": "none"}


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union."""
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return wide * high / (both - wide * high)


def lower_bound(right: int, of: int) -> float:
    """The one-sided 95 % lower bound of a share (Clopper and Pearson), by bisection on the binomial sum."""
    low, high = 0.0, 1.0
    for _ in range(50):
        p = (low + high) / 2
        logs = [
            math.lgamma(of + 1)
            - math.lgamma(k + 1)
            - math.lgamma(of - k + 1)
            + k * math.log(p)
            + (of - k) * math.log1p(-p)
            for k in range(right, of + 1)
        ]
        low, high = (p, high) if sum(map(math.exp, logs)) < 0.05 else (low, p)
    return low if right else 0.0
