"""Which claim rules a scene's place: the most specific verified one, matched by whole labels and whole steps."""

from __future__ import annotations

import pytest

from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import closed_places, policy_for
from tests.world import World

OPEN, REVIEW, CLOSED = Policy.OPEN, Policy.REVIEW_FIRST, Policy.CLOSED


def claim(world: World, place: str, policy: Policy, state: str = DomainClaim.State.VERIFIED) -> DomainClaim:
    domain, slash, path = place.partition("/")
    return DomainClaim.objects.create(
        owner=world.bram, domain=domain, path=slash + path, token="t", policy=policy, state=state
    )


def ruling(world: World, address: str) -> Policy:
    world.scene.source_url = f"https://{address}"
    world.scene.domain = address.split("/")[0]
    world.scene.save()
    world.scene.refresh_from_db()
    return policy_for(scene=world.scene)


def test_it_works(world: World) -> None:
    assert ruling(world, "bram.example/rooms") == OPEN
    claimed = claim(world, "bram.example", CLOSED)
    assert ruling(world, "bram.example/rooms") == CLOSED
    assert list(closed_places()) == [claimed]


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("bram.example/", CLOSED),
        ("shop.bram.example/", REVIEW),
        ("eu.shop.bram.example/", REVIEW),
        ("bram.example/rooms/1", REVIEW),
        ("bram.example/rooms/open/1", OPEN),
        ("bram.example/roomsets/1", CLOSED),
        ("notbram.example/", OPEN),
        ("bram.example.mallory.example/", OPEN),
        ("example/", OPEN),
    ],
)
def test_the_more_specific_claim_wins(world: World, address: str, wanted: Policy) -> None:
    claim(world, "bram.example", CLOSED)
    claim(world, "shop.bram.example", REVIEW)
    claim(world, "bram.example/rooms", REVIEW)
    claim(world, "bram.example/rooms/open", OPEN)
    assert ruling(world, address) == wanted


@pytest.mark.parametrize("state", ["pending", "failed", "withdrawn"])
def test_only_a_verified_claim_rules(world: World, state: str) -> None:
    claim(world, "bram.example", CLOSED, state)
    assert ruling(world, "bram.example/rooms") == OPEN
