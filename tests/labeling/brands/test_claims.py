"""Claiming a place: proof, conflicts, and who rules what."""

from __future__ import annotations

import pytest

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import claim_over, claims_due, closed_places, policies_for, policy_for
from labeling.brands.services import MAX_ATTEMPTS, claim_open, claim_policy_set, claim_record, claim_withdraw
from labeling.brands.verification import Finding
from labeling.common.errors import ConflictError
from labeling.common.models import AuditEvent
from tests.world import World, make_scene

PROOF, NOTHING = Finding(True, "Found the file."), Finding(False, "Nothing there.")


def held(owner: User, place: str, policy: Policy = Policy.CLOSED) -> DomainClaim:
    """A verified claim with a policy."""
    claim = claim_record(claim=claim_open(owner=owner, place=place), finding=PROOF)
    return claim_policy_set(claim=claim, policy=policy, actor=owner)


def test_it_works(world: World) -> None:
    claim = claim_open(owner=world.bram, place="https://www.bram.example/")
    assert (claim.place, claim.state, policy_for(scene=world.other_scene)) == ("bram.example", "pending", Policy.OPEN)
    claim = claim_record(claim=claim, finding=PROOF)
    assert (claim.state, policy_for(scene=world.other_scene)) == ("verified", Policy.CLOSED)
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == ["claim_open", "claim_verify"]


def test_one_claim_a_person_and_place(world: World) -> None:
    claim = claim_open(owner=world.bram, place="bram.example")
    with pytest.raises(ConflictError, match=r"claimed .* already"):
        claim_open(owner=world.bram, place="WWW.bram.example")
    claim_withdraw(claim=claim, actor=world.bram)
    assert claim_open(owner=world.bram, place="bram.example").pk != claim.pk


def test_the_first_proof_holds(world: World) -> None:
    held(world.bram, "bram.example")
    second = claim_record(claim=claim_open(owner=world.mallory, place="bram.example"), finding=PROOF)
    assert second.state == DomainClaim.State.PENDING
    assert "held by another owner" in second.finding


def test_no_policy_without_proof(world: World) -> None:
    with pytest.raises(ConflictError, match="not verified"):
        claim_policy_set(claim=claim_open(owner=world.bram, place="bram.example"), policy=Policy.OPEN, actor=world.bram)


def test_looking_in_vain_ends(world: World) -> None:
    claim = claim_open(owner=world.bram, place="bram.example")
    assert claims_due() == [claim.pk]
    for _ in range(MAX_ATTEMPTS):
        claim = claim_record(claim=claim, finding=NOTHING)
    assert (claim.state, claim.finding, claims_due()) == ("failed", "Nothing there.", [])
    assert claim_record(claim=claim, finding=PROOF).state == DomainClaim.State.VERIFIED


def test_the_more_specific_wins(world: World) -> None:
    held(world.bram, "bram.example", Policy.CLOSED)
    path = held(world.bram, "bram.example/uk", Policy.OPEN)
    deeper = held(world.bram, "bram.example/uk/new", Policy.REVIEW_FIRST)
    sub = held(world.mallory, "shop.bram.example", Policy.OPEN)
    pages = {
        "https://bram.example/de/1": Policy.CLOSED,
        "https://bram.example/ukulele": Policy.CLOSED,
        "https://bram.example/uk/1": Policy.OPEN,
        "https://bram.example/uk/new/1": Policy.REVIEW_FIRST,
        "https://shop.bram.example/uk/new/1": Policy.OPEN,
        "https://other.bram.example/uk/1": Policy.CLOSED,
        "https://notbram.example/": Policy.OPEN,
    }
    scenes = {url: make_scene(world.vertical, url, source_url=url) for url in pages}
    assert {url: policy_for(scene=scene) for url, scene in scenes.items()} == pages
    together = policies_for(scenes=scenes.values())
    assert {url: together[scene.pk] for url, scene in scenes.items()} == pages
    assert claim_over(scene=scenes["https://bram.example/uk/1"]) == path
    assert claim_over(scene=scenes["https://bram.example/uk/new/1"]) == deeper
    assert claim_over(scene=scenes["https://shop.bram.example/uk/new/1"]) == sub
    assert [claim.place for claim in closed_places()] == ["bram.example"]


def test_policies_cost_one_query(world: World, django_assert_num_queries: object) -> None:
    scenes = [make_scene(world.vertical, f"s{n}", domain=f"d{n}.bram.example") for n in range(5)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        policies_for(scenes=scenes)


def test_what_is_given_back_is_open(world: World) -> None:
    claim = held(world.bram, "bram.example")
    claim_withdraw(claim=claim, actor=world.bram)
    assert policy_for(scene=world.other_scene) == Policy.OPEN
