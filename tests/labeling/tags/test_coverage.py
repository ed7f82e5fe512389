"""Coverage counts what a loop over all scenes counts, by the definitions of the design."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.annotation.models import Annotation
from labeling.annotation.services import assignment_submit
from labeling.brands.models import Policy
from labeling.catalog.models import Scene
from labeling.inference.models import Proposal
from labeling.tags.coverage import coverage_by_category, coverage_by_domain, coverage_of, coverage_over_time
from labeling.tags.models import Tag, TagEvent
from labeling.tags.services import tags_move, tags_tell
from tests.labeling.deciding import all_confirmed, lend_one
from tests.labeling.tagging import hold_place, propose, tagged
from tests.world import World, make_scene


def automatic(world: World, proposal: Proposal) -> Tag:
    """A live tag of automation on a proposal."""
    tag = Tag.objects.create(
        **proposal.box._asdict(), scene=proposal.scene, category=proposal.category, product=world.sofas[0], grade="exact",
        source="model", state="live", reason="sure", proposal=proposal,
    )  # fmt: skip
    tags_tell(tags=[tag], cause=TagEvent.Cause.AUTOMATION)
    return tag


def test_it_works(world: World) -> None:
    proposals = [propose(world, number, score=0.9) for number in range(6)]
    tagged(world, proposal=proposals[0])
    tagged(world, proposal=world.proposals[0])
    for proposal in proposals[:3]:
        automatic(world, proposal)
    found = coverage_of(vertical=world.vertical)
    assert (found.eligible, found.human, found.automatic, found.covered) == (7, 2, 3, 4)
    # The second scene of the world was never looked at.
    assert found.unseen == 1
    assert found.coverage == pytest.approx(4 / 7)
    assert found.objects == pytest.approx(8 / 7)


def test_the_multiple_is_against_whole_work(world: World) -> None:
    for number in range(4):
        automatic(world, propose(world, number, score=0.9))
    seat = lend_one(world.ann, world)
    assert seat.token is not None
    assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, uuid=seat.token, token=seat.token, seconds=1.0,
        decisions=all_confirmed(world),
    )  # fmt: skip
    found = coverage_of(vertical=world.vertical)
    objects = Proposal.objects.count() / 5
    assert (found.decisions, found.objects) == (Annotation.objects.count(), objects)
    assert found.alone == pytest.approx(2 / objects)
    assert found.multiple == pytest.approx(4 / (2 / objects))


def test_what_is_not_eligible_or_not_shown_does_not_count(world: World) -> None:
    gone, business, paid, closed, held = (propose(world, n, score=0.9) for n in range(5))
    tags = [automatic(world, each) for each in (gone, business, paid, closed, held)]
    tags_move(tags=Tag.objects.filter(pk=tags[4].pk), state=Tag.State.HELD, reason="wait", cause=TagEvent.Cause.PLACE)
    Tag.objects.filter(pk=tags[0].pk).update(product=world.sofas[2])
    world.sofas[2].available = False
    world.sofas[2].save()
    Scene.objects.filter(pk=business.scene_id).update(business_account="acme")
    Scene.objects.filter(pk=paid.scene_id).update(organic=False)
    Scene.objects.filter(pk=closed.scene_id).update(domain="bram.example")
    hold_place(world, Policy.CLOSED)
    found = coverage_of(vertical=world.vertical)
    assert (found.eligible, found.covered) == (3, 0)
    assert found.multiple is None


def test_by_category_and_domain(world: World) -> None:
    for number in range(3):
        automatic(world, propose(world, number, score=0.9, domain="shop.example"))
    tagged(world, proposal=world.proposals[1])
    sofa, lamp = coverage_by_category(vertical=world.vertical)
    assert (sofa.slug, sofa.eligible, sofa.automatic, sofa.covered) == ("sofa", 4, 3, 4)
    assert (lamp.slug, lamp.eligible, lamp.human) == ("lamp", 1, 0)
    shop, blog = coverage_by_domain(vertical=world.vertical)
    assert (shop.name, shop.eligible, shop.covered, shop.share) == ("shop.example", 3, 3, 1.0)
    assert (blog.name, blog.eligible, blog.human) == ("blog.example", 1, 1)


def test_over_time(world: World) -> None:
    now = timezone.now()
    tags = [automatic(world, propose(world, number, score=0.9)) for number in range(3)]
    tags.append(tagged(world, proposal=tags[0].proposal))
    for tag, days in zip(tags, (9, 5, 5, 2), strict=True):
        TagEvent.objects.filter(tag=tag).update(created_at=now - timedelta(days=days))
    found = [(each.human, each.automatic, each.covered) for each in coverage_over_time(vertical=world.vertical)]
    assert found == [(0, 1, 1), (0, 3, 3), (1, 3, 3)]


def test_nothing_at_all(world: World) -> None:
    Proposal.objects.all().delete()
    found = coverage_of(vertical=world.vertical)
    assert (found.eligible, found.coverage, found.multiple, found.objects) == (0, None, None, 0.0)
    assert coverage_over_time(vertical=world.vertical) == coverage_by_domain(vertical=world.vertical) == []
    make_scene(world.vertical, "one more")
    assert coverage_of(vertical=world.vertical).unseen == 3
