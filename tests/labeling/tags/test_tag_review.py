"""A brand owner's ruling beats models and annotators, and makes pairs once."""

from __future__ import annotations

import pytest

from labeling.annotation.models import Grade
from labeling.brands.models import Policy
from labeling.catalog.models import Category, Vertical
from labeling.common.errors import ApplicationError
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.datasets.services import pairs_admit, review_conclude
from labeling.tags.models import Tag, TagReview
from labeling.tags.selectors import tag_of_owner, tags_live, tags_ruled
from labeling.tags.services import tags_obey_policy
from tests.labeling.tagging import hold_place, tagged
from tests.world import World, make_product

APPROVE, HIDE, CORRECT = TagReview.Ruling.APPROVE, TagReview.Ruling.HIDE, TagReview.Ruling.CORRECT


@pytest.fixture
def held(world: World) -> Tag:
    hold_place(world, Policy.REVIEW_FIRST)
    return tagged(world, scene=world.other_scene)


def test_it_works(world: World, held: Tag) -> None:
    review = review_conclude(tag=held, reviewer=world.bram, ruling=APPROVE)
    held.refresh_from_db()
    assert (held.state, held.source) == ("live", "brand")
    pair = Pair.objects.get()
    assert (pair.review, pair.source, pair.product, pair.box) == (review, "brand", held.product, held.box)
    assert AuditEvent.objects.filter(verb="tag_approve", subject_id=held.pk, actor=world.bram).exists()


def test_approving_what_is_a_pair_makes_no_second(world: World, held: Tag) -> None:
    pairs_admit(resolutions=[held.resolution])  # type: ignore[list-item]
    review_conclude(tag=held, reviewer=world.bram, ruling=APPROVE)
    review_conclude(tag=held, reviewer=world.bram, ruling=APPROVE)
    assert Pair.objects.count() == 1


def test_a_correction_replaces_the_pair(world: World, held: Tag) -> None:
    pairs_admit(resolutions=[held.resolution])  # type: ignore[list-item]
    review_conclude(tag=held, reviewer=world.bram, ruling=CORRECT, product=world.sofas[2])
    held.refresh_from_db()
    assert (held.product, held.grade, held.state) == (world.sofas[2], Grade.EXACT, "live")
    assert [pair.product for pair in Pair.objects.filter(withdrawn_at=None)] == [world.sofas[2]]
    assert Pair.objects.exclude(withdrawn_at=None).get().withdrawn_by == world.bram


def test_a_correction_leaves_other_tags_pairs(world: World, held: Tag) -> None:
    other = tagged(world, scene=world.other_scene)
    Tag.objects.filter(pk__in=[held.pk, other.pk]).update(resolution=None)
    review_conclude(tag=other, reviewer=world.bram, ruling=APPROVE)
    review_conclude(tag=held, reviewer=world.bram, ruling=CORRECT, product=world.sofas[2])
    assert Pair.objects.filter(withdrawn_at=None).count() == 2


def test_hiding_makes_no_pair_and_stays(world: World, held: Tag) -> None:
    review_conclude(tag=held, reviewer=world.bram, ruling=HIDE)
    claim = world.bram.claims.get()
    claim.policy = Policy.OPEN
    claim.save()
    tags_obey_policy(claim=claim)
    assert not tags_live(scene=world.other_scene)
    assert not Pair.objects.exists()


def test_a_correction_names_a_product_of_the_vertical(world: World, held: Tag) -> None:
    with pytest.raises(ApplicationError, match="names the right product"):
        review_conclude(tag=held, reviewer=world.bram, ruling=CORRECT)
    other = Vertical.objects.create(slug="fashion", name="Fashion")
    shoe = make_product(Category.objects.create(vertical=other, slug="shoe", name="Shoe"), "shoe-1")
    with pytest.raises(ApplicationError, match="another vertical"):
        review_conclude(tag=held, reviewer=world.bram, ruling=CORRECT, product=shoe)
    assert not TagReview.objects.exists()


def test_only_the_owner_of_the_place(world: World, held: Tag) -> None:
    assert tag_of_owner(tag_id=held.pk, owner=world.bram) == held
    assert tag_of_owner(tag_id=held.pk, owner=world.mallory) is None
    assert tag_of_owner(tag_id=tagged(world).pk, owner=world.bram) is None


def test_a_more_specific_claim_rules_its_own(world: World, held: Tag) -> None:
    whole = world.bram.claims.get()
    part = hold_place(world, Policy.REVIEW_FIRST, "bram.example/room-2")
    part.owner = world.mallory
    part.save()
    assert tag_of_owner(tag_id=held.pk, owner=world.bram) is None
    assert tag_of_owner(tag_id=held.pk, owner=world.mallory) == held
    assert tags_ruled(claim=whole, state="held", before=None, size=10) == []
    assert tags_ruled(claim=part, state="held", before=None, size=10) == [held]
    assert tags_ruled(claim=part, state="held", before=held.pk, size=10) == []
