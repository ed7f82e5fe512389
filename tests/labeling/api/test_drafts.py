"""Drafts, heartbeats, skips and releases over HTTP."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from labeling.annotation.models import Assignment
from tests.labeling.api.desk import call, lend, signed_in
from tests.world import PASSWORD, World


def test_it_works(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    state = {"version": 1, "objects": [{"box": [0.1, 0.2, 0.3, 0.4], "product": None}]}
    path = f"/api/assignments/{lent['id']}/draft/"
    kept = call(client, path, {"token": lent["token"], "revision": 0, "state": state}, put=True)
    assert (kept.status_code, kept.json()) == (200, {"revision": 1})
    (again,) = lend(client, world)
    assert (again["draft"], again["revision"], again["token"]) == (state, 1, lent["token"])


def test_a_stale_draft_is_a_409_with_what_is_kept(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    path = f"/api/assignments/{lent['id']}/draft/"
    call(client, path, {"token": lent["token"], "revision": 0, "state": {"tab": "one"}}, put=True)
    stale = call(client, path, {"token": lent["token"], "revision": 0, "state": {"tab": "two"}}, put=True)
    assert stale.status_code == 409
    body = stale.json()
    assert (body["error"]["code"], body["revision"], body["state"]) == ("conflict", 1, {"tab": "one"})


def test_a_lost_lease_is_a_409(world: World) -> None:
    ann, arif = signed_in(world.ann), signed_in(world.arif)
    (mine,) = lend(ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    lend(arif, world)
    for name, put in (("draft", True), ("heartbeat", False), ("release", False)):
        body = {"token": mine["token"], "revision": 0, "state": {}}
        response = call(ann, f"/api/assignments/{mine['id']}/{name}/", body, put=put)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "lease_lost")


def test_a_heartbeat_says_until_when(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    response = call(client, f"/api/assignments/{lent['id']}/heartbeat/", {"token": lent["token"]})
    assert response.status_code == 200
    until = parse_datetime(response.json()["lease_until"])
    assert until is not None and until > timezone.now()


def test_a_page_that_closes_releases_by_a_form(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.login(username="ann", password=PASSWORD)
    client.get(f"/annotate/{world.campaign.pk}/")
    csrf = client.cookies["csrftoken"].value
    asked = client.post(
        f"/api/campaigns/{world.campaign.pk}/lend/",
        {"want": 1},
        content_type="application/json",
        headers={"X-CSRFToken": csrf},
    )
    (lent,) = asked.json()["assignments"]
    path = f"/api/assignments/{lent['id']}/release/"
    assert client.post(path, {"token": lent["token"]}).status_code == 403
    assert client.post(path, {"token": lent["token"], "csrfmiddlewaretoken": csrf}).status_code == 204
    assert Assignment.objects.get().annotator is None


def test_a_skip_is_taken_once(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body = {"uuid": str(uuid.uuid4()), "token": lent["token"], "reason": "bad_image"}
    path = f"/api/assignments/{lent['id']}/skip/"
    first, again = call(client, path, body), call(client, path, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == {"assignment": lent["id"], "annotations": 0}
    assert call(client, path, body | {"reason": "dull"}).status_code == 400


def test_another_annotator_finds_nothing_and_mallory_may_not(world: World) -> None:
    (lent,) = lend(signed_in(world.ann), world)
    body = {"token": lent["token"], "revision": 0, "state": {}, "uuid": str(uuid.uuid4()), "reason": "unsure"}
    for name in ("draft", "skip", "release", "heartbeat"):
        path = f"/api/assignments/{lent['id']}/{name}/"
        assert call(signed_in(world.arif), path, body, put=name == "draft").status_code == 404
        assert call(signed_in(world.mallory), path, body, put=name == "draft").status_code == 403
