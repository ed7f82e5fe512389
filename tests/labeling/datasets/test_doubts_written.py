"""What a worker finds suspicious is kept as rows: written anew where pairs came or went, read by key in one order."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from django.utils import timezone

from labeling.annotation.models import Dispute
from labeling.catalog.models import Vertical
from labeling.datasets.models import Pair, PairDoubt, Weighing
from labeling.datasets.selectors import (
    doubts_count,
    doubts_open,
    doubts_page,
    pairs_moved,
    pairs_suspicious,
    suspects,
    verticals_to_weigh,
    weighed_at,
    weighing_of,
)
from labeling.datasets.services import curation_undo, doubts_write, pair_vouch, pairs_curate, pairs_doubt
from labeling.datasets.tasks import weigh_pairs
from tests.labeling.datasets.pairing import motley
from tests.labeling.suspecting import contradicted
from tests.world import World


def kept(world: World) -> list[tuple[int, float, float]]:
    rows = PairDoubt.objects.filter(vertical=world.vertical).order_by("-strength", "pair")
    return list(rows.values_list("pair", "category", "product"))


def doubted(world: World, count: int) -> dict[int, float]:
    """Pairs of many kinds with doubts of few strengths, so that many are alike; by pair."""
    draw = random.Random(3)
    strengths = {pair.pk: draw.choice([0.25, 0.5, 0.75]) for pair in motley(world, count)}
    PairDoubt.objects.bulk_create(
        PairDoubt(pair_id=pair, vertical=world.vertical, category=strength, product=0.0, strength=strength)
        for pair, strength in strengths.items()
    )
    return strengths


def test_it_works(world: World) -> None:
    _, lamp, last = contradicted(world)
    assert kept(world) == [(lamp.pk, pytest.approx(0.9), 0.0), (last.pk, 0.0, pytest.approx(0.25))]
    assert doubts_page(vertical=world.vertical, after=None, size=9) == pairs_suspicious(vertical=world.vertical)


def test_it_is_written_in_place_of_what_was(world: World) -> None:
    _, lamp, last = contradicted(world)
    PairDoubt.objects.filter(pair=last).update(product=0.9, strength=0.9)
    pairs_curate(pairs=[lamp.pk], verb="withdraw", actor=world.cora)
    assert doubts_write(vertical=world.vertical) == 1
    assert kept(world) == [(last.pk, 0.0, pytest.approx(0.25))]
    assert doubts_write(vertical=world.vertical) == 1, "once more is the same"


def test_what_was_dealt_with_is_closed_at_once_and_opens_again(world: World) -> None:
    _, lamp, last = contradicted(world)
    curation = pairs_curate(pairs=[last.pk], verb="withdraw", actor=world.cora)
    assert [row.pair_id for row in doubts_open(vertical=world.vertical)] == [lamp.pk]
    curation_undo(curation=curation, actor=world.cora)
    assert [row.pair_id for row in doubts_open(vertical=world.vertical)] == [lamp.pk, last.pk]
    pair_vouch(pair=lamp, actor=world.cora)
    pairs_doubt(vertical=world.vertical, actor=world.cora)
    assert Dispute.objects.count() == 1
    assert not doubts_open(vertical=world.vertical) and doubts_count(vertical=world.vertical, most=9) == 0


def test_other_verticals_have_their_own(world: World) -> None:
    contradicted(world)
    fashion = Vertical.objects.create(slug="fashion", name="Fashion")
    assert doubts_write(vertical=fashion) == 0
    assert len(kept(world)) == 2 and not doubts_page(vertical=fashion, after=None, size=9)


def test_pages_follow_each_other_through_equals(world: World) -> None:
    strengths = doubted(world, 40)
    admitted = set(Pair.objects.filter(withdrawn_at=None).values_list("pk", flat=True))
    wanted = sorted((pk for pk in strengths if pk in admitted), key=lambda pk: (-strengths[pk], pk))
    assert 10 < len(wanted) < 40
    found: list[int] = []
    while page := doubts_page(vertical=world.vertical, after=found[-1] if found else None, size=7):
        found += [doubt.pair for doubt in page]
    assert found == wanted
    assert doubts_count(vertical=world.vertical, most=1000) == len(wanted)
    assert doubts_count(vertical=world.vertical, most=5) == 5


def test_a_page_after_what_is_no_longer_in_doubt_is_the_first(world: World) -> None:
    _, lamp, last = contradicted(world)
    gone = Pair.objects.earliest("pk").pk
    for after in (gone, 10**9):
        assert [doubt.pair for doubt in doubts_page(vertical=world.vertical, after=after, size=9)] == [lamp.pk, last.pk]
    assert [doubt.pair for doubt in doubts_page(vertical=world.vertical, after=lamp.pk, size=9)] == [last.pk]


def test_pairs_are_weighed_where_some_came_or_went(world: World) -> None:
    assert verticals_to_weigh() == [] and weighed_at(vertical=world.vertical) is None
    _, lamp, _ = contradicted(world)
    assert verticals_to_weigh() == [], "nothing since"
    curation = pairs_curate(pairs=[lamp.pk], verb="withdraw", actor=world.cora)
    assert verticals_to_weigh() == [world.vertical]
    weigh_pairs()
    assert verticals_to_weigh() == [] and len(kept(world)) == 1
    curation_undo(curation=curation, actor=world.cora)
    assert verticals_to_weigh() == [world.vertical], "an older pair came back"
    weigh_pairs()
    assert len(kept(world)) == 2


def test_few_among_many_wait_until_it_was_long_ago(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, lamp, last = contradicted(world)
    # One of them is too few, two are enough.
    monkeypatch.setattr(suspects, "ENOUGH_NEW", 1.5 / Weighing.objects.get().pairs)
    pairs_curate(pairs=[lamp.pk], verb="withdraw", actor=world.cora)
    assert verticals_to_weigh() == []
    weighed = Weighing.objects.get().weighed_at
    Weighing.objects.update(weighed_at=timezone.now() - suspects.SOON - dt.timedelta(seconds=1))
    assert verticals_to_weigh() == [world.vertical]
    Weighing.objects.update(weighed_at=weighed)
    pairs_curate(pairs=[last.pk], verb="withdraw", actor=world.cora)
    assert verticals_to_weigh() == [world.vertical]


def test_after_a_while_all_are_counted_and_weighed_where_any_came_or_went(world: World) -> None:
    _, lamp, last = contradicted(world)
    long_ago = timezone.now() - suspects.SOON - dt.timedelta(seconds=1)
    Weighing.objects.update(weighed_at=long_ago)
    PairDoubt.objects.filter(pair=last).update(product=0.9, strength=0.9)
    weigh_pairs()
    # Nothing moved, so nothing is written but when that was seen.
    assert PairDoubt.objects.get(pair=last).strength == 0.9 and Weighing.objects.get().weighed_at > long_ago  # type: ignore[operator]
    assert verticals_to_weigh() == []
    # As a ruling withdraws it: no curation tells of it.
    Pair.objects.filter(pk=lamp.pk).update(withdrawn_at=timezone.now())
    assert verticals_to_weigh() == []
    Weighing.objects.update(weighed_at=long_ago)
    weigh_pairs()
    assert kept(world) == [(last.pk, 0.0, pytest.approx(0.25))]


def test_one_withdrawn_and_one_brought_back_are_two_that_moved(world: World) -> None:
    _, lamp, last = contradicted(world)
    curation = pairs_curate(pairs=[lamp.pk], verb="withdraw", actor=world.cora)
    weigh_pairs()
    pairs_curate(pairs=[last.pk], verb="withdraw", actor=world.cora)
    curation_undo(curation=curation, actor=world.cora)
    before = Weighing.objects.get()
    assert pairs_moved(since=before, most=99) == 2 and before.pairs == weighing_of(vertical=world.vertical).pairs
    Weighing.objects.update(weighed_at=before.weighed_at)
    weigh_pairs()
    assert [pair for pair, *_ in kept(world)] == [lamp.pk]


def test_a_pair_that_is_deleted_takes_its_doubt_along(world: World) -> None:
    _, lamp, last = contradicted(world)
    Pair.objects.filter(pk=lamp.pk).delete()
    assert [pair for pair, *_ in kept(world)] == [last.pk]
