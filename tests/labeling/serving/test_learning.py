"""What shoppers do moves the order within one run of the learner; events are learned from once, whenever they commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from labeling.annotation.models import Resolution
from labeling.common.errors import ConflictError
from labeling.serving.models import EngagementEvent, RankerState, TagRecord
from labeling.serving.ranker import HALF_LIFE_DAYS, Ranking
from labeling.serving.records import HIDDEN, LANDMARK, records_of, weight_at
from labeling.serving.services import (
    Look,
    grades_refresh,
    look_serve,
    ranker_freeze,
    ranker_learn,
    ranker_resume,
    ranker_step_back,
    version_open,
    version_replay,
)
from labeling.serving.services.learning import RECORDS_KEPT
from labeling.serving.tasks import learn_live
from labeling.tags.models import Tag
from tests.labeling.serving.test_look import KIND, automatic, happen, order, serve
from tests.world import World

# Events are told apart by the transactions that wrote them, so each must be one.
pytestmark = pytest.mark.django_db(transaction=True)


def clicks(world: World, liked: Tag, passed: Tag, times: int, *, since: int = 0) -> None:
    for number in range(since, since + times):
        look = serve(world, f"visitor-{number}")
        happen(look, KIND.IMPRESSION, liked.pk, passed.pk)
        happen(look, KIND.CLICK, liked.pk)


def pair(world: World, one: float = 0.9, two: float = 0.85) -> tuple[Tag, Tag]:
    return automatic(world, confidence=one, product=0), automatic(world, confidence=two, product=1)


def test_clicks_turn_the_order_within_one_run(world: World) -> None:
    passed, liked = pair(world)
    assert order(serve(world)) == [passed.pk, liked.pk]
    clicks(world, liked, passed, 40)
    learn_live()
    look = serve(world)
    assert order(look) == [liked.pk, passed.pk]
    assert look.ranker == RankerState.objects.get(live=True).pk
    assert ranker_learn(vertical=world.vertical) is None


def test_the_record_is_the_sums_by_hand(world: World) -> None:
    passed, liked = pair(world)
    clicks(world, liked, passed, 3)
    look = serve(world, "who hides")
    happen(look, KIND.IMPRESSION, liked.pk)
    happen(look, KIND.HIDE, liked.pk)
    happen(serve(world, "who saves without a look"), KIND.SAVE, passed.pk)
    ranker_learn(vertical=world.vertical)
    known = records_of(tags=[liked.pk, passed.pk])
    place = {event.tag_id: event.propensity for event in EngagementEvent.objects.all()}
    assert place == {passed.pk: 1.0, liked.pk: 0.5}
    assert known[liked.pk].seen == pytest.approx(0.5 * (4 + HIDDEN), rel=1e-4)
    assert known[liked.pk].taken == pytest.approx(3, rel=1e-4)
    assert known[passed.pk].seen == pytest.approx(4, rel=1e-4)
    assert known[passed.pk].taken == pytest.approx(0.5, rel=1e-4)
    assert known[liked.pk].seen_elsewhere == pytest.approx(0)


def test_a_click_that_comes_after_its_impression_was_learned_is_no_second_look(world: World) -> None:
    passed, liked = pair(world)
    look = serve(world)
    happen(look, KIND.IMPRESSION, passed.pk, liked.pk)
    ranker_learn(vertical=world.vertical)
    happen(look, KIND.CLICK, passed.pk)
    ranker_learn(vertical=world.vertical)
    known = records_of(tags=[passed.pk])[passed.pk]
    assert (known.seen, known.taken) == (pytest.approx(1, rel=1e-4), pytest.approx(1, rel=1e-4))


def test_an_event_that_commits_late_under_a_lower_id_is_learned_from(world: World) -> None:
    passed, liked = pair(world)
    late, soon = serve(world, "late"), serve(world, "soon")
    inserted, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            happen(late, KIND.IMPRESSION, liked.pk)
            inserted.set()
            go_on.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert inserted.wait(30)
    happen(soon, KIND.IMPRESSION, passed.pk)
    learned = ranker_learn(vertical=world.vertical)
    assert learned is not None and learned.events == 1
    go_on.set()
    thread.join()
    late_id, soon_id = (EngagementEvent.objects.get(visitor=name).pk for name in ("late", "soon"))
    assert late_id < soon_id
    learned = ranker_learn(vertical=world.vertical)
    assert learned is not None and learned.events == 2
    assert records_of(tags=[liked.pk])[liked.pk].seen > 0
    assert ranker_learn(vertical=world.vertical) is None


def test_learners_at_once_learn_everything_once(world: World) -> None:
    passed, liked = pair(world)
    clicks(world, liked, passed, 5)

    def learn() -> None:
        ranker_learn(vertical=world.vertical)
        connection.close()

    threads = [threading.Thread(target=learn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert RankerState.objects.get().events == 10
    assert records_of(tags=[liked.pk])[liked.pk].taken == pytest.approx(5, rel=1e-4)


def test_void_events_teach_nothing(world: World) -> None:
    passed, liked = pair(world)
    look = look_serve(scene=world.scene.pk, visitor="the curator", own=True)
    happen(look, KIND.IMPRESSION, passed.pk, liked.pk)
    happen(look, KIND.CLICK, liked.pk)
    assert ranker_learn(vertical=world.vertical) is None
    assert not TagRecord.objects.exists()
    assert not RankerState.objects.exists()


def test_one_click_is_no_evidence(world: World) -> None:
    passed, liked = pair(world, 0.9, 0.89)
    clicks(world, liked, passed, 1)
    learn_live()
    fixed = serve(world, "fixed")
    RankerState.objects.all().delete()
    version_open(vertical=world.vertical, ranking=Ranking(), reason="nothing known")
    assert order(serve(world, "fixed")) == order(fixed)


def test_what_is_hardly_relevant_never_climbs(world: World) -> None:
    right, doubtful = pair(world, 0.9, 0.2)
    clicks(world, doubtful, right, 40)
    learn_live()
    assert [order(serve(world, f"v{n}")) for n in range(10)] == [[right.pk, doubtful.pk]] * 10


def test_what_people_judge_none_sinks_at_the_next_run_whatever_was_clicked(world: World) -> None:
    passed, liked = pair(world)
    clicks(world, liked, passed, 40)
    learn_live()
    assert order(serve(world))[0] == liked.pk
    liked.proposal = world.proposals[0]
    liked.save()
    said = Resolution.objects.create(
        campaign=world.campaign, scene=world.scene, proposal=world.proposals[0], accepted=True, category=world.sofa,
        grade="none", left=0.1, top=0.1, right=0.3, bottom=0.4,
    )  # fmt: skip
    clicks(world, liked, passed, 5, since=100)
    learn_live()
    assert [order(serve(world, f"v{n}"))[-1] for n in range(10)] == [liked.pk] * 10
    said.delete()
    with transaction.atomic():
        assert grades_refresh(vertical=world.vertical) == 1
    assert order(serve(world))[0] == liked.pk


def test_one_step_back_leaves_behind_what_was_learned_since(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 20)
    one = ranker_learn(vertical=world.vertical)
    assert one is not None
    with pytest.raises(ConflictError, match="no earlier ranking"):
        ranker_step_back(vertical=world.vertical, actor=world.sana, reason="odd")
    with transaction.atomic():
        two = version_open(vertical=world.vertical, ranking=Ranking(), reason="fitted")
    clicks(world, second, first, 80, since=100)
    assert ranker_learn(vertical=world.vertical) == two
    assert order(serve(world)) == [second.pk, first.pk]
    back = ranker_step_back(vertical=world.vertical, actor=world.sana, reason="odd")
    assert (back, back.frozen) == (one, True)
    assert order(serve(world)) == [first.pk, second.pk]
    clicks(world, second, first, 1, since=200)
    assert ranker_learn(vertical=world.vertical) is None
    assert serve(world).ranker == one.pk


def test_a_version_that_was_left_is_not_gone_back_to(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 4)
    one = ranker_learn(vertical=world.vertical)
    with transaction.atomic():
        version_open(vertical=world.vertical, ranking=Ranking(), reason="bad")
    ranker_step_back(vertical=world.vertical, actor=world.sana, reason="bad")
    ranker_resume(vertical=world.vertical, actor=world.sana, skip=False)
    clicks(world, second, first, 3, since=50)
    assert ranker_learn(vertical=world.vertical) == one
    with transaction.atomic():
        version_open(vertical=world.vertical, ranking=Ranking(), reason="better")
    back = ranker_step_back(vertical=world.vertical, actor=world.sana, reason="no better")
    assert back == one
    assert version_replay(version=back).difference < 1e-9


def test_versions_that_never_served_do_not_count_among_those_to_go_back_to(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 2)
    one = ranker_learn(vertical=world.vertical)
    with transaction.atomic():
        version_open(vertical=world.vertical, ranking=Ranking(), reason="fitted")
        for _ in range(RECORDS_KEPT + 2):
            version_open(vertical=world.vertical, ranking=Ranking(), reason="Refused: worse", live=False)
    assert set(TagRecord.objects.values_list("version", flat=True)) == {1}
    assert ranker_step_back(vertical=world.vertical, actor=world.sana, reason="odd") == one


def test_what_cannot_be_gone_back_to_is_one_ground(world: World) -> None:
    first, second = pair(world)
    for number in range(RECORDS_KEPT + 3):
        clicks(world, first, second, 1, since=10 * number)
        ranker_learn(vertical=world.vertical)
        with transaction.atomic():
            version_open(vertical=world.vertical, ranking=Ranking(), reason="fitted")
    assert set(TagRecord.objects.values_list("version", flat=True)) == {0, *range(5, RECORDS_KEPT + 4)}
    assert records_of(tags=[first.pk])[first.pk].taken == pytest.approx(RECORDS_KEPT + 3, rel=1e-3)
    for _ in range(RECORDS_KEPT):
        ranker_step_back(vertical=world.vertical, actor=world.sana, reason="odd")
    with pytest.raises(ConflictError, match="no earlier"):
        ranker_step_back(vertical=world.vertical, actor=world.sana, reason="odd")


@pytest.mark.parametrize(("skip", "taken"), [(True, 1), (False, 4)])
def test_learning_goes_on_with_or_without_what_came_meanwhile(world: World, skip: bool, taken: int) -> None:
    first, second = pair(world)
    clicks(world, first, second, 1)
    learn_live()
    ranker_freeze(vertical=world.vertical, reason="a look at it", actor=world.sana)
    clicks(world, first, second, 3, since=10)
    assert ranker_learn(vertical=world.vertical) is None
    live = ranker_resume(vertical=world.vertical, actor=world.sana, skip=skip)
    assert not live.frozen
    learn_live()
    assert records_of(tags=[first.pk])[first.pk].taken == pytest.approx(taken, rel=1e-4)


def test_every_version_is_what_the_log_says(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 4)
    one = ranker_learn(vertical=world.vertical)
    with transaction.atomic():
        version_open(vertical=world.vertical, ranking=Ranking(), reason="fitted")
    clicks(world, second, first, 3, since=50)
    two = ranker_learn(vertical=world.vertical)
    assert one is not None and two is not None
    for version, takings in ((one, 4), (two, 7)):
        version.refresh_from_db()
        replayed = version_replay(version=version)
        assert replayed.difference < 1e-9
        assert replayed.taken / weight_at(EngagementEvent.objects.latest("created_at").created_at) == pytest.approx(
            takings, rel=1e-3
        )
    TagRecord.objects.filter(tag=first).update(taken=1.0)
    assert version_replay(version=two).difference > 0.5


def test_old_versions_fold_into_the_ground_that_all_stand_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.serving.services.learning.RECORDS_KEPT", 1)
    first, second = pair(world)
    for round_ in range(4):
        clicks(world, first, second, 2, since=10 * round_)
        ranker_learn(vertical=world.vertical)
        with transaction.atomic():
            version_open(vertical=world.vertical, ranking=Ranking(), reason="fitted")
    assert records_of(tags=[first.pk])[first.pk].taken == pytest.approx(8, rel=1e-4)
    assert sorted(TagRecord.objects.filter(tag=first).values_list("version", flat=True)) == [0]
    live = RankerState.objects.get(live=True)
    assert version_replay(version=live).difference < 1e-9


def test_evidence_halves_with_its_age(world: World) -> None:
    first, second = pair(world)
    clicks(world, first, second, 2)
    ranker_learn(vertical=world.vertical)
    now = EngagementEvent.objects.latest("id").created_at
    fresh, old = (records_of(tags=[first.pk], now=now + timedelta(days=days))[first.pk] for days in (0, HALF_LIFE_DAYS))
    assert old.taken == pytest.approx(fresh.taken / 2)
    assert weight_at(LANDMARK) == 1.0


def test_learning_keeps_nobody_from_adding_scenes(world: World) -> None:
    done: list[Any] = []

    def add(make: Callable[[], object]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 5000")
        done.append(make())
        connection.close()

    with transaction.atomic():
        ranker_learn(vertical=world.vertical)
        category = world.sofa
        thread = threading.Thread(target=add, args=[lambda: type(category).objects.create(
            vertical=world.vertical, slug="stool", name="Stool")])  # fmt: skip
        thread.start()
        thread.join(20)
    assert len(done) == 1


def test_the_look_is_of_the_version_that_serves(world: World) -> None:
    first, second = pair(world)
    look: Look = serve(world)
    assert look.ranker is None
    happen(look, KIND.IMPRESSION, first.pk, second.pk)
    live = ranker_learn(vertical=world.vertical)
    assert live is not None
    assert serve(world).ranker == live.pk
