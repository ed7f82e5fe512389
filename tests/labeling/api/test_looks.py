"""Looks and events over HTTP: public, with a token for proof."""

from __future__ import annotations

import json
import uuid

from django.test import Client

from labeling.serving.models import EngagementEvent
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import tagged
from tests.world import World


def test_it_works(world: World) -> None:
    tag, client = tagged(world), Client()
    response = client.get(f"/api/looks/{world.scene.pk}/")
    look = response.json()
    assert look["scene"]["external_id"] == "room-1"
    assert [(each["tag"], each["position"], each["product"]) for each in look["tags"]] == [(tag.pk, 1, tag.product_id)]
    assert response["Cache-Control"] == "no-store"
    cookie = response.cookies["looktag_visitor"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "looktag_visitor" not in client.get(f"/api/looks/{world.scene.pk}/").cookies
    body = json.dumps({"token": look["token"], "events": [{"uuid": str(uuid.uuid4()), "kind": "click", "tag": tag.pk}]})
    for recorded in (1, 0):
        answer = Client(enforce_csrf_checks=True).post("/api/events/", body, content_type="text/plain;charset=UTF-8")
        assert answer.json() == {"recorded": recorded}
    assert EngagementEvent.objects.get().visitor == cookie.value


def test_forged_events_are_refused(world: World) -> None:
    tag = tagged(world)
    event = {"uuid": str(uuid.uuid4()), "kind": "click", "tag": tag.pk}
    for body in ({"token": "made up", "events": [event]}, {"token": "x", "events": []}, [], {"events": [event]}):
        assert Client().post("/api/events/", body, content_type="application/json").status_code == 400
    assert not EngagementEvent.objects.exists()


def test_no_such_look(world: World) -> None:
    assert Client().get("/api/looks/999999/").json()["error"]["code"] == "not_found"


def test_progress_and_pairs_are_for_curators(world: World) -> None:
    cora = signed_in(world.cora)
    progress = cora.get("/api/progress/?vertical=home").json()
    assert (progress["scenes"], progress["products"], progress["done"], progress["unscanned"]) == (2, 6, 1, 1)
    assert cora.get("/api/pairs/").json() == {"results": [], "next": None}
    for path in ("/api/progress/?vertical=home", "/api/pairs/"):
        assert signed_in(world.ann).get(path).status_code == 403
