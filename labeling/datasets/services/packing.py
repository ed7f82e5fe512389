"""Laying a snapshot out as a pack that models are trained on."""

from __future__ import annotations

import json
import os
import shutil
from itertools import islice
from pathlib import Path

from django.conf import settings

from labeling.catalog.models import Category, Product
from labeling.datasets import selectors
from labeling.datasets.models import Snapshot, SnapshotRow
from labeling.datasets.splits import split_of

BATCH = 2000
README = "README.md"
WHOLE = [0.0, 0.0, 1.0, 1.0]


def snapshot_pack(*, snapshot: Snapshot) -> Path:
    """Lay a snapshot out as a pack under SNAPSHOT_ROOT, pictures by link; laid out once, since rows never change.

    ``rejected`` of an object lists what people saw beside its product and passed over, from which an embedder learns most.
    ``split`` of a scene is the snapshot's; a product is ``test`` where its group of variants falls there, so that an
    embedder is judged on products it never saw. The dataset card lies beside them.

    Raises :class:`~labeling.datasets.selectors.SnapshotTampered` where the rows are not those that were frozen, and
    :class:`~labeling.datasets.selectors.SnapshotLeaks` where a report says that its splits leak.
    """
    # Rows never change, but a leak may be reported after they were laid out.
    selectors.snapshot_without_leaks(snapshot=snapshot)
    folder = Path(settings.SNAPSHOT_ROOT) / f"{snapshot.vertical.slug}-{snapshot.number}-{snapshot.content_hash[:12]}"
    if folder.exists():
        return folder
    selectors.snapshot_verify(snapshot=snapshot)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "images").mkdir(parents=True)
    try:
        categories = Category.objects.filter(vertical=snapshot.vertical).order_by("slug")
        _write(draft / "categories.json", json.dumps([{"slug": c.slug, "name": c.name} for c in categories]))
        _write(draft / README, snapshot.card)
        _write_products(snapshot, draft)
        _write_scenes(snapshot, draft)
        os.replace(draft, folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not folder.exists():
            raise
    return folder


def _write_products(snapshot: Snapshot, folder: Path) -> None:
    frozen = dict(SnapshotRow.objects.filter(snapshot=snapshot).values_list("product", "product_split").distinct())
    rows = Product.objects.filter(vertical=snapshot.vertical).select_related("category", "likeness")
    products = rows.prefetch_related("images")
    with (folder / "products.jsonl").open("w", encoding="utf-8") as file:
        for product in products.order_by("id").iterator(chunk_size=BATCH):
            picture = product.images.first()
            if picture is None:
                continue
            record = {
                "id": product.external_id,
                "image": _link(picture.image, folder),
                "category": product.category.slug,
                "variant_group": product.variant_group or None,
                "same_photo_group": product.same_photo_group or None,
                "split": frozen.get(product.pk) or _split(product),
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _split(product: Product) -> str:
    """Where a product falls that is in none of the pairs, as it would if it were."""
    group = product.likeness.key if hasattr(product, "likeness") else product.variant_group or product.external_id
    return "test" if split_of(group) == "test" else "train"


def _write_scenes(snapshot: Snapshot, folder: Path) -> None:
    scenes: dict[int, dict[str, object]] = {}
    objects: dict[int, list[dict[str, object]]] = {}
    rows = selectors.snapshot_rows(snapshot=snapshot).iterator(chunk_size=BATCH)
    for batch in iter(lambda: list(islice(rows, BATCH)), []):
        refused = selectors.products_refused(rows=batch)
        for row in batch:
            if row.scene_id not in scenes:
                image = _link(row.scene.image, folder)
                scenes[row.scene_id] = {"id": row.scene.external_id, "image": image, "split": row.split}
            objects.setdefault(row.scene_id, []).append(_known(row, refused.get(row.pk, [])))
    for pk, unpaired in selectors.scenes_whole(snapshot=snapshot, scenes=scenes).items():
        # People looked at all of it: what they accepted without a pair may be anything, and the rest is background.
        scenes[pk]["checked"] = [WHOLE]
        objects[pk] += [{"box": list(each.box), "category": each.category, "ignore": True} for each in unpaired]
    lines = (json.dumps({**scene, "objects": objects[pk]}, ensure_ascii=False) + "\n" for pk, scene in scenes.items())
    _write(folder / "scenes.jsonl", "".join(lines))


def _known(row: SnapshotRow, refused: list[str]) -> dict[str, object]:
    category = row.category or row.product.category
    known: dict[str, object] = {"box": list(row.box), "category": category.slug, "product": row.product.external_id}
    return known | ({"rejected": refused} if refused else {})


def _link(image: str, folder: Path) -> str:
    """Bring a stored picture into the pack without copying its bytes; returns its path inside."""
    name = f"images/{Path(image).name}"
    if not (folder / name).exists():
        os.symlink(Path(settings.MEDIA_ROOT).resolve() / image, folder / name)
    return name


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
