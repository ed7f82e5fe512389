"""How long does a person wait for candidates after moving a box or naming another category?

    .venv/bin/python benchmarks/retrieve.py [--quick] [--json] [--seed N] [--products N]

The demo pack with its own models, gunicorn and a worker of the queue ``fast`` as in the Procfile, on the embedded PostgreSQL and
Redis: over HTTP as the page does, one annotator asks for candidates of a box moved at random in a random category, and asks every
25 ms whether they are there, the product cards included. First with the catalogue of the pack, which is the baseline, then with
``--products`` of them (100,000): more products whose vectors are those of the pack's, shaken, in an index made by the product's
own builder. The worker has answered a few requests before.

``p50_ms`` and ``p95_ms`` are from asking to the cards; ``growth`` is the median over that of the baseline.
"""

from __future__ import annotations

import http.client
import io
import json
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
from _figures import percentile, tenth
from _report import ROOT, arguments, installation, report
from _web import Web, procfile_line, sessions

LOOK_EVERY_S, PATIENCE_S, WARM_UP = 0.025, 60.0, 5
SCENES, ROUNDS, SHAKE = 12, 200, 0.05
CSRF = "benchmarkbenchmarkbenchmark12345"
VERTICAL = "home"


def main() -> None:
    """Set up, ask, print."""
    parser = arguments("Candidates asked for again.")
    parser.add_argument("--products", type=int, help="of the large catalogue; 100,000 unless --quick")
    options = parser.parse_args()
    wanted = options.products or (10_000 if options.quick else 100_000)
    rounds = 40 if options.quick else ROUNDS
    with installation() as folder:
        person = small_world(folder)
        web = Web(folder / "web.log")
        try:
            page = Page(web.port, *person, seed=options.seed)
            with procfile_line("fast", folder):
                before = page.waits(rounds)
            products = grow(wanted, seed=options.seed)
            with procfile_line("fast", folder):
                after = page.waits(rounds)
        finally:
            web.stop()
    report(
        options, question="How long does a person wait for candidates after a correction?", n=products,
        p50_ms=tenth(after, 50), p95_ms=tenth(after, 95), p99_ms=tenth(after, 99), rounds=rounds,
        baseline_products=page.products, baseline_p50_ms=tenth(before, 50), baseline_p95_ms=tenth(before, 95),
        growth=round(percentile(after, 50) / percentile(before, 50), 2),
    )  # fmt: skip


def small_world(folder: Path) -> tuple[str, int]:
    """The demo pack with a few proposed scenes in a campaign: the session of an annotator, and the campaign."""
    from django.core.management import call_command

    from labeling.accounts.models import Role
    from labeling.accounts.services import user_create
    from labeling.annotation.services import campaign_create, campaign_fill
    from labeling.catalog.models import Scene, Vertical

    call_command("import_pack", str(ROOT / "showroom" / "pack"), vertical=VERTICAL, stdout=io.StringIO())
    call_command("load_models", str(ROOT / "showroom" / "checkpoints"), vertical=VERTICAL, stdout=io.StringIO())
    kept = Scene.objects.order_by("pk").filter(organic=True, business_account="").values_list("pk", flat=True)[:SCENES]
    Scene.objects.exclude(pk__in=list(kept)).delete()
    with procfile_line("worker", folder):
        call_command("propose", vertical=VERTICAL, wait=True, timeout=300.0, stdout=io.StringIO())
    curator = user_create(username="cora", password="a long password", role=Role.CURATOR)
    annotator = user_create(username="ann", password="a long password", role=Role.ANNOTATOR)
    campaign = campaign_create(vertical=Vertical.objects.get(slug=VERTICAL), name="All", instructions="", actor=curator)
    campaign_fill(campaign=campaign, scenes=Scene.objects.order_by("pk"))
    return sessions([annotator])[0], campaign.pk


