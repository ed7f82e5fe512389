"""Which pairs stand on the list of suspicious ones, why in words, and which do not."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.catalog.models import Vertical
from labeling.datasets.models import Pair
from labeling.datasets.selectors import pairs_suspicious, suspects_shown
from labeling.datasets.services import pair_vouch, pairs_curate
from labeling.inference.models import Candidate
from tests.labeling.suspecting import contradicted
from tests.world import World


def listed(world: World) -> list[int]:
    return [doubt.pair for doubt in pairs_suspicious(vertical=world.vertical)]


def test_it_works(world: World) -> None:
    _, lamp, last = contradicted(world)
    doubts = pairs_suspicious(vertical=world.vertical)
    assert [doubt.pair for doubt in doubts] == [lamp.pk, last.pk]
    assert [doubt.category for doubt in doubts] == [pytest.approx(0.9), 0.0]
    assert [doubt.product for doubt in doubts] == [0.0, pytest.approx(0.25)]
    first, second = suspects_shown(doubts=doubts)
    assert first.reason == "People say Lamp, the detector Sofa, surely (95%)."
    assert (
        second.reason
        == f"The slate is headed by “{world.sofas[0].title}”; the confirmed product scores at least 25% less."
    )
    assert [said.annotator for said in first.said] == [world.ann]
    assert second.first is not None and second.first.product == world.sofas[0]


def test_a_product_that_is_not_on_the_slate(world: World) -> None:
    _, _, last = contradicted(world)
    assert last.resolution is not None
    Candidate.objects.filter(proposal=last.resolution.proposal, product=last.product).delete()
    doubt = next(each for each in pairs_suspicious(vertical=world.vertical) if each.pair == last.pk)
    assert doubt.product == pytest.approx(0.1 / 0.8), "at least as far as the last of the slate"


def test_withdrawn_and_vouched_pairs_and_other_verticals_are_not_listed(world: World) -> None:
    _, lamp, last = contradicted(world)
    assert pairs_suspicious(vertical=Vertical.objects.create(slug="fashion", name="Fashion")) == []
    pairs_curate(pairs=[lamp.pk], verb="withdraw", actor=world.cora)
    assert listed(world) == [last.pk]
    pair_vouch(pair=last, actor=world.cora)
    assert listed(world) == []


def test_a_box_that_people_moved_was_judged_on_another_slate(world: World) -> None:
    _, lamp, last = contradicted(world)
    Pair.objects.filter(pk=last.pk).update(left=last.left + 0.01)
    assert listed(world) == [lamp.pk]


def test_few_pairs_accuse_nobody(world: World) -> None:
    contradicted(world, usual=4)
    assert listed(world) == []


def test_the_number_of_queries_does_not_grow(world: World) -> None:
    contradicted(world)
    doubts = pairs_suspicious(vertical=world.vertical)
    counts = []
    for few in (doubts[:1], doubts):
        with CaptureQueriesContext(connection) as queries:
            [suspect.reason for suspect in suspects_shown(doubts=few)]
        counts.append(len(queries))
    assert counts[0] == counts[1]
