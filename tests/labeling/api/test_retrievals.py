"""Asking for candidates again: a row for a worker, an answer for the asker alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from labeling.catalog.models import Brand
from labeling.inference.findings import Wishes
from labeling.inference.models import Retrieval
from labeling.inference.services import retrieval_fail, retrieval_record
from models_ml.types import Box, Match
from tests.labeling.api.desk import call, lend, signed_in
from tests.world import World

BOX = [0.2, 0.2, 0.4, 0.6]


def ask(world: World, **changes: object) -> int:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body = {"token": lent["token"], "box": BOX, "category": "lamp"} | changes
    response = call(client, f"/api/assignments/{lent['id']}/retrievals/", body)
    assert response.status_code == 202, response.content
    return int(response.json()["id"])


def test_it_works(world: World) -> None:
    key = ask(world)
    retrieval = Retrieval.objects.get()
    assert (retrieval.pk, retrieval.scene, retrieval.category, retrieval.asked_by) == (
        key,
        world.scene,
        world.lamp,
        world.ann,
    )
    assert retrieval.box == Box(*BOX)
    client = signed_in(world.ann)
    assert client.get(f"/api/retrievals/{key}/").json() == {"state": "waiting", "candidates": []}
    matches = [Match(world.lamps[2].pk, 0.7, 1), Match(world.lamps[0].pk, 0.6, 2)]
    retrieval_record(retrieval_id=key, matches=matches)
    answer = client.get(f"/api/retrievals/{key}/").json()
    assert answer["state"] == "done"
    assert [(each["product"], each["rank"], each["score"], each["price"]) for each in answer["candidates"]] == [
        (world.lamps[2].pk, 1, 0.7, "22.00"),
        (world.lamps[0].pk, 2, 0.6, "20.00"),
    ]


def test_without_a_category_the_whole_vertical_is_searched(world: World) -> None:
    assert Retrieval.objects.get(pk=ask(world, category=None)).category is None


def test_brand_and_price_may_be_wished_for(world: World) -> None:
    Brand.objects.create(name="brambles")
    ask(world, brand=" bra", price_min=10, price_max="250.50")
    wishes = Wishes.of(Retrieval.objects.get().wishes)
    assert (wishes.min_price, wishes.max_price) == (Decimal("10"), Decimal("250.5"))
    assert wishes.brands == frozenset(Brand.objects.values_list("pk", flat=True))


def test_a_brand_nobody_has_leaves_nothing(world: World) -> None:
    ask(world, brand="zzz", price_min=None)
    assert Wishes.of(Retrieval.objects.get().wishes) == Wishes(brands=frozenset())


@pytest.mark.parametrize("price", ["cheap", -1, "NaN", 1e20])
def test_a_price_that_is_none_is_refused(world: World, price: object) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body = {"token": lent["token"], "box": BOX, "category": "lamp", "price_max": price}
    response = call(client, f"/api/assignments/{lent['id']}/retrievals/", body)
    assert response.status_code == 400
    assert "price_max" in response.json()["error"]["fields"]


def test_a_failure_is_told(world: World) -> None:
    key = ask(world)
    retrieval_fail(retrieval_id=key, error="no live index")
    assert signed_in(world.ann).get(f"/api/retrievals/{key}/").json() == {
        "state": "failed",
        "candidates": [],
        "error": "no live index",
    }


def test_an_unknown_category_is_named(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body = {"token": lent["token"], "box": BOX, "category": "shoe"}
    response = call(client, f"/api/assignments/{lent['id']}/retrievals/", body)
    assert response.status_code == 400
    assert "shoe" in response.json()["error"]["message"]


def test_only_the_asker_sees_the_answer(world: World) -> None:
    key = ask(world)
    assert signed_in(world.arif).get(f"/api/retrievals/{key}/").status_code == 404
    assert signed_in(world.mallory).get(f"/api/retrievals/{key}/").status_code == 403


def test_only_the_holder_of_the_seat_may_ask(world: World) -> None:
    (lent,) = lend(signed_in(world.ann), world)
    body = {"token": lent["token"], "box": BOX, "category": "lamp"}
    assert call(signed_in(world.arif), f"/api/assignments/{lent['id']}/retrievals/", body).status_code == 404
    assert not Retrieval.objects.exists()
