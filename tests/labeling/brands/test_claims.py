"""Claiming a place: proof, grace, and who rules what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import claim_over, claims_due, closed_places, policies_for, policy_for, policy_job_of
from labeling.brands.services import (
    MAX_ATTEMPTS,
    claim_due,
    claim_grant,
    claim_open,
    claim_policy_set,
    claim_record,
    claim_renew,
    claim_take,
    claim_withdraw,
)
from labeling.brands.verification import Finding
from labeling.common.errors import ConflictError
from labeling.common.models import AuditEvent
from tests.world import World, make_scene

PROOF, NOTHING = Finding(True, "Found the file.", "file"), Finding(False, "Nothing there.")


def held(owner: User, place: str, policy: Policy = Policy.CLOSED) -> DomainClaim:
    """A verified claim with a policy."""
    claim = claim_record(claim=claim_open(owner=owner, place=place), finding=PROOF)
    return claim_policy_set(claim=claim, policy=policy, actor=owner)


def later(claim: DomainClaim, **ago: float) -> DomainClaim:
    """The claim as if everything about it had happened so much earlier."""
    for name in ("token_until", "due_at", "checked_at", "missing_since"):
        if (moment := getattr(claim, name)) is not None:
            setattr(claim, name, moment - timedelta(**ago))
    claim.save()
    return claim


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def test_it_works(world: World) -> None:
    claim = claim_open(owner=world.bram, place="https://www.bram.example/")
    assert (claim.place, claim.state, policy_for(scene=world.other_scene)) == ("bram.example", "pending", Policy.OPEN)
    claim = claim_record(claim=claim, finding=PROOF)
    assert (claim.state, claim.proof, policy_for(scene=world.other_scene)) == ("verified", "file", Policy.CLOSED)
    assert verbs() == ["claim_open", "claim_verify"]
    job = policy_job_of(claim=claim)
    assert job is not None and job.state == "waiting"


def test_one_claim_a_person_and_place(world: World) -> None:
    claim = claim_open(owner=world.bram, place="bram.example")
    with pytest.raises(ConflictError, match=r"claimed .* already"):
        claim_open(owner=world.bram, place="WWW.bram.example")
    claim_withdraw(claim=claim, actor=world.bram)
    assert claim_open(owner=world.bram, place="bram.example").pk != claim.pk


def test_no_policy_without_proof(world: World) -> None:
    with pytest.raises(ConflictError, match="not verified"):
        claim_policy_set(claim=claim_open(owner=world.bram, place="bram.example"), policy=Policy.OPEN, actor=world.bram)


def test_looking_in_vain_ends_and_may_begin_again(world: World) -> None:
    claim = claim_open(owner=world.bram, place="bram.example")
    assert claims_due() == [claim.pk]
    waits = []
    for _ in range(MAX_ATTEMPTS):
        claim = claim_record(claim=claim, finding=NOTHING)
        waits.append(round((claim.due_at - timezone.now()).total_seconds() / 60) if claim.due_at else None)
    assert waits == [*(min(2**n, 1440) for n in range(1, MAX_ATTEMPTS)), None]
    assert (claim.state, claim.finding, claims_due()) == ("failed", "Nothing there.", [])
    claim = claim_due(claim=later(claim, minutes=1))
    assert claims_due() == [claim.pk]
    assert claim_record(claim=claim, finding=PROOF).state == DomainClaim.State.VERIFIED


def test_one_look_at_a_time(world: World) -> None:
    claim = claim_open(owner=world.bram, place="bram.example")
    assert claim_take(claim_id=claim.pk) == claim
    assert claim_take(claim_id=claim.pk) is None
    claim_record(claim=claim, finding=NOTHING)
    with pytest.raises(ConflictError, match="a moment ago"):
        claim_due(claim=claim)


def test_a_worker_that_dies_over_a_look_costs_minutes(world: World) -> None:
    claim = claim_open(owner=world.bram, place="bram.example")
    claim_take(claim_id=claim.pk)
    claim.refresh_from_db()
    assert claim_take(claim_id=later(claim, minutes=6).pk) == claim


def test_a_token_expires_and_is_renewed(world: World) -> None:
    claim = later(claim_open(owner=world.bram, place="bram.example"), days=settings.CLAIM_TOKEN_DAYS + 1)
    assert claim_take(claim_id=claim.pk) is None
    claim.refresh_from_db()
    assert (claim.state, claim.due_at, verbs()[-1]) == ("expired", None, "claim_expire")
    assert "The token expired on" in claim.finding
    with pytest.raises(ConflictError, match="token expired"):
        claim_due(claim=claim)
    fresh = claim_renew(claim=claim, actor=world.bram)
    assert (fresh.state, fresh.token != claim.token, claims_due()) == ("pending", True, [claim.pk])


def test_a_held_place_needs_no_new_token(world: World) -> None:
    claim = later(held(world.bram, "bram.example"), days=100)
    assert claim_take(claim_id=claim.pk) == claim
    with pytest.raises(ConflictError, match="no new token"):
        claim_renew(claim=claim, actor=world.bram)


def test_a_proof_that_vanishes_is_warned_of_then_lapses(world: World) -> None:
    claim = held(world.bram, "bram.example")
    assert claims_due() == []
    claim = claim_record(claim=later(claim, days=1.1), finding=NOTHING)
    assert (claim.state, claim.missing_since is not None, verbs()[-1]) == ("verified", True, "claim_warn")
    assert policy_for(scene=world.other_scene) == Policy.CLOSED
    claim = claim_record(claim=claim, finding=NOTHING)
    assert (claim.state, verbs().count("claim_warn")) == ("verified", 1)
    claim = claim_record(claim=later(claim, days=settings.CLAIM_GRACE_DAYS), finding=NOTHING)
    assert (claim.state, verbs()[-1], policy_for(scene=world.other_scene)) == ("lapsed", "claim_lapse", Policy.OPEN)
    assert claim_record(claim=claim, finding=PROOF).state == DomainClaim.State.VERIFIED
    assert policy_for(scene=world.other_scene) == Policy.CLOSED


def test_a_proof_that_comes_back_ends_the_warning(world: World) -> None:
    claim = claim_record(claim=held(world.bram, "bram.example"), finding=NOTHING)
    claim = claim_record(claim=later(claim, days=6), finding=Finding(True, "Found the tag.", "meta"))
    assert (claim.state, claim.missing_since, claim.proof, verbs()[-1]) == (
        "verified",
        None,
        "meta",
        "claim_proof_back",
    )
    claim = claim_record(claim=later(claim, days=30), finding=NOTHING)
    assert claim.state == "verified"


def test_what_is_given_by_hand_is_not_looked_for(world: World) -> None:
    claim = claim_grant(owner=world.bram, place="bram.example", actor=world.sana, reason="By contract.")
    assert (claim.state, claim.due_at, policy_for(scene=world.other_scene)) == ("verified", None, Policy.CLOSED)
    assert AuditEvent.objects.get(verb="claim_grant").detail == {"place": "bram.example", "reason": "By contract."}
    with pytest.raises(ConflictError, match="held already"):
        claim_grant(owner=world.mallory, place="bram.example", actor=world.sana, reason="By mistake.")
    with pytest.raises(ConflictError, match="given by hand"):
        claim_due(claim=claim)


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
