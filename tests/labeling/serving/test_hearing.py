"""What people decide is heard within one run of the learner, each time; where nobody says anything, nothing is done."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from labeling.annotation.models import Resolution
from labeling.serving import selectors
from labeling.serving.models import RankerState, TagGrade
from labeling.serving.ranker import Ranking
from labeling.serving.services import look_serve, ranker_freeze, ranker_learn, version_open
from labeling.tags.models import Tag
from labeling.tags.services import tags_move
from tests.labeling.serving.test_look import KIND, automatic, happen, serve
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def proposed(world: World) -> Tag:
    """A tag at the first proposal, which somebody has looked at, and a ranking that has learned of it."""
    tag = automatic(world, confidence=0.9, product=0)
    tag.proposal = world.proposals[0]
    tag.save()
    happen(serve(world), KIND.IMPRESSION, tag.pk)
    assert ranker_learn(vertical=world.vertical) is not None
    return tag


def said(world: World, grade: str = "none", **values: Any) -> Resolution:
    return Resolution(
        campaign=world.campaign, scene=world.scene, category=world.sofa, grade=grade, left=0.1, top=0.1, right=0.3,
        bottom=0.4, **{"proposal": world.proposals[0], "accepted": True} | values,
    )  # fmt: skip


def grades() -> dict[int, float]:
    return dict(TagGrade.objects.values_list("tag", "gain"))


def test_a_second_in_which_nothing_happened_locks_and_writes_nothing(world: World) -> None:
    tag = proposed(world)
    said(world).save()
    ranker_learn(vertical=world.vertical)
    assert grades() == {tag.pk: 0.0}
    before = RankerState.objects.values().get()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert ranker_learn(vertical=world.vertical) is None
    assert [each["sql"] for each in asked if not each["sql"].lstrip(" (\n").startswith("SELECT")] == []
    assert not [each["sql"] for each in asked if "FOR" in each["sql"].split() or "serving_taggrade" in each["sql"]]
    assert len(asked) == 4
    assert RankerState.objects.values().get() == before


def test_where_nobody_has_been_nothing_is_done(world: World) -> None:
    said(world).save()
    with CaptureQueriesContext(connection) as asked:
        assert ranker_learn(vertical=world.vertical) is None
    assert len(asked) == 2
    assert not RankerState.objects.exists()


def test_what_was_said_before_the_first_event_counts_from_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "LATELY", 5)
    said(world).save()
    Resolution.objects.bulk_create(said(world, proposal=world.proposals[1], accepted=False) for _ in range(9))
    tag = proposed(world)
    assert grades() == {tag.pk: 0.0}


def test_of_many_decisions_at_once_none_is_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "LATELY", 5)
    tag = proposed(world)
    assert grades() == {}
    others = [said(world, proposal=world.proposals[1], accepted=False) for _ in range(20)]
    Resolution.objects.bulk_create([said(world), *others])
    ranker_learn(vertical=world.vertical)
    assert grades() == {tag.pk: 0.0}


def test_a_decision_that_commits_late_under_a_lower_id_is_heard(world: World) -> None:
    tag = proposed(world)
    inserted, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            said(world).save()
            inserted.set()
            go_on.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert inserted.wait(30)
    later = said(world, proposal=world.proposals[1], accepted=False)
    later.save()
    ranker_learn(vertical=world.vertical)
    assert grades() == {}
    go_on.set()
    thread.join()
    assert Resolution.objects.exclude(pk=later.pk).get().pk < later.pk
    ranker_learn(vertical=world.vertical)
    assert grades() == {tag.pk: 0.0}


def test_a_decision_that_is_changed_is_heard_again(world: World) -> None:
    tag = proposed(world)
    word = said(world, grade="exact", product=tag.product)
    word.save()
    ranker_learn(vertical=world.vertical)
    assert grades() == {tag.pk: 1.0}
    word.accepted = False
    word.save()
    ranker_learn(vertical=world.vertical)
    assert grades() == {tag.pk: 0.0}


def test_a_tag_that_comes_after_the_decision_about_it_is_graded(world: World) -> None:
    seen = proposed(world)
    said(world, grade="exact", proposal=world.proposals[1], product=world.sofas[1]).save()
    ranker_learn(vertical=world.vertical)
    assert grades() == {}
    late = automatic(world, confidence=0.8, product=1)
    late.proposal, late.state = world.proposals[1], "held"
    late.save()
    tags_move(tags=Tag.objects.filter(pk=late.pk), state=Tag.State.LIVE, reason="sure", cause="automation")
    ranker_learn(vertical=world.vertical)
    assert (grades(), seen.pk != late.pk) == ({late.pk: 1.0}, True)


def test_a_new_version_has_heard_what_the_one_before_it_has(world: World) -> None:
    proposed(world)
    with transaction.atomic():
        made = version_open(vertical=world.vertical, ranking=Ranking(), reason="fitted")
    assert made.heard == selectors.decisions_lately()


def test_a_frozen_ranking_hears_nothing(world: World) -> None:
    proposed(world)
    ranker_freeze(vertical=world.vertical, reason="a look at it", actor=world.sana)
    said(world).save()
    assert ranker_learn(vertical=world.vertical) is None
    assert grades() == {}


def test_void_events_are_passed_by_once(world: World) -> None:
    tag = proposed(world)
    happen(look_serve(scene=world.scene.pk, visitor="the curator", own=True), KIND.IMPRESSION, tag.pk)
    before = RankerState.objects.get()
    assert ranker_learn(vertical=world.vertical) is None
    after = RankerState.objects.get()
    assert (after.snapshot != before.snapshot, after.events) == (True, before.events)
    with CaptureQueriesContext(connection) as asked:
        assert ranker_learn(vertical=world.vertical) is None
    assert len(asked) == 4
