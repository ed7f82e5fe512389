"""A brand owner's ruling beats models and annotators, and makes pairs once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from labeling.accounts.models import User
from labeling.annotation.models import Grade
from labeling.brands.models import Policy
from labeling.brands.services import claim_policy_set
from labeling.catalog.models import Category, Vertical
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.datasets.services import pairs_admit, review_conclude
from labeling.tags.models import Tag, TagReview
from labeling.tags.selectors import tags_live, tags_of_owner, tags_ruled
from labeling.tags.services import Ruling
from tests.labeling.tagging import hold_place, obey, tagged
from tests.world import World, make_product

APPROVE, HIDE, CORRECT = TagReview.Ruling.APPROVE, TagReview.Ruling.HIDE, TagReview.Ruling.CORRECT


def rule(tag: Tag, owner: User, ruling: TagReview.Ruling, **more: Any) -> TagReview:
    """One ruling, with all that follows."""
    return review_conclude(said=Ruling(tag=tag.pk, ruling=ruling, **more), reviewer=owner)


@pytest.fixture
def held(world: World) -> Tag:
    hold_place(world, Policy.REVIEW_FIRST)
    return tagged(world, scene=world.other_scene)


def test_it_works(world: World, held: Tag) -> None:
    review = rule(held, world.bram, APPROVE)
    held.refresh_from_db()
    assert (held.state, held.source) == ("live", "brand")
    pair = Pair.objects.get()
    assert (pair.review, pair.source, pair.product, pair.box) == (review, "brand", held.product, held.box)
    assert AuditEvent.objects.filter(verb="tag_approve", subject_id=held.pk, actor=world.bram).exists()


def test_approving_what_is_a_pair_makes_no_second(world: World, held: Tag) -> None:
    pairs_admit(resolutions=[held.resolution])  # type: ignore[list-item]
    rule(held, world.bram, APPROVE)
    rule(held, world.bram, APPROVE)
    assert Pair.objects.count() == 1


def test_a_correction_replaces_the_pair(world: World, held: Tag) -> None:
    pairs_admit(resolutions=[held.resolution])  # type: ignore[list-item]
    rule(held, world.bram, CORRECT, product=world.sofas[2])
    held.refresh_from_db()
    assert (held.product, held.grade, held.state) == (world.sofas[2], Grade.EXACT, "live")
    assert [pair.product for pair in Pair.objects.filter(withdrawn_at=None)] == [world.sofas[2]]
    assert Pair.objects.exclude(withdrawn_at=None).get().withdrawn_by == world.bram


def test_a_correction_leaves_other_tags_pairs(world: World, held: Tag) -> None:
    other = tagged(world, scene=world.other_scene)
    Tag.objects.filter(pk__in=[held.pk, other.pk]).update(resolution=None)
    rule(other, world.bram, APPROVE)
    rule(held, world.bram, CORRECT, product=world.sofas[2])
    assert Pair.objects.filter(withdrawn_at=None).count() == 2


def test_hiding_makes_no_pair_and_stays(world: World, held: Tag) -> None:
    rule(held, world.bram, HIDE)
    obey(claim_policy_set(claim=world.bram.claims.get(), policy=Policy.OPEN, actor=world.bram))
    assert not tags_live(scene=world.other_scene)
    assert not Pair.objects.exists()


def test_a_correction_names_a_product_of_the_vertical(world: World, held: Tag) -> None:
    with pytest.raises(ApplicationError, match="names the right product"):
        rule(held, world.bram, CORRECT)
    other = Vertical.objects.create(slug="fashion", name="Fashion")
    shoe = make_product(Category.objects.create(vertical=other, slug="shoe", name="Shoe"), "shoe-1")
    with pytest.raises(ApplicationError, match="another vertical"):
        rule(held, world.bram, CORRECT, product=shoe)
    assert not TagReview.objects.exists()


def test_hiding_as_wrong_refuses_the_product(world: World, held: Tag) -> None:
    pairs_admit(resolutions=[held.resolution])  # type: ignore[list-item]
    review = rule(held, world.bram, HIDE, wrong=True, reason="Ours has arms.")
    held.refresh_from_db()
    assert (held.state, review.refused, review.reason) == ("hidden", held.product, "Ours has arms.")
    assert not Pair.objects.filter(withdrawn_at=None).exists()


def test_hiding_for_other_reasons_leaves_the_pair(world: World, held: Tag) -> None:
    pairs_admit(resolutions=[held.resolution])  # type: ignore[list-item]
    assert rule(held, world.bram, HIDE).refused is None
    assert Pair.objects.get().withdrawn_at is None


def test_a_correction_to_the_same_product_refuses_nothing(world: World, held: Tag) -> None:
    assert rule(held, world.bram, CORRECT, product=held.product).refused is None
    assert rule(held, world.bram, CORRECT, product=world.sofas[1]).refused == world.sofas[0]


def test_only_what_is_hidden_is_wrong(world: World, held: Tag) -> None:
    with pytest.raises(ApplicationError, match="hidden as wrong"):
        rule(held, world.bram, APPROVE, wrong=True)


def test_a_repeat_changes_nothing(world: World, held: Tag) -> None:
    name = uuid.uuid4()
    first = rule(held, world.bram, APPROVE, uuid=name)
    assert rule(held, world.bram, APPROVE, uuid=name) == first
    rule(held, world.bram, HIDE, uuid=uuid.uuid4())
    assert rule(held, world.bram, APPROVE, uuid=name) == first
    held.refresh_from_db()
    assert (held.state, TagReview.objects.count(), Pair.objects.count()) == ("hidden", 2, 1)


def test_a_uuid_is_for_one_ruling(world: World, held: Tag) -> None:
    name, other = uuid.uuid4(), tagged(world, scene=world.other_scene)
    rule(held, world.bram, APPROVE, uuid=name)
    for tag, ruling in ((held, HIDE), (other, APPROVE)):
        with pytest.raises(ConflictError, match="fresh uuid"):
            rule(tag, world.bram, ruling, uuid=name)
    other.refresh_from_db()
    assert other.state == "held"


def test_what_was_looked_at_must_still_be_shown(world: World, held: Tag) -> None:
    rule(held, world.bram, CORRECT, product=world.sofas[1], shown=world.sofas[0].pk)
    with pytest.raises(ConflictError, match="by now"):
        rule(held, world.bram, APPROVE, shown=world.sofas[0].pk)


def test_a_tag_that_is_gone(world: World, held: Tag) -> None:
    gone = Tag(pk=held.pk)
    Tag.objects.all().delete()
    with pytest.raises(ApplicationError, match="no tag"):
        rule(gone, world.bram, APPROVE)


def test_only_the_owner_of_the_place(world: World, held: Tag) -> None:
    stranger = tagged(world)
    assert tags_of_owner(tag_ids=[held.pk, stranger.pk], owner=world.bram) == {held.pk: held}
    assert tags_of_owner(tag_ids=[held.pk], owner=world.mallory) == {}


def test_a_more_specific_claim_rules_its_own(world: World, held: Tag) -> None:
    whole = world.bram.claims.get()
    part = hold_place(world, Policy.REVIEW_FIRST, "bram.example/room-2")
    part.owner = world.mallory
    part.save()
    assert tags_of_owner(tag_ids=[held.pk], owner=world.bram) == {}
    assert tags_of_owner(tag_ids=[held.pk], owner=world.mallory) == {held.pk: held}
    assert tags_ruled(claim=whole, state="held", before=None, size=10) == []
    assert tags_ruled(claim=part, state="held", before=None, size=10) == [held]
    assert tags_ruled(claim=part, state="held", before=held.pk, size=10) == []
