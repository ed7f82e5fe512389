"""Submitting: every decision once, checked, and never lost."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from labeling.annotation.models import Annotation, Assignment, Verdict
from labeling.annotation.services import Decision, LeaseLostError, Submission, assignment_submit, leases_sweep
from labeling.catalog.models import Category, Vertical
from labeling.common.errors import ApplicationError, ConflictError, NotFoundError
from models_ml.types import Box
from tests.labeling.deciding import add, all_confirmed, decide, lend_one, reject
from tests.world import World, make_product


def submit(seat: Assignment, who: object, decisions: list[Decision], **changes: object) -> Submission:
    values = {"annotator": who, "assignment_id": seat.pk, "uuid": uuid.uuid4(), "token": seat.token, "seconds": 4.0}
    return assignment_submit(**(values | {"decisions": decisions} | changes))  # type: ignore[arg-type]


def expire() -> None:
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def test_it_works(world: World) -> None:
    seat = lend_one(world.ann, world)
    moved = Box(0.12, 0.4, 0.6, 0.9)
    decisions = [
        decide(world.proposals[0], product=world.sofas[1].pk, verdict=Verdict.ADJUSTED, box=moved, grade="similar"),
        reject(world.proposals[1]),
        add(Box(0.0, 0.0, 0.2, 0.2), category="lamp", product=world.lamps[2].pk),
    ]
    submission = submit(seat, world.ann, decisions)
    assert (submission.assignment, submission.annotations, submission.repeated) == (seat, 3, False)
    seat.refresh_from_db()
    assert (seat.state, seat.annotator, seat.seconds, seat.draft) == ("submitted", world.ann, 4.0, None)
    kept = [(each.verdict, each.box, each.product, each.grade) for each in Annotation.objects.order_by("pk")]
    assert kept == [
        ("adjusted", moved, world.sofas[1], "similar"),
        ("rejected", world.proposals[1].box, None, ""),
        ("added", Box(0.0, 0.0, 0.2, 0.2), world.lamps[2], "exact"),
    ]


def test_the_same_uuid_again_is_answered_the_same(world: World) -> None:
    seat, key = lend_one(world.ann, world), uuid.uuid4()
    first = submit(seat, world.ann, all_confirmed(world), uuid=key)
    again = submit(seat, world.ann, all_confirmed(world), uuid=key)
    assert (again.assignment, again.annotations, again.repeated) == (first.assignment, 2, True)
    assert Annotation.objects.count() == 2


def test_another_submit_of_a_decided_scene_is_a_conflict(world: World) -> None:
    seat = lend_one(world.ann, world)
    submit(seat, world.ann, all_confirmed(world))
    with pytest.raises(ConflictError, match="already decided"):
        submit(seat, world.ann, all_confirmed(world))


def test_an_undecided_proposal_is_named(world: World) -> None:
    seat = lend_one(world.ann, world)
    with pytest.raises(ApplicationError, match=str(world.proposals[1].pk)) as caught:
        submit(seat, world.ann, all_confirmed(world)[:1])
    assert "decisions" in caught.value.fields
    assert Annotation.objects.count() == 0


def test_a_proposal_decided_twice_is_refused(world: World) -> None:
    seat = lend_one(world.ann, world)
    with pytest.raises(ApplicationError, match="more than once"):
        submit(seat, world.ann, [*all_confirmed(world), reject(world.proposals[0])])


def test_products_and_categories_of_another_vertical_are_refused(world: World) -> None:
    fashion = Vertical.objects.create(slug="fashion", name="Fashion")
    shoe = make_product(Category.objects.create(vertical=fashion, slug="shoe", name="Shoe"), "shoe-1")
    seat = lend_one(world.ann, world)
    wrong = [decide(world.proposals[0], product=shoe.pk, category="shoe"), reject(world.proposals[1])]
    with pytest.raises(ApplicationError) as caught:
        submit(seat, world.ann, wrong)
    assert set(caught.value.fields) == {"decisions.0.product", "decisions.0.category"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"grade": ""}, "grade"),
        ({"grade": "none"}, "product"),
        ({"product": None}, "product"),
        ({"verdict": Verdict.REJECTED}, "grade"),
        ({"verdict": Verdict.ADDED}, "proposal"),
        ({"box": Box(0.5, 0.1, 0.2, 0.3)}, "box"),
    ],
)
def test_a_decision_that_contradicts_itself_is_refused(world: World, changes: dict[str, object], field: str) -> None:
    seat = lend_one(world.ann, world)
    odd = decide(world.proposals[0], **({"product": world.sofas[0].pk} | changes))
    with pytest.raises(ApplicationError) as caught:
        submit(seat, world.ann, [odd, reject(world.proposals[1])])
    assert f"decisions.0.{field}" in caught.value.fields


def test_a_change_called_confirmed_is_kept_as_adjusted(world: World) -> None:
    seat = lend_one(world.ann, world)
    changed = decide(world.proposals[0], product=world.sofas[0].pk, box=Box(0.2, 0.4, 0.6, 0.9))
    submit(seat, world.ann, [changed, reject(world.proposals[1])])
    kept = Annotation.objects.get(proposal=world.proposals[0])
    assert (kept.verdict, kept.box) == ("adjusted", Box(0.2, 0.4, 0.6, 0.9))


def test_late_work_on_a_seat_nobody_took_is_accepted(world: World) -> None:
    seat = lend_one(world.ann, world)
    expire()
    assert submit(seat, world.ann, all_confirmed(world)).assignment == seat


def test_late_work_is_accepted_after_the_sweep(world: World) -> None:
    seat = lend_one(world.ann, world)
    expire()
    assert leases_sweep() == 1
    assert submit(seat, world.ann, all_confirmed(world)).assignment == seat


def test_late_work_on_a_seat_someone_took_is_kept_on_an_extra_seat(world: World) -> None:
    seat, key = lend_one(world.ann, world), uuid.uuid4()
    expire()
    theirs = lend_one(world.arif, world)
    assert theirs.pk == seat.pk
    late = submit(seat, world.ann, all_confirmed(world), uuid=key)
    assert late.assignment != seat and late.assignment.slot == 1
    assert submit(seat, world.ann, all_confirmed(world), uuid=key).assignment == late.assignment
    assert submit(theirs, world.arif, all_confirmed(world)).assignment == seat
    assert Annotation.objects.count() == 4


def test_a_token_that_was_never_lent_is_refused(world: World) -> None:
    seat = lend_one(world.ann, world)
    with pytest.raises(LeaseLostError):
        submit(seat, world.ann, all_confirmed(world), token=uuid.uuid4())


def test_mallory_finds_nothing(world: World) -> None:
    seat = lend_one(world.ann, world)
    with pytest.raises(NotFoundError):
        submit(seat, world.mallory, all_confirmed(world))


@pytest.mark.django_db(transaction=True)
def test_the_same_submit_from_two_connections_is_kept_once(world: World) -> None:
    seat, key, decisions = lend_one(world.ann, world), uuid.uuid4(), all_confirmed(world)
    together = threading.Barrier(6)
    answers: list[tuple[int, bool]] = []

    def client() -> None:
        together.wait()
        answer = submit(seat, world.ann, decisions, uuid=key)
        answers.append((answer.annotations, answer.repeated))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [(2, False)] + [(2, True)] * 5
    assert Annotation.objects.count() == 2
