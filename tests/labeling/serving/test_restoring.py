"""After a restore from a dump learning and counting go on, and nothing is learned, counted or served from what was before."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from labeling.serving import selectors
from labeling.serving.experiments import arms_of
from labeling.serving.models import EngagementEvent, Experiment, RankerState
from labeling.serving.ranker import FEATURES, Ranking
from labeling.serving.records import records_of
from labeling.serving.services import (
    experiment_measure,
    ranker_freeze,
    ranker_learn,
    ranker_resume,
    ranker_step_back,
    version_open,
    version_replay,
)
from tests.labeling.serving.test_experiments import begin, shop
from tests.labeling.serving.test_learning import clicks, pair
from tests.labeling.serving.test_look import KIND, automatic, happen, order, serve
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

FAR = 2**41 + 7


def restore() -> None:
    """As if transactions of the old cluster had been numbered higher than those of this one are."""
    EngagementEvent.objects.update(xact=2**40)
    for model in (RankerState, Experiment):
        model.objects.exclude(snapshot="").update(snapshot=f"{FAR}:{FAR}:")


def restore_unnoticed() -> None:
    """As if the dump were of another cluster, and transactions had come beyond its numbers before anything looked."""
    for model in (RankerState, Experiment):
        model.objects.exclude(snapshot="").update(cluster=7)


def taken(tag: Any) -> float:
    return round(records_of(tags=[tag.pk])[tag.pk].taken, 2)


def test_learning_goes_on_and_nothing_is_learned_twice(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 2)
    assert ranker_learn(vertical=world.vertical) is not None
    restore()
    assert ranker_learn(vertical=world.vertical) is None
    clicks(world, first, second, 1, since=9)
    live = ranker_learn(vertical=world.vertical)
    assert live is not None
    assert taken(first) == 3
    assert ranker_learn(vertical=world.vertical) is None
    assert version_replay(version=live).difference < 1e-9


def test_a_version_that_is_gone_back_to_goes_on_too(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 2)
    one = ranker_learn(vertical=world.vertical)
    with transaction.atomic():
        version_open(vertical=world.vertical, ranking=Ranking(), reason="fitted")
    restore()
    ranker_learn(vertical=world.vertical)
    assert ranker_step_back(vertical=world.vertical, reason="odd", actor=world.sana) == one
    # Transactions are soon numbered beyond what it had seen: nothing would show then that it is of another numbering.
    assert set(RankerState.objects.values_list("learned_until", flat=True)) == {EngagementEvent.objects.latest("id").pk}
    ranker_resume(vertical=world.vertical, skip=False, actor=world.sana)
    clicks(world, first, second, 1, since=9)
    assert ranker_learn(vertical=world.vertical) == one
    assert taken(first) == 3


def test_a_restore_is_noticed_however_late(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 2)
    ranker_learn(vertical=world.vertical)
    # The old snapshot saw as far as transactions of this cluster have come since: it would pass over all they wrote.
    live = RankerState.objects.get()
    restore_unnoticed()
    clicks(world, first, second, 1, since=9)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        ((now,),) = cursor.fetchall()
    RankerState.objects.update(snapshot=f"{now}:{now}:")
    learned = ranker_learn(vertical=world.vertical)
    assert learned is not None
    assert (learned.cluster, learned.learned_until) == (live.cluster, EngagementEvent.objects.order_by("id")[5].pk)
    assert (taken(first), learned.events) == (3, 6)
    assert ranker_learn(vertical=world.vertical) is None


def test_an_experiment_notices_it_too(world: World) -> None:
    automatic(world, confidence=0.9, product=0)
    experiment = begin(world)
    shop(world, 6)
    experiment_measure(experiment=experiment)
    restore_unnoticed()
    shop(world, 3, since=6)
    assert experiment_measure(experiment=experiment) == 4
    assert experiment_measure(experiment=experiment) == 0


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("learner", [True, False])
def test_a_frozen_one_goes_on_when_it_is_let(world: World, skip: bool, learner: bool) -> None:
    first, second = pair(world)
    clicks(world, first, second, 2)
    ranker_learn(vertical=world.vertical)
    ranker_freeze(vertical=world.vertical, reason="a look at it", actor=world.sana)
    restore()
    if learner:
        assert ranker_learn(vertical=world.vertical) is None
        assert RankerState.objects.get().learned_until == EngagementEvent.objects.latest("id").pk
    ranker_resume(vertical=world.vertical, skip=skip, actor=world.sana)
    assert ranker_learn(vertical=world.vertical) is None
    clicks(world, first, second, 1, since=9)
    ranker_learn(vertical=world.vertical)
    assert taken(first) == 3


def test_what_nobody_had_learned_from_is_learned_once(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 2)
    restore()
    for _ in range(3):
        ranker_learn(vertical=world.vertical)
    assert taken(first) == 2
    clicks(world, first, second, 1, since=9)
    live = ranker_learn(vertical=world.vertical)
    assert live is not None
    assert (taken(first), live.events) == (3, 6)


@pytest.mark.parametrize("measured", [True, False])
def test_an_experiment_counts_on_and_nobody_twice(world: World, measured: bool) -> None:
    automatic(world, confidence=0.9, product=0)
    experiment = begin(world)
    shop(world, 6)
    if measured:
        assert experiment_measure(experiment=experiment) == 8
    restore()
    assert experiment_measure(experiment=experiment) == (0 if measured else 8)
    shop(world, 3, since=6)
    assert experiment_measure(experiment=experiment) == 4
    assert experiment_measure(experiment=experiment) == 0
    arms = arms_of(experiment=experiment, what="clicks").values()
    assert (sum(arm.visitors for arm in arms), sum(arm.n for arm in arms), sum(arm.c for arm in arms)) == (9, 9, 3)


def against_confidence() -> Ranking:
    """A ranking that puts the least sure first, and has its own view of where people look."""
    cold = Ranking().to_state()
    weights = [-9.0 if name == "confidence" else 0.0 for name in FEATURES]
    return Ranking.of(cold | {"model": cold["model"] | {"merit": weights, "kappa": 1e6}, "examination": [1.0, 0.9]})


def test_a_version_that_is_given_the_number_of_another_is_served_as_it_is(world: World) -> None:
    sure, doubtful = pair(world, 0.9, 0.5)
    with transaction.atomic():
        lost = version_open(vertical=world.vertical, ranking=Ranking(), reason="after the dump was made")
    look = serve(world)
    assert order(look) == [sure.pk, doubtful.pk]
    happen(look, KIND.IMPRESSION, doubtful.pk)
    RankerState.objects.all().delete()
    # Looks of the lost version are told of while there is none, and while another one has its number.
    happen(look, KIND.CLOSEUP, doubtful.pk)
    RankerState.objects.create(
        pk=lost.pk, vertical=world.vertical, number=1, state=against_confidence().to_state(), live=True, served=True
    )
    assert order(serve(world)) == [doubtful.pk, sure.pk]
    happen(serve(world, "v2"), KIND.IMPRESSION, sure.pk)
    happen(look, KIND.CLICK, doubtful.pk)
    assert list(EngagementEvent.objects.order_by("id").values_list("position", "propensity")) == [
        (2, 0.5), (2, 0.5), (2, 0.9), (2, 0.5)
    ]  # fmt: skip


def test_a_version_that_was_missing_is_read_once_it_is_there(world: World) -> None:
    with transaction.atomic():
        made = version_open(vertical=world.vertical, ranking=against_confidence(), reason="fitted")
    number, at = made.pk, made.created_at
    RankerState.objects.all().delete()
    assert selectors.ranking_of(number, at).examination == ()
    RankerState.objects.create(pk=number, vertical=world.vertical, number=1, state=made.state)
    RankerState.objects.update(created_at=at)
    assert selectors.ranking_of(number, at).examination == (1.0, 0.9)
    assert selectors.ranking_of(number, None).examination == ()
