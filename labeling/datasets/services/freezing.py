"""Freezing pairs into a snapshot, and laying a snapshot out as a pack that models are trained on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from labeling.accounts.models import User
from labeling.catalog.models import Category, Product, Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ConflictError
from labeling.datasets import selectors
from labeling.datasets.models import Snapshot, SnapshotRow
from labeling.datasets.splits import split_of

BATCH = 2000
WHOLE = [0.0, 0.0, 1.0, 1.0]


@transaction.atomic
def snapshot_freeze(*, vertical: Vertical, actor: User | None = None, note: str = "") -> Snapshot:
    """Freeze all admitted pairs of a vertical under the next number, with splits by scene and a hash of the content."""
    Vertical.objects.select_for_update().get(pk=vertical.pk)
    last = Snapshot.objects.filter(vertical=vertical).aggregate(Max("number"))["number__max"] or 0
    snapshot = Snapshot.objects.create(
        vertical=vertical, number=last + 1, content_hash="", pairs=0, scenes=0, note=note, frozen_by=actor
    )
    digest, splits, scenes, batch = hashlib.sha256(), Counter[str](), set[int](), list[SnapshotRow]()
    pairs = (
        selectors.pairs_admitted(vertical=vertical)
        .order_by("scene", "id")
        .select_related("scene", "category", "product")
    )
    for pair in pairs.iterator(chunk_size=BATCH):
        split = split_of(pair.scene.sha256)
        record = (
            pair.scene.sha256,
            pair.product.external_id,
            pair.category and pair.category.slug,
            pair.grade,
            *pair.box,
            split,
        )
        digest.update(json.dumps(record).encode())
        splits[split] += 1
        scenes.add(pair.scene_id)
        batch.append(
            SnapshotRow(
                **pair.box._asdict(),
                snapshot=snapshot,
                pair=pair,
                scene=pair.scene,
                category=pair.category,
                product=pair.product,
                grade=pair.grade,
                split=split,
            )
        )
        if len(batch) == BATCH:
            SnapshotRow.objects.bulk_create(batch)
            batch.clear()
    SnapshotRow.objects.bulk_create(batch)
    if not splits:
        raise ConflictError(f"{vertical} has no admitted pairs yet. Confirm some in the workspace first.")
    snapshot.content_hash, snapshot.pairs = digest.hexdigest(), splits.total()
    snapshot.scenes, snapshot.splits = len(scenes), dict(splits)
    snapshot.save()
    audit_record(actor=actor, verb="snapshot_freeze", subject=snapshot, number=snapshot.number, pairs=snapshot.pairs)
    return snapshot


def snapshot_pack(*, snapshot: Snapshot) -> Path:
    """Lay a snapshot out as a pack under SNAPSHOT_ROOT, pictures by link; laid out once, since rows never change.

    ``rejected`` of an object lists what people saw beside its product and passed over, from which an embedder learns most.
    ``split`` of a scene is the snapshot's; a product is ``test`` where its group of variants falls there, so that an
    embedder is judged on products it never saw.
    """
    folder = Path(settings.SNAPSHOT_ROOT) / f"{snapshot.vertical.slug}-{snapshot.number}-{snapshot.content_hash[:12]}"
    if folder.exists():
        return folder
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "images").mkdir(parents=True)
    try:
        categories = Category.objects.filter(vertical=snapshot.vertical).order_by("slug")
        _write(draft / "categories.json", json.dumps([{"slug": c.slug, "name": c.name} for c in categories]))
        _write_products(snapshot, draft)
        _write_scenes(snapshot, draft)
        os.replace(draft, folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not folder.exists():
            raise
    return folder


def _write_products(snapshot: Snapshot, folder: Path) -> None:
    products = Product.objects.filter(vertical=snapshot.vertical).select_related("category").prefetch_related("images")
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
                "split": "test" if split_of(product.variant_group or product.external_id) == "test" else "train",
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


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
