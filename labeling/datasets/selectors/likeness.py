"""What looks alike among pictures, and what of a vertical nobody has looked at yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from labeling.catalog.models import Product, Scene, Vertical
from labeling.common.errors import ConflictError
from labeling.datasets.alike import PRODUCT_RULE, SCENE_RULE
from labeling.datasets.models import LeakReport, ProductLikeness, SceneLikeness, Snapshot
from labeling.inference.models import ModelVersion

SCENES, PRODUCTS = "scenes", "products"
LikenessModel = type[SceneLikeness] | type[ProductLikeness]
LIKENESS: dict[str, LikenessModel] = {SCENES: SceneLikeness, PRODUCTS: ProductLikeness}
RULES = {SCENES: SCENE_RULE, PRODUCTS: PRODUCT_RULE}


class SnapshotLeaks(ConflictError):
    """The same thing stands in two splits of a snapshot."""

    code = "snapshot_leaks"


@dataclass(frozen=True, slots=True)
class Unseen:
    """A scene or product by key, and where its picture lies under MEDIA_ROOT."""

    key: int
    image: str


def pictures_unseen(*, vertical: Vertical, kind: str, embedder: ModelVersion | None, limit: int) -> list[Unseen]:
    """Scenes or products of a vertical to look at for likeness, in the order in which they came.

    Those nobody has looked at come first, then those whose vector is of another embedder than ``embedder``.
    """
    rows, path = _pictured(vertical, kind)
    unseen = rows.filter(likeness__looked_at=None)
    found = [Unseen(*row) for row in unseen.values_list("pk", path).order_by("pk")[:limit]]
    if len(found) < limit and embedder is not None:
        old = rows.filter(likeness__looked_at__isnull=False).exclude(likeness__embedder=embedder.fingerprint)
        found += [Unseen(*row) for row in old.values_list("pk", path).order_by("pk")[: limit - len(found)]]
    return found


def _pictured(vertical: Vertical, kind: str) -> tuple[QuerySet[Any], str]:
    """The rows of a kind that have a picture, and where its path is found."""
    if kind == SCENES:
        return Scene.objects.filter(vertical=vertical), "image"
    return Product.objects.filter(vertical=vertical, images__position=0), "images__image"


def likeness_unseen(*, snapshot: Snapshot) -> dict[str, int]:
    """How many scenes and products of a snapshot nobody has looked at for likeness; without a picture there is nothing to see."""
    scenes = SceneLikeness.objects.filter(looked_at=None, scene__in=snapshot.rows.values("scene"))
    pictured = ProductLikeness.objects.filter(looked_at=None, product__images__position=0)
    products = pictured.filter(product__in=snapshot.rows.values("product"))
    return {SCENES: scenes.count(), PRODUCTS: products.count()}


def scenes_alike(*, scene: Scene) -> list[int]:
    """The keys of the scenes in the group of this one, itself included."""
    own = SceneLikeness.objects.filter(scene=scene).values_list("root", flat=True).first()
    return sorted({scene.pk, *SceneLikeness.objects.filter(root=own).values_list("scene", flat=True)})


def leak_report_of(*, snapshot: Snapshot) -> LeakReport | None:
    """The latest report on a snapshot, where there is one."""
    return LeakReport.objects.filter(snapshot=snapshot).order_by("-pk").first()


def snapshots_unreported(*, limit: int) -> list[int]:
    """Snapshots on which there is no leak report yet, the newest first, by key."""
    frozen = Snapshot.objects.filter(leak_reports=None).exclude(content_hash="")
    return list(frozen.order_by("-pk").values_list("pk", flat=True)[:limit])


def snapshot_without_leaks(*, snapshot: Snapshot) -> None:
    """Raises :class:`SnapshotLeaks` where the latest report on a snapshot found that its splits leak."""
    report = leak_report_of(snapshot=snapshot)
    if report is not None and not report.is_clean:
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(report.counts.items()) if count)
        raise SnapshotLeaks(
            f"The splits of {snapshot} leak ({found}), so no figure of a model trained on it can be believed. Its leak"
            " report names them; withdraw the pairs and freeze another."
        )
