"""A ruling is never silently undone: not by a later model, not by automation, not by a new resolution, not by a policy."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import connection, transaction

from labeling.annotation.models import Resolution
from labeling.annotation.services import assignment_submit
from labeling.brands.models import Policy
from labeling.brands.services import claim_policy_set
from labeling.catalog.models import Product
from labeling.datasets.models import Pair
from labeling.datasets.services import assignment_settle, review_conclude
from labeling.inference.models import Scan
from labeling.tags.models import AutomationPolicy, Tag, TagReview
from labeling.tags.reasons import ASKS_AGAIN
from labeling.tags.services import (
    Ruling,
    policy_stop,
    sure_publish,
    tag_confirm,
    tags_withdraw_for_resolution,
)
from labeling.tags.services.reviewing import tag_locked
from tests.labeling.deciding import all_confirmed, lend_one
from tests.labeling.tagging import BOX, as_sure_of_all, hold_place, obey, propose, resolve, tagged
from tests.world import World, make_version

APPROVE, HIDE, CORRECT = TagReview.Ruling.APPROVE, TagReview.Ruling.HIDE, TagReview.Ruling.CORRECT
NEAR = (0.22, 0.3, 0.5, 0.7)
"""Another model's box of the object in ``BOX``: an overlap of 0.28 / 0.30 of the width, so an IoU of 0.93."""
FAR = (0.6, 0.3, 0.9, 0.7)


def rule(world: World, tag: Tag, ruling: TagReview.Ruling, product: Product | None = None, **more: Any) -> Tag:
    review_conclude(said=Ruling(tag=tag.pk, ruling=ruling, product=product, **more), reviewer=world.bram)
    return Tag.objects.get(pk=tag.pk)


def automation(world: World) -> AutomationPolicy:
    """Automation of sofas that publishes all it is offered."""
    return AutomationPolicy.objects.create(
        vertical=world.vertical,
        category=world.sofa,
        enabled=True,
        threshold=0.5,
        calibration=as_sure_of_all(),
        audit_share=0.0,
    )


def later_scan(world: World) -> Scan:
    """The scene of the place as new versions of the models see it."""
    detector, embedder = make_version(world.vertical, "detector", number=2, live=False), world.embedder
    world.detector.live = False
    world.detector.save()
    detector.live = True
    detector.save()
    return Scan.objects.create(scene=world.other_scene, detector=detector, embedder=embedder, state=Scan.State.DONE)


@pytest.fixture
def open_place(world: World) -> World:
    hold_place(world, Policy.OPEN)
    return world


def test_it_works(open_place: World) -> None:
    """Without a ruling a second decision of the same object makes a second tag: what the rest of this file is against."""
    world = open_place
    tagged(world, scene=world.other_scene)
    assert tagged(world, scene=world.other_scene, product=world.sofas[1], box=NEAR).state == "live"


@pytest.mark.parametrize("ruling", [APPROVE, CORRECT])
def test_a_new_resolution_cannot_go_against_a_product(ruling: TagReview.Ruling, open_place: World) -> None:
    world = open_place
    ruled = rule(world, tagged(world, scene=world.other_scene), ruling, world.sofas[2] if ruling == CORRECT else None)
    assert tag_confirm(resolution=resolve(world, scene=world.other_scene, product=world.sofas[1], box=NEAR)) is None
    assert list(Tag.objects.filter(state="live")) == [ruled]


def test_a_new_resolution_shows_nothing_that_was_hidden(open_place: World) -> None:
    world = open_place
    rule(world, tagged(world, scene=world.other_scene), HIDE)
    assert tag_confirm(resolution=resolve(world, scene=world.other_scene, box=NEAR)) is None
    Product.objects.filter(pk__in=[world.sofas[0].pk, world.sofas[1].pk]).update(same_photo_group="one photo")
    same_photo = Product.objects.get(pk=world.sofas[1].pk)
    assert tag_confirm(resolution=resolve(world, scene=world.other_scene, product=same_photo, box=NEAR)) is None
    assert not Tag.objects.filter(state="live").exists()


def test_another_product_for_what_was_hidden_waits_for_the_owner(open_place: World) -> None:
    world = open_place
    rule(world, tagged(world, scene=world.other_scene), HIDE)
    new = tag_confirm(resolution=resolve(world, scene=world.other_scene, product=world.sofas[1], box=NEAR))
    assert new is not None and (new.state, new.reason) == ("held", ASKS_AGAIN)
    obey(world.bram.claims.get())
    new.refresh_from_db()
    assert new.state == "held"
    assert rule(world, new, APPROVE).state == "live"


def test_elsewhere_in_the_scene_all_goes_on(open_place: World) -> None:
    world = open_place
    rule(world, tagged(world, scene=world.other_scene), HIDE)
    assert tagged(world, scene=world.other_scene, box=FAR).state == "live"


@pytest.mark.parametrize("ruling", [APPROVE, HIDE, CORRECT])
def test_confirming_again_what_was_ruled(ruling: TagReview.Ruling, open_place: World) -> None:
    world = open_place
    tag = tagged(world, scene=world.other_scene)
    ruled = rule(world, tag, ruling, world.sofas[1] if ruling == CORRECT else None)
    assert tag_confirm(resolution=Resolution.objects.get()) == ruled
    assert (Tag.objects.get().state, Tag.objects.get().product) == (ruled.state, ruled.product)


