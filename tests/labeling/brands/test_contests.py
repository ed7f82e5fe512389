"""A place that two have proven: the first holds it, staff decide with both proofs before them, and nothing is lost."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import claim_over, claims_contested, claims_due, holders_of
from labeling.brands.services import claim_open, claim_policy_set, claim_record, claim_withdraw, contest_decide
from labeling.brands.verification import Finding, Sighting
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.models import AuditEvent
from tests.world import World

PROOF = Finding(True, "Found the file.", "file", (Sighting("file", "here", "token", "Found the file.", proven=True),))
NOTHING = Finding(False, "Nothing there.")


@pytest.fixture
def contest(world: World) -> tuple[DomainClaim, DomainClaim]:
    """Bram holds bram.example and lets tags go live there; Mallory has proven it too."""
    mine = claim_record(claim=claim_open(owner=world.bram, place="bram.example"), finding=PROOF)
    mine = claim_policy_set(claim=mine, policy=Policy.OPEN, actor=world.bram)
    theirs = claim_record(claim=claim_open(owner=world.mallory, place="bram.example"), finding=PROOF)
    return mine, theirs


def test_it_works(contest: tuple[DomainClaim, DomainClaim], world: World) -> None:
    mine, theirs = contest
    assert (theirs.state, claim_over(scene=world.other_scene)) == ("contested", mine)
    assert "Staff will settle it" in theirs.finding
    assert (list(claims_contested()), holders_of(claims=[theirs])) == ([theirs], {"bram.example": mine})
    # The holder is looked at again at once, so that staff see both proofs as they are.
    assert claims_due() == [mine.pk]


def test_staff_may_give_it_away(contest: tuple[DomainClaim, DomainClaim], world: World) -> None:
    mine, theirs = contest
    given = contest_decide(claim=theirs, give=True, reason="The firm was sold.", actor=world.sana)
    mine.refresh_from_db()
    assert (given.state, given.policy, mine.state) == ("verified", Policy.CLOSED, "refused")
    assert claim_over(scene=world.other_scene) == theirs
    assert "The firm was sold." in mine.finding
    event = AuditEvent.objects.get(verb="contest_decide")
    assert (event.actor, event.detail["given"], event.detail["other"]) == (world.sana, True, mine.pk)
    assert event.detail["sightings"] == event.detail["other_sightings"] == PROOF.record()


def test_or_leave_it(contest: tuple[DomainClaim, DomainClaim], world: World) -> None:
    mine, theirs = contest
    assert contest_decide(claim=theirs, give=False, reason="A former agency.", actor=world.sana).state == "refused"
    assert claim_over(scene=world.other_scene) == mine
    with pytest.raises(ConflictError, match="no longer contested"):
        contest_decide(claim=theirs, give=True, reason="Again.", actor=world.sana)


def test_a_decision_has_a_reason(contest: tuple[DomainClaim, DomainClaim], world: World) -> None:
    with pytest.raises(ApplicationError, match="Say why"):
        contest_decide(claim=contest[1], give=True, reason=" ", actor=world.sana)


@pytest.mark.parametrize("end", ["withdraw", "lapse"])
def test_a_place_set_free_goes_to_who_waits(end: str, contest: tuple[DomainClaim, DomainClaim], world: World) -> None:
    mine, theirs = contest
    if end == "withdraw":
        claim_withdraw(claim=mine, actor=world.bram)
    else:
        DomainClaim.objects.filter(pk=mine.pk).update(missing_since="2020-01-01T00:00:00Z")
        claim_record(claim=mine, finding=NOTHING)
    theirs.refresh_from_db()
    assert (theirs.state, theirs.pk in claims_due()) == ("pending", True)
    assert claim_record(claim=theirs, finding=PROOF).state == "verified"


def test_a_contest_without_its_proof_ends(contest: tuple[DomainClaim, DomainClaim]) -> None:
    assert claim_record(claim=contest[1], finding=NOTHING).state == "pending"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_in_the_same_instant_one_holds(world: World, transactional_db: None) -> None:
    claims = [claim_open(owner=owner, place="race.example") for owner in (world.bram, world.mallory)]
    start = threading.Barrier(2)

    def prove(claim: DomainClaim) -> None:
        start.wait()
        claim_record(claim=claim, finding=PROOF)
        connection.close()

    threads = [threading.Thread(target=prove, args=[claim]) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(DomainClaim.objects.values_list("state", flat=True)) == ["contested", "verified"]
