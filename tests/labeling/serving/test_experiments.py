"""Experiments: visitors split for good, events counted once, power told before, and stopped by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.common.errors import ApplicationError, ConflictError
from labeling.serving.experiments import arms_of, baseline_of
from labeling.serving.models import EngagementEvent, Experiment, ExperimentPoint, ExperimentVisitor
from labeling.serving.services import experiment_measure, experiment_start, experiment_stop, plan_of
from labeling.serving.tasks import measure_experiments
from tests.labeling.serving.test_look import KIND, automatic, happen, order, serve
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def begin(world: World, name: str = "first", share: float = 0.5) -> Experiment:
    return experiment_start(vertical=world.vertical, name=name, share=share, lift=0.07, actor=world.cora)


def shop(world: World, visitors: int, *, since: int = 0, clicking: int = 3) -> None:
    for number in range(since, since + visitors):
        look = serve(world, f"v{number}")
        happen(look, KIND.IMPRESSION, *order(look))
        if number % clicking == 0:
            happen(look, KIND.CLICK, order(look)[0])


def test_it_works(world: World) -> None:
    automatic(world, confidence=0.9, product=0)
    automatic(world, confidence=0.8, product=1)
    experiment = begin(world)
    shop(world, 12)
    measure_experiments()
    arms = arms_of(experiment=experiment, what="clicks")
    assert sum(arm.visitors for arm in arms.values()) == 12
    assert sum(arm.n for arm in arms.values()) == 24
    assert sum(arm.c for arm in arms.values()) == 4
    assert {v.visitor: v.arm for v in ExperimentVisitor.objects.all()} == {
        f"v{n}": serve(world, f"v{n}").arm for n in range(12)
    }
    for arm, sums in arms.items():
        rows = ExperimentVisitor.objects.filter(arm=arm).values_list("impressions", "clicks")
        assert sums.nc == sum(n * c for n, c in rows)
    assert experiment_measure(experiment=experiment) == 0, "each event is counted once"
    assert ExperimentPoint.objects.count() == 1


def test_visitors_who_return_are_one_witness(world: World) -> None:
    automatic(world, confidence=0.9, product=0)
    experiment = begin(world)
    for _ in range(2):
        shop(world, 3)
        measure_experiments()
    assert sum(arm.visitors for arm in arms_of(experiment=experiment, what="clicks").values()) == 3
    assert sum(arm.n for arm in arms_of(experiment=experiment, what="clicks").values()) == 6


def test_what_was_before_or_void_does_not_count(world: World) -> None:
    automatic(world, confidence=0.9, product=0)
    shop(world, 3)
    experiment = begin(world)
    shop(world, 2, since=50)
    EngagementEvent.objects.filter(visitor="v50").update(void="robot")
    measure_experiments()
    assert [each.visitor for each in ExperimentVisitor.objects.filter(experiment=experiment)] == ["v51"]


def test_a_look_that_outlives_its_experiment_does_not_count_in_the_next(world: World) -> None:
    automatic(world, confidence=0.9, product=0)
    first = begin(world)
    look = serve(world, "v1")
    happen(look, KIND.IMPRESSION, *order(look))
    experiment_stop(experiment=first, conclusion="enough", actor=world.cora)
    happen(look, KIND.CLOSEUP, order(look)[0])
    second = begin(world, "second")
    happen(look, KIND.CLICK, order(look)[0])
    measure_experiments()
    assert not ExperimentVisitor.objects.filter(experiment=second).exists()
    assert sorted(EngagementEvent.objects.values_list("kind", "arm")) == [
        ("click", ""), ("closeup", ""), ("impression", look.arm)
    ]  # fmt: skip


def test_one_at_a_time_under_a_name_of_its_own(world: World) -> None:
    experiment = begin(world)
    with pytest.raises(ConflictError, match="first is running"):
        begin(world, "second")
    experiment_stop(experiment=experiment, conclusion="enough", actor=world.cora)
    stopped = experiment_stop(experiment=experiment, conclusion="again", actor=world.cora)
    assert (stopped.running, stopped.conclusion) == (False, "enough")
    with pytest.raises(ApplicationError, match="name of its own"):
        begin(world)
    assert begin(world, "second").running
    assert serve(world).arm != ""


@pytest.mark.parametrize(("share", "lift"), [(0.0, 0.1), (1.0, 0.1), (0.5, 0.0), (0.5, 6.0)])
def test_impossible_plans_are_refused(world: World, share: float, lift: float) -> None:
    with pytest.raises(ApplicationError, match="must lie between"):
        experiment_start(vertical=world.vertical, name="x", share=share, lift=lift, actor=world.cora)
    assert not Experiment.objects.exists()


def test_power_is_told_from_the_traffic_so_far(world: World) -> None:
    automatic(world, confidence=0.9, product=0)
    automatic(world, confidence=0.8, product=1)
    assert baseline_of(vertical=world.vertical) is None
    assert plan_of(vertical=world.vertical, share=0.5, lift=0.1)["visitors"] is None
    shop(world, 40)
    base = baseline_of(vertical=world.vertical)
    assert base is not None
    assert (base.rate, base.impressions) == (pytest.approx(14 / 80), 2.0)
    plan = plan_of(vertical=world.vertical, share=0.5, lift=0.1)
    assert plan["days"] == pytest.approx(plan["visitors"] / base.visitors_a_day)
    assert [days for days, _ in plan["power"]] == [1, 3, 7, 14, 28]
    assert begin(world).plan["visitors"] == plan_of(vertical=world.vertical, share=0.5, lift=0.07)["visitors"]


def test_nothing_counts_that_came_before_its_start(world: World) -> None:
    automatic(world, confidence=0.9, product=0)
    experiment = begin(world)
    Experiment.objects.filter(pk=experiment.pk).update(created_at=timezone.now() + timedelta(hours=1))
    shop(world, 2)
    measure_experiments()
    assert not ExperimentVisitor.objects.exists()
