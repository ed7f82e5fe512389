"""Looks over HTTP: public, one or several, kept by browsers and asked about before each use, readable by pages of other sites."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from labeling.brands.models import Policy
from labeling.serving.services import SALT
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import hold_place, tagged
from tests.world import World

VISITOR = uuid.uuid4().hex


def test_it_works(world: World) -> None:
    tag, client = tagged(world), Client()
    response = client.get(f"/api/looks/{world.scene.pk}/")
    look = response.json()
    assert look["scene"]["external_id"] == "room-1"
    [shown] = look["tags"]
    assert (shown["tag"], shown["position"], shown["product"]) == (tag.pk, 1, tag.product_id)
    assert (shown["title"], shown["brand"], shown["price"]) == ("Sofa sofa-0", "Bram", "100.00")
    assert shown["image_url"] == tag.product.images.get().image_url
    assert (shown["category"], shown["category_name"], shown["grade"]) == ("sofa", "Sofa", "exact")
    assert shown["box"] == list(tag.box)
    cookie = response.cookies["looktag_visitor"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "looktag_visitor" not in client.get(f"/api/looks/{world.scene.pk}/").cookies
    assert signing.loads(look["token"], salt=SALT)["visitor"] == cookie.value


def test_a_kept_look_is_asked_about_and_not_sent_again(world: World) -> None:
    tag, path = tagged(world), f"/api/looks/{world.scene.pk}/?visitor={VISITOR}"
    first = Client().get(path)
    assert first["Cache-Control"] == "private, no-cache"
    assert "Cookie" in first["Vary"]
    again = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == "private, no-cache"
    # As a proxy that compresses makes it.
    assert Client().get(path, headers={"If-None-Match": f"W/{first['ETag']}"}).status_code == 304
    assert Client().get(path, headers={"If-None-Match": '"other"'}).json()["tags"]
    tag.state = "hidden"
    tag.save()
    changed = Client().get(path, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed.json()["tags"]) == (200, [])


def test_a_closed_place_is_empty_also_for_who_has_kept_it(world: World) -> None:
    tagged(world, scene=world.other_scene)
    path = f"/api/looks/{world.other_scene.pk}/?visitor={VISITOR}"
    kept = Client().get(path)
    assert len(kept.json()["tags"]) == 1
    hold_place(world, Policy.CLOSED)
    assert Client().get(path, headers={"If-None-Match": kept["ETag"]}).json()["tags"] == []


def test_several_at_once(world: World) -> None:
    tagged(world)
    ids = [world.other_scene.pk, 999_999, world.scene.pk]
    path = f"/api/looks/?scenes={','.join(map(str, ids))}&visitor={VISITOR}"
    response = Client().get(path)
    looks = response.json()["looks"]
    assert [(look["scene"]["id"], len(look["tags"])) for look in looks] == [(ids[0], 0), (ids[2], 1)]
    alone = Client().get(f"/api/looks/{world.scene.pk}/?visitor={VISITOR}").json()
    assert {**looks[1], "token": ""} == {**alone, "token": ""}
    assert Client().get(path, headers={"If-None-Match": response["ETag"]}).status_code == 304


@pytest.mark.parametrize("scenes", ["", "x", "1,-2", "1;2", ",".join(["1"] * 51), "9" * 30, "٣"])
def test_scenes_that_are_none(world: World, scenes: str) -> None:
    response = Client().get("/api/looks/", {"scenes": scenes})
    if scenes == "٣":
        assert response.status_code == 200
    else:
        assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid")


def test_no_such_look(world: World) -> None:
    assert Client().get("/api/looks/999999/").json()["error"]["code"] == "not_found"


def test_whoever_is_signed_in_is_no_shopper(world: World) -> None:
    tagged(world)
    for client, own in ((Client(), False), (signed_in(world.cora), True), (signed_in(world.bram), True)):
        token = client.get(f"/api/looks/{world.scene.pk}/").json()["token"]
        assert signing.loads(token, salt=SALT)["own"] is own


@pytest.mark.parametrize("said", ["", "0", "x" * 32, "' OR 1=1", "0123456789abcdef" * 4])
def test_a_visitor_is_a_uuid_or_nobody(world: World, said: str) -> None:
    response = Client().get(f"/api/looks/{world.scene.pk}/", {"visitor": said})
    assert signing.loads(response.json()["token"], salt=SALT)["visitor"] == response.cookies["looktag_visitor"].value


def test_pages_of_other_sites_may_ask(world: World) -> None:
    path = f"/api/looks/{world.scene.pk}/"
    for response in (Client().get(path), Client().get("/api/looks/999999/"), Client().get("/api/looks/?scenes=")):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response
    leave = Client().options(path, headers={"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"})
    assert (leave.status_code, leave["Access-Control-Allow-Origin"]) == (204, "*")
    assert "If-None-Match" in leave["Access-Control-Allow-Headers"]


def test_only_named_sites_where_some_are_named(world: World, settings: Any) -> None:
    settings.EMBED_ORIGINS = ["https://blog.example"]
    path = f"/api/looks/{world.scene.pk}/"
    named = Client().get(path, headers={"Origin": "https://blog.example"})
    assert named["Access-Control-Allow-Origin"] == "https://blog.example"
    assert "Origin" in named["Vary"]
    for origin in ("https://evil.example", "https://blog.example.evil.example", "null"):
        assert "Access-Control-Allow-Origin" not in Client().get(path, headers={"Origin": origin})


def test_progress_and_pairs_are_for_curators(world: World) -> None:
    cora = signed_in(world.cora)
    progress = cora.get("/api/progress/?vertical=home").json()
    assert (progress["scenes"], progress["products"], progress["done"], progress["unscanned"]) == (2, 6, 1, 1)
    assert cora.get("/api/pairs/").json() == {"results": [], "next": None}
    for path in ("/api/progress/?vertical=home", "/api/pairs/"):
        assert signed_in(world.ann).get(path).status_code == 403