@pytest.mark.parametrize("ruling", [APPROVE, HIDE, CORRECT])
def test_people_going_back_on_it_leaves_the_ruling(ruling: TagReview.Ruling, open_place: World) -> None:
    world = open_place
    ruled = rule(world, tagged(world, scene=world.other_scene), ruling, world.sofas[1] if ruling == CORRECT else None)
    assert tags_withdraw_for_resolution(resolutions=Resolution.objects.all()) == 0
    after = Tag.objects.get()
    assert (after.state, after.reason, after.product) == (ruled.state, ruled.reason, ruled.product)


@pytest.mark.parametrize("ruling", [APPROVE, HIDE, CORRECT])
def test_a_decision_about_the_proposal_of_an_automatic_tag(ruling: TagReview.Ruling, open_place: World) -> None:
    world = open_place
    policy = automation(world)
    proposal = propose(world, 0, score=0.9, domain="bram.example")
    assert sure_publish(policy=policy) >= 1
    ruled = rule(world, Tag.objects.get(proposal=proposal), ruling, world.sofas[2] if ruling == CORRECT else None)
    for found in (
        resolve(world, proposal=proposal, accepted=False),
        resolve(world, proposal=proposal, product=world.sofas[1] if ruling != HIDE else world.sofas[0]),
    ):
        assert tag_confirm(resolution=found) is None
    after = Tag.objects.get(proposal=proposal)
    assert (after.state, after.product, after.source) == (ruled.state, ruled.product, ruled.source)


@pytest.mark.parametrize("ruling", [APPROVE, HIDE, CORRECT])
def test_a_later_model_publishes_nothing_there(ruling: TagReview.Ruling, open_place: World) -> None:
    world = open_place
    policy = automation(world)
    rule(world, tagged(world, scene=world.other_scene), ruling, world.sofas[2] if ruling == CORRECT else None)
    before = list(Tag.objects.values_list("pk", "state", "product"))
    propose(world, 0, score=0.9, scan=later_scan(world))
    assert sure_publish(policy=policy) == 0
    assert list(Tag.objects.values_list("pk", "state", "product")) == before


def test_a_later_model_with_another_product_asks(open_place: World) -> None:
    world = open_place
    policy = automation(world)
    rule(world, tagged(world, scene=world.other_scene, product=world.sofas[1]), HIDE)
    propose(world, 0, score=0.9, scan=later_scan(world))
    assert sure_publish(policy=policy) == 1
    assert Tag.objects.get(source="model").state == "held"


@pytest.mark.parametrize("ruling", [APPROVE, HIDE, CORRECT])
def test_stopping_automation_leaves_the_ruling(ruling: TagReview.Ruling, open_place: World) -> None:
    world = open_place
    policy = automation(world)
    proposal = propose(world, 0, score=0.9, domain="bram.example")
    sure_publish(policy=policy)
    ruled = rule(world, Tag.objects.get(proposal=proposal), ruling, world.sofas[2] if ruling == CORRECT else None)
    policy_stop(policy=policy, reason="audits")
    after = Tag.objects.get(proposal=proposal)
    assert (after.state, after.reason) == (ruled.state, ruled.reason)


@pytest.mark.parametrize("ruling", [APPROVE, HIDE, CORRECT])
@pytest.mark.parametrize("choice", list(Policy))
def test_a_policy_leaves_the_ruling(ruling: TagReview.Ruling, choice: Policy, open_place: World) -> None:
    world = open_place
    ruled = rule(world, tagged(world, scene=world.other_scene), ruling, world.sofas[1] if ruling == CORRECT else None)
    claim = claim_policy_set(claim=world.bram.claims.get(), policy=choice, actor=world.bram)
    obey(claim)
    assert Tag.objects.get().state == ruled.state


def test_no_pair_goes_against_the_owner(world: World) -> None:
    hold_place(world, Policy.OPEN, "blog.example")
    world.campaign.admit_pairs = True
    world.campaign.save()
    first = tagged(world, proposal=world.proposals[0], box=world.proposals[0].box, product=world.sofas[1])
    rule(world, first, CORRECT, world.sofas[2])
    seat = lend_one(world.ann, world)
    assert seat.token is not None
    assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, uuid=uuid.uuid4(), token=seat.token, seconds=1.0,
        decisions=all_confirmed(world),
    )  # fmt: skip
    assignment_settle(assignment_id=seat.pk)
    assert Resolution.objects.get(proposal=world.proposals[0]).product == world.sofas[0]
    assert set(Pair.objects.values_list("product", flat=True)) == {world.sofas[2].pk, world.lamps[0].pk}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_ruling_and_a_confirmation_at_once(transactional_db: None, world: World) -> None:
    """Whoever comes second sees what the first one did: the confirmation waits for the ruling, and then makes no tag."""
    hold_place(world, Policy.OPEN)
    tag = tagged(world, scene=world.other_scene)
    late = resolve(world, scene=world.other_scene, product=world.sofas[0], box=BOX)
    made: list[Tag | None] = []

    def confirm() -> None:
        made.append(tag_confirm(resolution=late))
        connection.close()

    thread = threading.Thread(target=confirm)
    with transaction.atomic():
        tag_locked(tag_id=tag.pk)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive() and not made
        review_conclude(said=Ruling(tag=tag.pk, ruling=HIDE), reviewer=world.bram)
    thread.join(30)
    assert made == [None]
    assert not Tag.objects.filter(state="live").exists()
