"""A second look: asked once, the pair counts until the ruling and follows it then; vouching is kept."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from labeling.annotation.models import Assignment, Dispute, Resolution
from labeling.annotation.services import assignment_submit, dispute_ask
from labeling.common.errors import ApplicationError
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.datasets.selectors import pairs_suspicious
from labeling.datasets.services import dispute_conclude, pair_vouch, pairs_doubt, work_return
from labeling.datasets.tasks import settle_waiting
from labeling.tags.models import Tag
from tests.labeling.deciding import decide
from tests.labeling.suspecting import contradicted
from tests.labeling.tagging import resolve
from tests.world import World


def test_it_works(world: World) -> None:
    campaign, _, last = contradicted(world)
    assert pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk}) == 1
    dispute = Dispute.objects.get()
    assert last.resolution is not None
    assert (dispute.campaign, dispute.proposal, dispute.ruled_at) == (campaign, last.resolution.proposal, None)
    assert "25% less" in dispute.reason and [said.annotator for said in dispute.annotations.all()] == [world.ann]
    event = AuditEvent.objects.get(verb="dispute asked")
    assert (event.actor, event.detail["reason"]) == (world.cora, dispute.reason)
    last.refresh_from_db()
    assert last.withdrawn_at is None, "it counts until the ruling"
    assert last.pk not in [doubt.pair for doubt in pairs_suspicious(vertical=world.vertical)]


def test_sent_twice_is_sent_once(world: World) -> None:
    _, lamp, last = contradicted(world)
    both = {lamp.pk, last.pk}
    assert [pairs_doubt(vertical=world.vertical, actor=world.cora, chosen=both) for _ in range(2)] == [2, 0]
    assert Dispute.objects.count() == AuditEvent.objects.filter(verb="dispute asked").count() == 2
    assert last.resolution is not None
    assert not dispute_ask(resolution=last.resolution, actor=world.cora, reason="Once more.")


def test_the_most_contradicted_go_first(world: World) -> None:
    _, lamp, _ = contradicted(world)
    assert pairs_doubt(vertical=world.vertical, actor=world.cora, most=1) == 1
    assert lamp.resolution is not None and Dispute.objects.get().proposal == lamp.resolution.proposal


def test_what_is_not_suspicious_is_passed_over(world: World) -> None:
    contradicted(world)
    assert pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={Pair.objects.earliest("pk").pk, 0}) == 0
    assert not Dispute.objects.exists()


def test_the_pair_follows_a_ruling_that_says_otherwise(world: World) -> None:
    _, _, last = contradicted(world)
    pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk})
    dispute_conclude(
        dispute=Dispute.objects.get(), actor=world.cora, accepted=True, category=world.sofa, product=world.sofas[0],
        grade="exact",
    )  # fmt: skip
    last.refresh_from_db()
    assert last.withdrawn_at is not None
    assert Pair.objects.get(scene=last.scene, withdrawn_at=None).product == world.sofas[0]
    assert Tag.objects.get(scene=last.scene, state="live").product == world.sofas[0]


def test_the_pair_stays_under_a_ruling_that_says_the_same(world: World) -> None:
    _, _, last = contradicted(world)
    pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk})
    dispute_conclude(
        dispute=Dispute.objects.get(), actor=world.cora, accepted=True, category=world.sofa, product=world.sofas[2],
        grade="exact",
    )  # fmt: skip
    assert Pair.objects.get(scene=last.scene, withdrawn_at=None) == last
    assert last.pk not in [doubt.pair for doubt in pairs_suspicious(vertical=world.vertical)]
    assert pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk}) == 0


def test_a_ruling_of_no_object_takes_the_pair_out(world: World) -> None:
    _, _, last = contradicted(world)
    pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk})
    dispute_conclude(dispute=Dispute.objects.get(), actor=world.cora, accepted=False)
    assert not Pair.objects.filter(scene=last.scene, withdrawn_at=None).exists()


def test_an_amendment_in_the_meantime_leaves_it_asked_with_the_new_answer(world: World) -> None:
    _, _, last = contradicted(world)
    pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk})
    dispute, seat = Dispute.objects.get(), Assignment.objects.get(scene=last.scene)
    assert dispute.proposal is not None
    assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, decisions=[decide(dispute.proposal, product=world.sofas[1].pk)],
        uuid=uuid.uuid4(), token=seat.token or uuid.uuid4(), seconds=1.0, amends=seat.client_uuid,
    )  # fmt: skip
    settle_waiting()
    assert Dispute.objects.get() == dispute
    assert dispute.annotations.get().product == world.sofas[1]
    assert Pair.objects.get(scene=last.scene, withdrawn_at=None).product == world.sofas[1]


def test_returned_work_leaves_nothing_to_look_at(world: World) -> None:
    _, _, last = contradicted(world)
    pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk})
    work_return(assignment=Assignment.objects.get(scene=last.scene), actor=world.cora, reason="Look again.")
    last.refresh_from_db()
    assert last.withdrawn_at is not None
    assert pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk}) == 0


def test_vouching_is_kept_and_on_record_once(world: World) -> None:
    _, _, last = contradicted(world)
    for _ in range(2):
        pair = pair_vouch(pair=last, actor=world.cora)
    assert pair.vouched_by == world.cora and pair.withdrawn_at is None
    assert AuditEvent.objects.get(verb="pair_vouch").actor == world.cora
    assert pairs_doubt(vertical=world.vertical, actor=world.cora, chosen={last.pk}) == 0


def test_a_second_look_needs_a_reason_and_a_proposal(world: World) -> None:
    added = resolve(world)
    with pytest.raises(ApplicationError, match="Only proposed boxes"):
        dispute_ask(resolution=added, actor=world.cora, reason="Odd.")
    with pytest.raises(ApplicationError, match="what is doubtful"):
        dispute_ask(resolution=added, actor=world.cora, reason=" ")
    assert not Dispute.objects.exists() and Resolution.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_curators_at_once_send_each_once(world: World) -> None:
    contradicted(world)

    def send(_: int) -> int:
        try:
            return pairs_doubt(vertical=world.vertical, actor=world.cora)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(4))) == 2
    assert Dispute.objects.count() == 2
