"""The owner's queue and rulings over the API."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.catalog.services import product_add
from labeling.tags.models import Tag, TagReview
from tests.labeling.tagging import hold_place, propose, resolve, tagged
from tests.world import World, make_scene, picture


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def claim(world: World) -> DomainClaim:
    return hold_place(world, Policy.REVIEW_FIRST)


def waiting(world: World, number: int, **changes: Any) -> Tag:
    """A tag that waits for Bram, in a scene of its own."""
    scene = make_scene(
        world.vertical, f"room-x{number}", domain="bram.example", source_url=f"https://bram.example/{number}"
    )
    return tagged(world, scene=scene, **changes)


def say(tag: Tag, ruling: str, **more: Any) -> dict[str, Any]:
    return {"uuid": str(uuid.uuid4()), "tag": tag.pk, "ruling": ruling, **more}


def rule(client: Client, *said: dict[str, Any]) -> Any:
    return client.post("/api/rulings/", {"rulings": list(said)}, content_type="application/json")


def undo(client: Client, *said: dict[str, Any]) -> Any:
    rulings = [{"uuid": str(uuid.uuid4()), "ruling": item["uuid"]} for item in said]
    return client.post("/api/rulings/undo/", {"rulings": rulings}, content_type="application/json")


def test_it_works(world: World, claim: DomainClaim) -> None:
    first, second, third = (waiting(world, n) for n in range(3))
    bram = client_of(world.bram)
    said = [say(first, "approve"), say(second, "hide", wrong=True), say(third, "correct", product=world.sofas[1].pk)]
    answer = rule(bram, *said)
    assert answer.status_code == 200
    assert answer.json()["ruled"] == [
        {"uuid": item["uuid"], "tag": item["tag"], "state": state}
        for item, state in zip(said, ("live", "hidden", "live"), strict=True)
    ]
    assert rule(bram, *said).json() == answer.json()
    assert TagReview.objects.count() == 3
    assert undo(bram, *said).status_code == 200
    assert set(Tag.objects.values_list("state", flat=True)) == {"held"}


def test_the_queue_by_key(world: World, claim: DomainClaim) -> None:
    tags = [waiting(world, n, product=world.sofas[n % 2]) for n in range(5)]
    tagged(world)
    bram, address = client_of(world.bram), f"/api/claims/{claim.pk}/tags/"
    seen: list[int] = []
    query: str | None = "?limit=2"
    while query is not None:
        page = bram.get(address + query).json()
        seen += [card["tag"] for card in page["results"]]
        query = f"?limit=2&before={page['next']}" if page["next"] is not None else None
    assert seen == [tag.pk for tag in reversed(tags)]
    of_one = bram.get(f"{address}?product={world.sofas[1].pk}").json()
    assert [card["tag"] for card in of_one["results"]] == [tags[3].pk, tags[1].pk]
    assert bram.get(f"{address}?state=live").json() == {"results": [], "next": None}
    assert bram.get(f"{address}?state=odd").status_code == 400


def test_a_card(world: World, claim: DomainClaim) -> None:
    tag = waiting(world, 1)
    world.sofas[0].domain = "shop.bram.example"
    world.sofas[0].save()
    (card,) = client_of(world.bram).get(f"/api/claims/{claim.pk}/tags/").json()["results"]
    assert (card["tag"], card["box"], card["vertical"], card["category"]) == (tag.pk, list(tag.box), "home", "Sofa")
    assert (card["state"], card["origin"], card["grade"], card["candidates"]) == ("held", "human", "exact", [])
    assert (card["product"]["product"], card["product"]["own"]) == (world.sofas[0].pk, True)
    assert card["scene"]["image_url"] == tag.scene.image_url


def test_own_products_come_first_among_candidates(world: World, claim: DomainClaim) -> None:
    world.sofas[2].domain = "bram.example"
    world.sofas[2].save()
    waiting(world, 1, proposal=None)
    scene = waiting(world, 2).scene
    proposal = world.proposals[0]
    proposal.scene = scene
    proposal.save()
    resolve(world, proposal=proposal)
    Tag.objects.filter(scene=scene).update(proposal=proposal)
    cards = client_of(world.bram).get(f"/api/claims/{claim.pk}/tags/").json()["results"]
    assert [(each["external_id"], each["own"]) for each in cards[0]["candidates"]] == [
        ("sofa-2", True),
        ("sofa-1", False),
    ]


def test_constant_queries(world: World, claim: DomainClaim) -> None:
    bram, numbers = client_of(world.bram), []
    for size in (2, 8):
        for number in range(size):
            proposal = propose(world, 100 * size + number, score=0.5, domain="bram.example")
            tagged(world, proposal=proposal)
        with CaptureQueriesContext(connection) as queries:
            assert len(bram.get(f"/api/claims/{claim.pk}/tags/").json()["results"]) >= size
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def stock(world: World, number: int, place: str) -> None:
    """A product in the text index, sold at a place."""
    url = f"https://{place}"
    product_add(
        vertical=world.vertical, external_id=f"oak-{number}", category=world.sofa, data=picture(f"#0000{number}0"),
        title=f"Oaken sofa {number}", url=url, domain=place.split("/")[0],
    )  # fmt: skip


SEARCH = "/api/products/search/?q=oaken&vertical=home"


def found(user: User, query: str = SEARCH) -> tuple[int, list[str]]:
    answer = client_of(user).get(query).json()
    return answer["own"], [card["external_id"] for card in answer["results"]]


def test_search_finds_own_products_first(world: World, claim: DomainClaim) -> None:
    for number, place in enumerate(["other.example/0", "bram.example.other.example/1", "shop.bram.example/2"]):
        stock(world, number, place)
    assert found(world.bram) == (1, ["oak-2", "oak-0", "oak-1"])
    assert found(world.mallory) == (0, ["oak-0", "oak-1", "oak-2"])
    assert found(world.bram, f"{SEARCH}&limit=1") == (1, ["oak-2"])


def test_a_path_holds_its_own_products(world: World) -> None:
    hold_place(world, Policy.REVIEW_FIRST, "mall.example/bram")
    for number, place in enumerate(["mall.example/other/0", "mall.example/bramble/1", "mall.example/bram/2"]):
        stock(world, number, place)
    assert found(world.bram) == (1, ["oak-2", "oak-0", "oak-1"])


def test_all_or_none(world: World, claim: DomainClaim) -> None:
    mine, stranger = waiting(world, 1), tagged(world)
    answer = rule(client_of(world.bram), say(mine, "approve"), say(stranger, "hide"))
    assert answer.status_code == 404
    assert f"tag {stranger.pk}" in answer.json()["error"]["message"]
    mine.refresh_from_db()
    assert mine.state == "held"


@pytest.mark.parametrize(
    "fault",
    [{"ruling": "undo"}, {"ruling": "correct"}, {"product": 10**9}, {"uuid": "x"}, {"ruling": "approve", "wrong": True},
     {"reason": "x" * 501}, {"tag": 0}],
)  # fmt: skip
def test_bad_rulings_change_nothing(fault: dict[str, Any], world: World, claim: DomainClaim) -> None:
    good, bad = waiting(world, 1), waiting(world, 2)
    answer = rule(client_of(world.bram), say(good, "approve"), {**say(bad, "hide"), **fault})
    assert answer.status_code == 400 and answer.json()["error"]["message"]
    assert not TagReview.objects.exists()


def test_stale_cards_are_a_conflict(world: World, claim: DomainClaim) -> None:
    tag, bram = waiting(world, 1), client_of(world.bram)
    rule(bram, say(tag, "correct", product=world.sofas[1].pk))
    answer = rule(bram, say(tag, "approve", shown=world.sofas[0].pk))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


def test_nobody_else(world: World, claim: DomainClaim) -> None:
    tag = waiting(world, 1)
    queue = f"/api/claims/{claim.pk}/tags/"
    said = say(tag, "hide")
    assert rule(client_of(world.bram), said).status_code == 200
    mallory = client_of(world.mallory)
    assert mallory.get(queue).status_code == 404
    assert rule(mallory, say(tag, "approve")).status_code == 404
    assert undo(mallory, said).status_code == 404
    for other in (world.ann, world.cora):
        client = client_of(other)
        answers = [client.get(queue), rule(client, say(tag, "approve")), undo(client, said)]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert [answer.status_code for answer in (Client().get(queue), rule(Client(), said), undo(Client(), said))] == [
        403
    ] * 3
    tag.refresh_from_db()
    assert tag.state == "hidden"


def test_a_claim_without_proof_has_no_queue(world: World, claim: DomainClaim) -> None:
    DomainClaim.objects.update(state="pending")
    assert client_of(world.bram).get(f"/api/claims/{claim.pk}/tags/").status_code == 404
