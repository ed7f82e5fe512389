"""Searching a snapshot for leaks: whether anything that is the same, or looks the same, stands in two of its splits.

The search trusts no group. It reads the rows, the catalogue and the pictures' hashes and vectors, and compares every picture of
one split with every picture of the others, so that a fault in the grouping would be found as well.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from django.db import transaction
from django.db.models import Count

from labeling.catalog.models import Product, Scene
from labeling.datasets.alike import Pictures, near_couples
from labeling.datasets.models import LeakReport, Snapshot, SnapshotRow
from labeling.datasets.selectors.likeness import LIKENESS, PRODUCTS, RULES, SCENES, likeness_unseen

TOLD = 50
"""Leaks of each kind that are named; all are counted."""
Leak = dict[str, str]


@transaction.atomic
def leaks_report(*, snapshot: Snapshot) -> LeakReport:
    """Search a snapshot and keep what was found."""
    start = time.monotonic()
    counts, leaks = Counter[str](), list[Leak]()
    for leak in _leaks(snapshot):
        counts[leak["kind"]] += 1
        if counts[leak["kind"]] <= TOLD:
            leaks.append(leak)
    return LeakReport.objects.create(
        snapshot=snapshot,
        counts=dict(counts),
        leaks=leaks,
        unseen=likeness_unseen(snapshot=snapshot),
        seconds=round(time.monotonic() - start, 3),
    )


@transaction.atomic
def leaks_report_once(*, snapshot: Snapshot) -> LeakReport | None:
    """Search a snapshot on which there is no report yet; None where there is one, or another worker searches it."""
    # Rows that name the snapshot may come meanwhile, so its key stays free.
    mine = Snapshot.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=snapshot.pk).first()
    if mine is None or LeakReport.objects.filter(snapshot=mine).exists():
        return None
    return leaks_report(snapshot=mine)


def _leaks(snapshot: Snapshot) -> Iterator[Leak]:
    rows = SnapshotRow.objects.filter(snapshot=snapshot)
    for kind, name, split in (
        ("scene in two splits", "scene__external_id", "split"),
        ("product in two splits", "product__external_id", "product_split"),
    ):
        torn = rows.values_list(name).annotate(n=Count(split, distinct=True)).filter(n__gt=1).order_by(name)
        for found, _ in torn:
            yield _leak(kind, found, found)
    scenes = dict(rows.values_list("scene", "split").distinct())
    names = dict(Scene.objects.filter(pk__in=scenes).values_list("pk", "external_id"))
    yield from _look_alikes("scenes that look alike", SCENES, scenes, names)
    products = dict(rows.values_list("product", "product_split").distinct())
    names = dict(Product.objects.filter(pk__in=products).values_list("pk", "external_id"))
    yield from _look_alikes("products that look alike", PRODUCTS, products, names)
    for kind, field in (("variants of a product", "variant_group"), ("products of one photo", "same_photo_group")):
        groups = dict(Product.objects.filter(pk__in=products).exclude(**{field: ""}).values_list("pk", field))
        yield from _torn_groups(kind, groups, products, names)


def _look_alikes(kind: str, of: str, splits: Mapping[int, str], names: Mapping[int, str]) -> Iterator[Leak]:
    """Near-duplicates in two splits: each split against each other, every picture with every picture."""
    name = "scene" if of == SCENES else "product"
    seen = LIKENESS[of].objects.filter(**{f"{name}__in": list(splits)}, looked_at__isnull=False).order_by("pk")
    rows = list(seen.values_list("pk", "phash", "vector", "embedder"))
    # Vectors of two embedders are never compared, so the one that looked at most counts.
    embedder = Counter(row[3] for row in rows if row[2] is not None).most_common(1)
    same = embedder[0][0] if embedder else ""
    dim = next((len(row[2]) // 2 for row in rows if row[2] is not None and row[3] == same), 0)
    parts = {
        split: Pictures.of([(pk, h, v if e == same else None) for pk, h, v, e in rows if splits[pk] == split], dim)
        for split in sorted(set(splits.values()))
    }
    for left, right in combinations(sorted(parts, key=lambda split: len(parts[split].keys)), 2):
        for mine, other in near_couples(parts[left], parts[right], RULES[of]):
            yield _leak(kind, f"{names[mine]} ({left})", f"{names[other]} ({right})")


def _torn_groups(
    kind: str, groups: Mapping[int, str], splits: Mapping[int, str], names: Mapping[int, str]
) -> Iterator[Leak]:
    members: dict[str, dict[str, int]] = {}
    for pk, group in groups.items():
        members.setdefault(group, {}).setdefault(splits[pk], pk)
    for found in members.values():
        for left, right in combinations(sorted(found), 2):
            yield _leak(kind, f"{names[found[left]]} ({left})", f"{names[found[right]]} ({right})")


def _leak(kind: str, left: str, right: str) -> Leak:
    return {"kind": kind, "left": left, "right": right}


def report_lines(report: LeakReport) -> Iterable[str]:
    """A report in words, a line each."""
    if report.is_clean:
        among = "" if report.is_whole else " among what was compared"
        yield f"{report.snapshot}: no leak{among}. Nothing stands, or looks alike, in two of its splits."
    for kind, count in sorted(report.counts.items()):
        yield f"{report.snapshot}: {count} leak{'' if count == 1 else 's'}: {kind}."
    for leak in report.leaks:
        yield f"  {leak['kind']}: {leak['left']} and {leak['right']}"
    unseen = [f"{count} {what}" for what, count in report.unseen.items() if count]
    if unseen:
        yield f"Not compared, since nobody has looked at their pictures yet: {' and '.join(unseen)}. Run the workers."
