"""What a policy takes from shoppers it gives back as it was; the next look obeys before any job has run."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import PlaceRefused
from labeling.brands.selectors import policy_job_of, policy_jobs_open
from labeling.brands.services import Limits, claim_policy_set, claim_withdraw, policy_job_excuse, policy_jobs_sweep
from labeling.catalog.models import Brand, Category, Scene
from labeling.common.models import AuditEvent, Job
from labeling.tags.models import AutomationPolicy, Tag, TagReview
from labeling.tags.selectors import scenes_tagged, tag_counts, tags_live
from labeling.tags.services import (
    Ruling,
    policy_job_step,
    policy_stop,
    tag_confirm,
    tag_review,
    tags_obey,
    tags_withdraw_for_resolution,
)
from tests.labeling.tagging import hold_place, obey, resolve, tagged
from tests.world import World, make_product, make_scene

Standing = tuple[str, str]
LIVE: Standing = ("live", "Confirmed by people.")
HELD: Standing = ("held", "Waits for the owner of the place.")
CLOSED: Standing = ("hidden", "The owner of the place wants no tags.")
BLOCKED: Standing = ("hidden", "The owner of the place does not want this here.")


def stands(tag: Tag) -> Standing:
    tag.refresh_from_db()
    return tag.state, tag.reason


def choose(claim: DomainClaim, policy: Policy, actor: User, **limits: Any) -> DomainClaim:
    return claim_policy_set(claim=claim, policy=policy, actor=actor, limits=Limits(**limits) if limits else None)


@pytest.fixture
def tag(world: World) -> Tag:
    """A live tag at a place that nobody holds yet."""
    return tagged(world, scene=world.other_scene)


def test_it_works(world: World, tag: Tag) -> None:
    elsewhere = tagged(world)
    claim = hold_place(world, Policy.CLOSED)
    assert not tags_live(scene=world.other_scene) and stands(tag) == LIVE
    assert obey(claim) == {"scans": 0, "seats": 0, "hidden": 1, "held": 0, "given_back": 0}
    assert (stands(tag), stands(elsewhere)) == (CLOSED, LIVE)
    obey(choose(claim, Policy.REVIEW_FIRST, world.bram))
    assert stands(tag) == HELD
    assert obey(choose(claim, Policy.OPEN, world.bram))["given_back"] == 1
    assert stands(tag) == LIVE and list(tags_live(scene=world.other_scene)) == [tag]
    assert AuditEvent.objects.filter(verb="policy_obeyed").count() == 3


def test_review_first_holds_at_the_next_look(world: World, tag: Tag) -> None:
    claim = hold_place(world, Policy.REVIEW_FIRST)
    assert stands(tag) == LIVE and not tags_live(scene=world.other_scene)
    obey(claim)
    tag_review(said=Ruling(tag=tag.pk, ruling=TagReview.Ruling.APPROVE), reviewer=world.bram)
    assert list(tags_live(scene=world.other_scene)) == [tag]
    obey(choose(claim, Policy.REVIEW_FIRST, world.bram))
    assert list(tags_live(scene=world.other_scene)) == [tag]


def test_a_place_given_back_gives_everything_back(world: World, tag: Tag) -> None:
    claim = hold_place(world, Policy.CLOSED)
    obey(claim)
    claim = claim_withdraw(claim=claim, actor=world.bram)
    obey(claim)
    assert stands(tag) == LIVE


def test_what_others_took_down_stays_down(world: World, tag: Tag) -> None:
    overruled, stopped = tagged(world, scene=world.other_scene), tagged(world, scene=world.other_scene)
    tags_withdraw_for_resolution(resolutions=[overruled.resolution])  # type: ignore[list-item]
    Tag.objects.filter(pk=stopped.pk).update(state="held", reason="Automation was stopped: audit")
    before = stands(overruled), stands(stopped)
    claim = hold_place(world, Policy.CLOSED)
    obey(claim)
    assert (stands(overruled)[1], stands(stopped)) == (before[0][1], CLOSED)
    obey(choose(claim, Policy.OPEN, world.bram))
    assert (stands(overruled), stands(stopped), stands(tag)) == (*before, LIVE)


@pytest.mark.parametrize("policy", [Policy.CLOSED, Policy.REVIEW_FIRST])
def test_what_is_taken_down_meanwhile_does_not_come_back(policy: Policy, world: World, tag: Tag) -> None:
    automatic = tagged(world, scene=world.other_scene)
    Tag.objects.filter(pk=automatic.pk).update(source="model", category=world.sofa)
    claim = hold_place(world, policy)
    obey(claim)
    tags_withdraw_for_resolution(resolutions=[tag.resolution])  # type: ignore[list-item]
    policy_stop(
        policy=AutomationPolicy.objects.create(vertical=world.vertical, category=world.sofa, enabled=True),
        reason="audit",
    )
    obey(choose(claim, Policy.OPEN, world.bram))
    assert stands(tag) == ("hidden", "People have since decided otherwise.")
    assert stands(automatic) == ("held", "Automation was stopped: audit")


def test_a_blocked_brand_category_and_shop(world: World) -> None:
    rival = Brand.objects.create(name="Rival")
    theirs = make_product(world.lamp, "rival-lamp", brand=rival)
    sold = make_product(world.lamp, "shop-lamp", url="https://www.shop.rival.example/p/1")
    tags = [tagged(world, scene=world.other_scene, product=each) for each in (world.sofas[0], theirs, sold)]
    Tag.objects.exclude(pk=tags[0].pk).update(category=world.lamp)
    claim = hold_place(world, Policy.OPEN)
    for limits, wanted in [
        ({"brands": [rival]}, [LIVE, BLOCKED, LIVE]),
        ({"domains": ["https://RIVAL.example/"]}, [LIVE, LIVE, BLOCKED]),
        ({"categories": [world.lamp]}, [LIVE, BLOCKED, BLOCKED]),
        ({"categories": [world.sofa], "brands": [rival], "domains": ["rival.example"]}, [BLOCKED] * 3),
        ({"only_own": False}, [LIVE] * 3),
    ]:
        choose(claim, Policy.OPEN, world.bram, **limits)
        allowed = {each for each, stand in zip(tags, wanted, strict=True) if stand == LIVE}
        # What is forbidden is gone at the next look; what is allowed again comes with the job.
        assert set(tags_live(scene=world.other_scene)) <= allowed
        obey(claim)
        assert set(tags_live(scene=world.other_scene)) == allowed
        assert tag_counts(scenes=[world.other_scene]).get(world.other_scene.pk, 0) == len(allowed)
        assert [stands(each) for each in tags] == wanted


def test_a_blocked_category_takes_along_what_lies_below_it(world: World) -> None:
    top, middle = (Category.objects.create(vertical=world.vertical, slug=name, name=name) for name in ("home", "seats"))
    Category.objects.filter(pk=middle.pk).update(parent=top)
    Category.objects.filter(pk=world.sofa.pk).update(parent=middle)
    sofa, lamp = (tagged(world, scene=world.other_scene, product=each) for each in (world.sofas[0], world.lamps[0]))
    Tag.objects.filter(pk=lamp.pk).update(category=world.lamp)
    claim = hold_place(world, Policy.OPEN)
    choose(claim, Policy.OPEN, world.bram, categories=[top])
    assert list(tags_live(scene=world.other_scene)) == [lamp]
    obey(claim)
    assert (stands(sofa), stands(lamp)) == (BLOCKED, LIVE)
    # Staff may have made a circle of them by hand; that is no reason to look for ever.
    Category.objects.filter(pk=top.pk).update(parent=world.sofa)
    assert list(tags_live(scene=world.other_scene)) == [lamp]
    obey(choose(claim, Policy.OPEN, world.bram, categories=[world.lamp]))
    assert (stands(sofa), stands(lamp)) == (LIVE, BLOCKED)


def test_only_the_owners_products(world: World) -> None:
    mine = make_product(world.lamp, "mine", url="https://shop.bram.example/1")
    lookalike = make_product(world.lamp, "lookalike", url="https://notbram.example/1")
    tags = [tagged(world, scene=world.other_scene, product=each) for each in (mine, world.sofas[0], lookalike)]
    claim = hold_place(world, Policy.OPEN)
    choose(claim, Policy.OPEN, world.bram, only_own=True)
    assert list(tags_live(scene=world.other_scene)) == [tags[0]]
    obey(claim)
    assert [stands(each) for each in tags] == [LIVE, BLOCKED, BLOCKED]
    # The first sofa is of a brand that is the owner's by staff's word.
    DomainClaim.objects.filter(pk=claim.pk).update(brand=world.brand)
    obey(choose(claim, Policy.OPEN, world.bram, only_own=True))
    assert [stands(each) for each in tags] == [LIVE, LIVE, BLOCKED]


def test_a_new_tag_obeys_from_the_start(world: World) -> None:
    choose(hold_place(world, Policy.OPEN), Policy.OPEN, world.bram, categories=[world.sofa])
    tag = tag_confirm(resolution=resolve(world, scene=world.other_scene))
    assert tag is not None and stands(tag) == BLOCKED
    assert not tags_live(scene=world.other_scene)


def test_limits_that_name_no_shop_change_nothing(world: World) -> None:
    claim = hold_place(world, Policy.OPEN)
    with pytest.raises(PlaceRefused):
        choose(claim, Policy.CLOSED, world.bram, domains=["co.uk"])
    claim.refresh_from_db()
    assert (claim.policy, claim.blocked_domains) == ("open", [])


def test_the_wall_leaves_out_what_owners_bar(world: World, tag: Tag) -> None:
    tagged(world)
    claim = hold_place(world, Policy.OPEN)
    assert [scene.pk for scene in scenes_tagged(before=None, size=5)] == [world.other_scene.pk, world.scene.pk]
    for policy, limits in [(Policy.CLOSED, {}), (Policy.REVIEW_FIRST, {}), (Policy.OPEN, {"categories": [world.sofa]})]:
        choose(claim, policy, world.bram, **limits)
        assert [scene.pk for scene in scenes_tagged(before=None, size=5)] == [world.scene.pk]


def test_the_more_specific_claim_is_asked_for_each_scene(world: World, tag: Tag) -> None:
    other = make_scene(world.vertical, "uk", source_url="https://bram.example/uk/1")
    british = tagged(world, scene=other)
    part = hold_place(world, Policy.OPEN, "bram.example/uk")
    obey(hold_place(world, Policy.CLOSED))
    assert (stands(tag), stands(british)) == (CLOSED, LIVE)
    obey(claim_withdraw(claim=part, actor=world.bram))
    assert stands(british) == CLOSED


def test_rulings_of_a_former_holder_bind_nobody(world: World, tag: Tag) -> None:
    hold_place(world, Policy.OPEN)
    tag_review(said=Ruling(tag=tag.pk, ruling=TagReview.Ruling.APPROVE), reviewer=world.bram)
    claim_withdraw(claim=world.bram.claims.get(), actor=world.bram)
    hold_place(world, Policy.REVIEW_FIRST)
    assert not tags_live(scene=world.other_scene)


def test_obeying_twice_moves_nothing(world: World, tag: Tag) -> None:
    hold_place(world, Policy.REVIEW_FIRST)
    first = tags_obey(scenes=[world.other_scene])
    assert (first["held"], sum(tags_obey(scenes=[world.other_scene]).values())) == (1, 0)
    assert tag.history.count() == 2


def test_a_job_goes_on_where_it_was(world: World) -> None:
    scenes = [make_scene(world.vertical, f"b{n}", source_url=f"https://bram.example/{n}") for n in range(5)]
    for scene in scenes:
        tagged(world, scene=scene)
    job = policy_job_of(claim=hold_place(world, Policy.CLOSED))
    assert job is not None
    assert policy_job_step(job_id=job.pk) and policy_job_step(job_id=job.pk, scenes=2)
    job.refresh_from_db()
    # The first of them is the second scene of the world, which has no tag.
    assert (job.state, job.done, job.total, Tag.objects.filter(state="hidden").count()) == ("running", 1, 5, 1)
    while policy_job_step(job_id=job.pk, scenes=2):
        pass
    job.refresh_from_db()
    assert (job.state, job.done, job.result["hidden"]) == ("done", 5, 5)
    assert not policy_job_step(job_id=job.pk)


def test_a_newer_choice_overtakes_the_job(world: World, tag: Tag) -> None:
    claim = hold_place(world, Policy.CLOSED)
    first = policy_job_of(claim=claim)
    choose(claim, Policy.OPEN, world.bram)
    assert first is not None and not policy_job_step(job_id=first.pk)
    assert list(Job.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "cancelled", "waiting"]


def test_jobs_that_wait_are_nudged_and_broken_ones_given_up(world: World) -> None:
    job = policy_job_of(claim=hold_place(world, Policy.CLOSED))
    assert job is not None
    assert (policy_jobs_sweep(), policy_jobs_sweep()) == ([job.pk], [])
    Job.objects.update(updated_at="2020-01-01T00:00:00Z")
    assert policy_jobs_sweep() == [job.pk]
    for _ in range(5):
        policy_job_excuse(job_id=job.pk, error="the disk is full")
    job.refresh_from_db()
    assert (job.state, job.message, policy_jobs_open().count()) == ("failed", "the disk is full", 0)


def test_a_step_costs_the_same_however_many_tags(world: World, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        scene = make_scene(world.vertical, f"many-{number}", source_url=f"https://bram.example/{number}")
        tagged(world, scene=scene)
    job = policy_job_of(claim=hold_place(world, Policy.CLOSED))
    assert job is not None and policy_job_step(job_id=job.pk)
    with django_assert_max_num_queries(20):
        assert not policy_job_step(job_id=job.pk)
    assert Tag.objects.filter(state="hidden").count() == 12


def test_a_look_asks_once_more_at_most(world: World, tag: Tag, django_assert_max_num_queries: Any) -> None:
    claim = hold_place(world, Policy.OPEN)
    choose(claim, Policy.OPEN, world.bram, only_own=True, categories=[world.lamp], domains=["rival.example"])
    with django_assert_max_num_queries(4):
        list(tags_live(scene=Scene.objects.get(pk=world.other_scene.pk)))
