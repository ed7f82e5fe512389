"""What is in a snapshot: its hash, whether it still is what was frozen, its figures, and how two differ."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, F
from django.db.models.functions import Coalesce

from labeling.common.errors import ConflictError
from labeling.datasets.models import Snapshot, SnapshotRow

BATCH = 5000
DOMAINS_TOLD = 20
DIFFERENCES_TOLD = 60


class SnapshotTampered(ConflictError):
    """The rows of a snapshot are not those that were frozen."""

    code = "snapshot_tampered"


def snapshot_digest(*, snapshot: Snapshot) -> str:
    """The sha256 of all rows in the order of their scenes and pairs, each as JSON.

    A row is its scene's picture (sha256), product (external id), category (slug or null), grade, box and both splits: what
    a model is trained on, so that the same content has the same hash wherever it is frozen.
    """
    names = ("scene__sha256", "product__external_id", "category__slug", "grade")
    sides = ("left", "top", "right", "bottom")
    rows = SnapshotRow.objects.filter(snapshot=snapshot).order_by("scene", "pair")
    digest = hashlib.sha256()
    for row in rows.values_list(*names, *sides, "split", "product_split").iterator(chunk_size=BATCH):
        digest.update(json.dumps(row if row[-1] else row[:-1]).encode())
    return digest.hexdigest()


def snapshot_verify(*, snapshot: Snapshot) -> None:
    """Read a snapshot whole and make sure that it is what was frozen. Raises :class:`SnapshotTampered`."""
    found = snapshot_digest(snapshot=snapshot)
    if found != snapshot.content_hash:
        raise SnapshotTampered(
            f"{snapshot} was changed after it was frozen: its rows hash to {found[:12]}, not to"
            f" {snapshot.content_hash[:12]}. Use nothing of it: restore it from a backup, or freeze another."
        )


def snapshot_statistics(*, snapshot: Snapshot) -> dict[str, Any]:
    """Counts of a snapshot's pairs: by split, category and split, grade, source and domain, and of what they are about."""
    rows = SnapshotRow.objects.filter(snapshot=snapshot).order_by()
    slug = Coalesce("category__slug", "product__category__slug")
    by_category: dict[str, dict[str, int]] = {}
    for category, split, count in rows.values_list(slug, "split").annotate(n=Count("pk")).order_by(slug, "split"):
        by_category.setdefault(category, {})[split] = count
    domains = rows.values_list("pair__domain").annotate(n=Count("pk")).order_by("-n", "pair__domain")
    areas = (F("right") - F("left")) * (F("bottom") - F("top"))
    return {
        "pairs": rows.count(),
        "scenes": rows.values("scene").distinct().count(),
        "products": rows.values("product").distinct().count(),
        "splits": _counts(rows.values_list("split").annotate(n=Count("pk"))),
        "product_splits": _counts(rows.values_list("product_split").annotate(n=Count("pk"))),
        "categories": by_category,
        "grades": _counts(rows.values_list("grade").annotate(n=Count("pk"))),
        "sources": _counts(rows.values_list("pair__source").annotate(n=Count("pk"))),
        "domains": [[domain, count] for domain, count in domains[:DOMAINS_TOLD]],
        "small_boxes": rows.annotate(area=areas).filter(area__lt=0.01).count(),
    }


@dataclass(frozen=True, slots=True)
class Changes:
    """How a snapshot differs from an earlier one, by pair: counts of what came, went and changed, and the first of each.

    ``moved`` pairs stand in another split; that is never so while their groups hold.
    """

    added: int
    removed: int
    changed: int
    moved: int
    first_added: list[int]
    first_removed: list[int]
    first_changed: list[int]


# The rows of the first snapshots have no product split, which says nothing about where their products stand now.
CHANGES = """
    SELECT COALESCE(new.pair_id, old.pair_id),
           CASE WHEN old.pair_id IS NULL THEN 'added' WHEN new.pair_id IS NULL THEN 'removed' ELSE 'changed' END,
           COALESCE(old.split <> new.split OR old.told <> new.told, false)
    FROM (SELECT *, NULLIF(product_split, '') AS told FROM datasets_snapshotrow WHERE snapshot_id = %(old)s) old
    FULL JOIN (SELECT *, NULLIF(product_split, '') AS told FROM datasets_snapshotrow WHERE snapshot_id = %(new)s) new
        USING (pair_id)
    WHERE old.pair_id IS NULL OR new.pair_id IS NULL OR old.told <> new.told
       OR (old.scene_id, old.product_id, old.category_id, old.grade, old.split,
           old."left", old.top, old."right", old.bottom)
       IS DISTINCT FROM
          (new.scene_id, new.product_id, new.category_id, new.grade, new.split,
           new."left", new.top, new."right", new.bottom)
    ORDER BY 1 DESC
"""


def rows_changed(*, old: Snapshot, new: Snapshot) -> Changes:
    """What ``new`` has that ``old`` has not, and the other way round."""
    if old.vertical_id != new.vertical_id:
        raise ConflictError(f"{old} and {new} are of two verticals, and share no pair. Compare two of one vertical.")
    counts = {"added": 0, "removed": 0, "changed": 0}
    first: dict[str, list[int]] = {name: [] for name in counts}
    moved = 0
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"old": old.pk, "new": new.pk})
        for pair, kind, elsewhere in cursor:
            counts[kind] += 1
            moved += elsewhere
            if len(first[kind]) < DIFFERENCES_TOLD:
                first[kind].append(pair)
    return Changes(
        counts["added"], counts["removed"], counts["changed"], moved, first["added"], first["removed"], first["changed"]
    )


def _counts(rows: Any) -> dict[str, int]:
    return dict(sorted(rows))
