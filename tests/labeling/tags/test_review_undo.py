"""A ruling can be taken back: the tag and its pairs are what they were, and what happened since is heard."""

from __future__ import annotations

import uuid

import pytest

from labeling.annotation.services import resolutions_drop
from labeling.brands.models import Policy
from labeling.brands.services import claim_policy_set
from labeling.common.errors import ConflictError, NotFoundError
from labeling.datasets.models import Pair
from labeling.datasets.services import pairs_admit, reviews_conclude, reviews_undo
from labeling.tags.models import Tag, TagReview
from labeling.tags.services import Ruling
from tests.labeling.tagging import hold_place, obey, resolve, tagged
from tests.world import World

APPROVE, HIDE, CORRECT = TagReview.Ruling.APPROVE, TagReview.Ruling.HIDE, TagReview.Ruling.CORRECT
SEEN = ("state", "source", "grade", "reason", "product", "ruled")


@pytest.fixture
def tag(world: World) -> Tag:
    hold_place(world, Policy.REVIEW_FIRST)
    return tagged(world, scene=world.other_scene, grade="similar")


def rule(world: World, tag: Tag, ruling: TagReview.Ruling, **more: object) -> uuid.UUID:
    name = uuid.uuid4()
    reviews_conclude(said=[Ruling(tag=tag.pk, ruling=ruling, uuid=name, **more)], owner=world.bram)  # type: ignore[arg-type]
    return name


def undo(world: World, *names: uuid.UUID) -> None:
    reviews_undo(rulings=[(name, uuid.uuid4()) for name in names], owner=world.bram)


def look(tag: Tag) -> dict[str, object]:
    return Tag.objects.filter(pk=tag.pk).values(*SEEN).get()


def test_it_works(world: World, tag: Tag) -> None:
    before = look(tag)
    for ruling, more in ((APPROVE, {}), (HIDE, {"wrong": True}), (CORRECT, {"product": world.sofas[2]})):
        name = rule(world, tag, ruling, **more)
        assert look(tag) != before
        undo(world, name)
        assert look(tag) == before
    assert TagReview.objects.count() == 6


def test_the_ruling_before_stands_again(world: World, tag: Tag) -> None:
    rule(world, tag, APPROVE)
    approved = look(tag)
    undo(world, rule(world, tag, HIDE))
    assert look(tag) == approved and approved["ruled"]


def test_pairs_return(world: World, tag: Tag) -> None:
    pairs_admit(resolutions=[tag.resolution])  # type: ignore[list-item]
    name = rule(world, tag, CORRECT, product=world.sofas[2])
    assert [pair.product for pair in Pair.objects.filter(withdrawn_at=None)] == [world.sofas[2]]
    undo(world, name)
    assert [pair.product for pair in Pair.objects.filter(withdrawn_at=None)] == [world.sofas[0]]


def test_a_repeat_changes_nothing(world: World, tag: Tag) -> None:
    name, fresh = rule(world, tag, APPROVE), uuid.uuid4()
    first = reviews_undo(rulings=[(name, fresh)], owner=world.bram)
    rule(world, tag, HIDE)
    assert reviews_undo(rulings=[(name, fresh)], owner=world.bram) == first
    assert look(tag)["state"] == "hidden"


def test_only_the_newest(world: World, tag: Tag) -> None:
    first, second = rule(world, tag, APPROVE), rule(world, tag, HIDE)
    with pytest.raises(ConflictError, match="replaced since"):
        undo(world, first)
    undo(world, second)
    with pytest.raises(ConflictError, match="taken back"):
        undo(world, second)
    undo(world, first)
    assert look(tag)["state"] == "held"


def test_all_or_none(world: World, tag: Tag) -> None:
    other = tagged(world, scene=world.other_scene, box=(0.6, 0.1, 0.9, 0.4))
    mine, stale = rule(world, tag, APPROVE), rule(world, other, APPROVE)
    rule(world, other, HIDE)
    with pytest.raises(ConflictError):
        undo(world, mine, stale)
    assert look(tag)["state"] == "live"


def test_nobody_else(world: World, tag: Tag) -> None:
    name = rule(world, tag, APPROVE)
    with pytest.raises(NotFoundError):
        reviews_undo(rulings=[(name, uuid.uuid4())], owner=world.mallory)
    with pytest.raises(NotFoundError):
        undo(world, uuid.uuid4())


def test_the_policy_of_today_counts(world: World, tag: Tag) -> None:
    """Approved while held, then the place is opened: taking the approval back leaves the tag to the open policy."""
    name = rule(world, tag, APPROVE)
    claim = claim_policy_set(claim=world.bram.claims.get(), policy=Policy.OPEN, actor=world.bram)
    obey(claim)
    undo(world, name)
    assert (look(tag)["state"], look(tag)["source"]) == ("live", "human")
    name = rule(world, tag, HIDE)
    claim_policy_set(claim=claim, policy=Policy.CLOSED, actor=world.bram)
    undo(world, name)
    assert look(tag)["state"] == "hidden"


def test_what_people_came_to_since_is_heard(world: World, tag: Tag) -> None:
    """While the ruling stood, people decided anew; taken back, their new decision is the tag, and the old one is not."""
    name = rule(world, tag, APPROVE)
    resolutions_drop(resolutions=[tag.resolution])  # type: ignore[list-item]
    newer = resolve(world, scene=world.other_scene, product=world.sofas[1])
    undo(world, name)
    assert look(tag)["state"] == "hidden"
    assert (newer.tags.get().product, newer.tags.get().state) == (world.sofas[1], "held")
