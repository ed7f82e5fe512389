"""What people cannot settle goes to an adjudicator, whose word stands."""

from __future__ import annotations

import pytest

from labeling.annotation.models import Assignment, Campaign, Dispute, Resolution, Skill
from labeling.annotation.services import campaign_create, campaign_fill, campaign_quality_set, dispute_rule
from labeling.common.errors import ApplicationError
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.datasets.services import dispute_conclude, scene_conclude
from labeling.datasets.tasks import settle_waiting
from labeling.tags.models import Tag
from models_ml.types import Box
from tests.labeling.deciding import add
from tests.labeling.trusting import annotator, proposed_scene, visit
from tests.world import World


def quarrel(world: World, *, more_eyes: int = 0) -> Campaign:
    """Two people who are of two minds about the one sofa of a scene."""
    campaign = campaign_create(vertical=world.vertical, name="Quarrel", overlap=2)
    campaign_quality_set(
        campaign=campaign, actor=None, sure_at=0.7, more_eyes=more_eyes, gold_share=0.0, trick_share=0.0,
        pass_score=None, entry_test=0,
    )  # fmt: skip
    campaign.refresh_from_db()
    campaign_fill(campaign=campaign, scenes=[proposed_scene(world, "quarrel")[0].scene])
    visit(world.ann, campaign)
    visit(world.arif, campaign, product=world.sofas[1].pk)
    settle_waiting()
    return campaign


def test_it_works(world: World) -> None:
    quarrel(world)
    dispute = Dispute.objects.get()
    assert dispute.annotations.count() == 2 and dispute.ruled_at is None
    assert not Assignment.objects.filter(state="waiting", campaign=dispute.campaign).exists()
    assert not Resolution.objects.exists()
    dispute_conclude(
        dispute=dispute, actor=world.cora, accepted=True, category=world.sofa, product=world.sofas[1], grade="exact"
    )
    resolution = Resolution.objects.get()
    assert (resolution.product, resolution.agreement) == (world.sofas[1], 0.5)
    assert set(resolution.annotations.all()) == set(dispute.annotations.all())
    assert Tag.objects.get().product == Pair.objects.get().product == world.sofas[1]
    event = AuditEvent.objects.get(verb="dispute ruled")
    assert (event.actor, event.detail["product"]) == (world.cora, world.sofas[1].pk)


def test_more_eyes_are_asked_first_and_may_end_it(world: World) -> None:
    campaign = quarrel(world, more_eyes=1)
    assert not Dispute.objects.exists()
    visit(annotator("third"), campaign)
    settle_waiting()
    assert Resolution.objects.get().product == world.sofas[0]
    assert not Dispute.objects.exists()


def test_a_limit_of_eyes_is_kept(world: World) -> None:
    campaign = quarrel(world, more_eyes=2)
    visit(annotator("third"), campaign, product=world.sofas[2].pk)
    settle_waiting()
    visit(annotator("fourth"), campaign, accept=False)
    settle_waiting()
    assert Assignment.objects.filter(campaign=campaign).count() == 4
    assert Dispute.objects.get().annotations.count() == 4


def test_a_person_whose_word_is_weak_is_not_enough(world: World) -> None:
    campaign = campaign_create(vertical=world.vertical, name="Alone")
    campaign_fill(campaign=campaign, scenes=[proposed_scene(world, "alone")[0].scene])
    Skill.objects.create(
        vertical=world.vertical, annotator=world.ann, question="object", keep=0.99, catch=0.05, answers=200
    )
    visit(world.ann, campaign)
    settle_waiting()
    assert not Resolution.objects.exists()
    visit(world.arif, campaign)
    settle_waiting()
    assert Resolution.objects.get().product == world.sofas[0]


def test_a_ruling_stands_whatever_is_said_later(world: World) -> None:
    campaign = quarrel(world)
    dispute_conclude(dispute=Dispute.objects.get(), actor=world.cora, accepted=False)
    assert not Resolution.objects.get().accepted
    Assignment.objects.create(campaign=campaign, scene=Dispute.objects.get().scene, slot=5)
    visit(annotator("third"), campaign)
    settle_waiting()
    assert not Resolution.objects.get().accepted
    assert Resolution.objects.get().agreement == 0.0
    assert not Tag.objects.exists()


def test_a_ruling_can_be_replaced(world: World) -> None:
    quarrel(world)
    ruling = {"actor": world.cora, "accepted": True, "category": world.sofa, "grade": "exact"}
    dispute_conclude(dispute=Dispute.objects.get(), product=world.sofas[0], **ruling)
    dispute_conclude(dispute=Dispute.objects.get(), product=world.sofas[2], **ruling)
    assert Resolution.objects.get().product == world.sofas[2]
    assert list(Tag.objects.exclude(state="hidden").values_list("product", flat=True)) == [world.sofas[2].pk]
    assert Pair.objects.get(withdrawn_at=None).product == world.sofas[2]


def test_a_box_that_one_of_two_drew_is_disputed_once(world: World) -> None:
    campaign = campaign_create(vertical=world.vertical, name="Drawn", overlap=2)
    campaign.more_eyes = 0
    campaign.save()
    scene = proposed_scene(world, "drawn")[0].scene
    campaign_fill(campaign=campaign, scenes=[scene])
    seat = visit(world.ann, campaign)
    assert seat is not None
    drawn = add(Box(0.6, 0.0, 0.9, 0.2), category="lamp", product=world.lamps[0].pk)
    kept = seat.annotations.get()
    kept.pk, kept.proposal, kept.verdict, kept.client_uuid = None, None, "added", drawn.uuid
    kept.left, kept.top, kept.right, kept.bottom = drawn.box
    kept.save()
    visit(world.arif, campaign)
    settle_waiting()
    for _ in range(2):
        scene_conclude(campaign=campaign, scene=scene)
    dispute = Dispute.objects.get()
    assert dispute.proposal is None and tuple(dispute.box) == pytest.approx((0.6, 0.0, 0.9, 0.2))
    dispute_conclude(
        dispute=dispute, actor=world.cora, accepted=True, category=world.lamp, product=world.lamps[0], grade="exact"
    )
    assert Resolution.objects.get(proposal=None).category == world.lamp


@pytest.mark.parametrize(
    ("ruling", "words"),
    [
        ({"grade": "exact"}, "needs a product"),
        ({"grade": "none", "product": True}, "needs a product"),
        ({"grade": "perhaps"}, "exact, similar or none"),
        ({"category": None, "grade": "none"}, "category"),
    ],
)
def test_a_ruling_that_does_not_fit_is_refused(world: World, ruling: dict[str, object], words: str) -> None:
    quarrel(world)
    given = {"category": world.sofa} | ruling | ({"product": world.sofas[0]} if ruling.get("product") else {})
    with pytest.raises(ApplicationError, match=words):
        dispute_rule(dispute=Dispute.objects.get(), actor=world.cora, accepted=True, **given)  # type: ignore[arg-type]
    assert Dispute.objects.get().ruled_at is None
