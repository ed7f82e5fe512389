"""What a snapshot's figures and its card say is what naive counting over the pairs says."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from labeling.catalog.models import Vertical
from labeling.common.errors import ConflictError
from labeling.datasets.models import Pair, SnapshotRow
from labeling.datasets.selectors import rows_changed
from labeling.datasets.services import snapshot_freeze
from tests.labeling.datasets.pairing import motley, plain
from tests.world import World


def test_it_works(world: World) -> None:
    motley(world, 24)
    plain(world, 3, each=2)
    snapshot = snapshot_freeze(vertical=world.vertical, note="all of | them", licence="cc0-1.0")
    pairs = list(Pair.objects.filter(withdrawn_at=None))
    told = snapshot.statistics
    assert told["pairs"] == snapshot.pairs == len(pairs)
    assert told["scenes"] == len({pair.scene_id for pair in pairs})
    assert told["products"] == len({pair.product_id for pair in pairs})
    assert told["grades"] == Counter(pair.grade for pair in pairs)
    assert told["sources"] == Counter(pair.source for pair in pairs)
    splits = {row.pair_id: row.split for row in SnapshotRow.objects.all()}
    by_category: dict[str, Counter[str]] = {}
    for pair in pairs:
        slug = (pair.category or pair.product.category).slug
        by_category.setdefault(slug, Counter())[splits[pair.pk]] += 1
    assert told["categories"] == by_category
    hosts = Counter(
        pair.scene.source_url.split("/")[2] if pair.scene.source_url else pair.scene.domain for pair in pairs
    )
    assert dict(map(tuple, told["domains"])) == hosts
    small = [pair for pair in pairs if (pair.right - pair.left) * (pair.bottom - pair.top) < 0.01]
    assert told["small_boxes"] == len(small)


def test_the_card_says_it(world: World) -> None:
    plain(world, 3)
    snapshot = snapshot_freeze(vertical=world.vertical, note="Spring", licence="cc0-1.0")
    card = snapshot.card
    assert card.startswith('---\npretty_name: "Home scene-product pairs, snapshot 1"\nlicense: "cc0-1.0"\n')
    assert 'size_categories: ["n<1K"]' in card and f"`{snapshot.content_hash}`" in card and "\nSpring\n" in card
    assert "| pairs | 3 |" in card and "| exact | 3 |" in card and "| blog.example | 3 |" in card
    counts = snapshot.statistics["categories"]["sofa"]
    assert f"| sofa | {counts.get('train', 0)} | {counts.get('val', 0)} | {counts.get('test', 0)} |" in card
    assert "Fewer than 30 pairs: sofa." in card and "Not yet looked at for near-duplicates: 3 scenes" in card
    assert "none was stated" in snapshot_freeze(vertical=world.vertical).card


@pytest.mark.parametrize("newer_first", [False, True])
def test_what_had_no_product_split_yet_is_not_changed(world: World, newer_first: bool) -> None:
    pairs = plain(world, 12)
    first = snapshot_freeze(vertical=world.vertical)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        SnapshotRow.objects.filter(snapshot=first).update(product_split="")
        cursor.execute("SET LOCAL session_replication_role = origin")
    Pair.objects.filter(pk=pairs[3].pk).update(grade="similar")
    second = snapshot_freeze(vertical=world.vertical)
    old, new = (second, first) if newer_first else (first, second)
    found = rows_changed(old=old, new=new)
    assert (found.added, found.removed, found.changed, found.moved) == (0, 0, 1, 0)
    assert found.first_changed == [pairs[3].pk]


def test_another_product_split_is_a_change(world: World) -> None:
    plain(world, 12)
    first, second = snapshot_freeze(vertical=world.vertical), snapshot_freeze(vertical=world.vertical)
    row = SnapshotRow.objects.filter(snapshot=second).order_by("pk")[0]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        other = "train" if row.product_split == "test" else "test"
        SnapshotRow.objects.filter(pk=row.pk).update(product_split=other)
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = rows_changed(old=first, new=second)
    assert (found.changed, found.moved, found.first_changed) == (1, 1, [row.pair_id])


def test_no_two_verticals_are_compared(world: World) -> None:
    plain(world, 1)
    first = snapshot_freeze(vertical=world.vertical)
    other = Vertical.objects.create(slug="fashion", name="Fashion")
    Pair.objects.update(vertical=other)
    with pytest.raises(ConflictError, match="Compare two of one vertical"):
        rows_changed(old=first, new=snapshot_freeze(vertical=other))