def grow(wanted: int, *, seed: int) -> int:
    """Fill the catalogue up, each new product a shaken copy of one there is, and bring the index up to date; how many now."""
    from django.conf import settings

    from labeling.catalog.models import Product, ProductImage, Vertical
    from labeling.inference import runtime
    from labeling.inference.models import IndexBuild
    from labeling.inference.selectors import live_versions
    from labeling.inference.services import index_refresh

    vertical = Vertical.objects.get(slug=VERTICAL)
    build = IndexBuild.objects.get(vertical=vertical, live=True)
    there = settings.INDEX_ROOT / build.path
    known = np.load(there / runtime.VECTORS)
    digests = (there / runtime.PICTURES).read_text(encoding="ascii").split()
    row_of = {digest: row for row, digest in enumerate(digests)}
    models = list(ProductImage.objects.filter(product__vertical=vertical, position=0).select_related("product"))
    chance = np.random.default_rng(seed)
    vectors, pictures = [known], list(digests)
    missing = wanted - len(models)
    for start in range(0, missing, 5000):
        chosen = [models[i] for i in chance.integers(0, len(models), min(5000, missing - start))]
        copies = Product.objects.bulk_create(
            [
                Product(
                    vertical=vertical, external_id=f"copy-{start + n}", category_id=like.product.category_id,
                    brand_id=like.product.brand_id, title=like.product.title, price=like.product.price, currency="EUR",
                )
                for n, like in enumerate(chosen)
            ]
        )  # fmt: skip
        fresh = [f"{product.pk:064x}" for product in copies]
        ProductImage.objects.bulk_create(
            [
                ProductImage(product=product, image=like.image, sha256=name, width=like.width, height=like.height)
                for product, name, like in zip(copies, fresh, chosen, strict=True)
            ]
        )
        shaken = known[[row_of[like.sha256] for like in chosen]]
        shaken = shaken + SHAKE * chance.standard_normal(shaken.shape).astype(np.float32)
        vectors.append(shaken / np.linalg.norm(shaken, axis=1, keepdims=True))
        pictures += fresh
    # The builder takes the vectors of pictures it has seen from the index before: so it has seen these.
    np.save(there / runtime.VECTORS, np.concatenate(vectors))
    (there / runtime.PICTURES).write_text("\n".join(pictures), encoding="ascii")
    live = live_versions(vertical)
    return index_refresh(embedder=live.embedder, build=runtime.index_build).products


class Page:
    """The page of one annotator, as far as asking for candidates goes."""

    def __init__(self, port: int, session: str, campaign: int, *, seed: int) -> None:
        from labeling.catalog.models import Category, Product

        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Content-Type": "application/json", "X-CSRFToken": CSRF, "Cookie": f"sessionid={session}; csrftoken={CSRF}",
        }  # fmt: skip
        self.chance = random.Random(seed)
        self.seats = self.ask("POST", f"/api/campaigns/{campaign}/lend/", {"want": 3})["assignments"]
        filled = Category.objects.filter(products__isnull=False).distinct()
        self.categories = sorted(filled.values_list("slug", flat=True))
        self.products = Product.objects.count()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        self.line.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.line.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {answer.status} {text[:500]!r}")
        return json.loads(text)

    def waits(self, rounds: int) -> list[float]:
        """Milliseconds from each question to its cards, once the worker has answered a few."""
        # The server has hung up if the last question was long ago.
        self.line.close()
        return [self.wait() for _ in range(WARM_UP + rounds)][WARM_UP:]

    def wait(self) -> float:
        seat = self.chance.choice(self.seats)
        left, top = self.chance.uniform(0, 0.6), self.chance.uniform(0, 0.6)
        box = [left, top, left + self.chance.uniform(0.1, 0.4), top + self.chance.uniform(0.1, 0.4)]
        body = {"token": seat["token"], "box": box, "category": self.chance.choice(self.categories)}
        start = time.perf_counter()
        number = self.ask("POST", f"/api/assignments/{seat['id']}/retrievals/", body)["id"]
        while time.perf_counter() - start < PATIENCE_S:
            found = self.ask("GET", f"/api/retrievals/{number}/")
            if found["state"] == "failed":
                raise RuntimeError(f"retrieval {number} failed: {found}")
            if found["state"] == "done":
                return (time.perf_counter() - start) * 1000
            time.sleep(LOOK_EVERY_S)
        raise TimeoutError(f"retrieval {number} was not answered within {PATIENCE_S:.0f} s")


if __name__ == "__main__":
    main()
