"""Events over HTTP: beacons of people are taken; forged, robotic, endless and endlessly many ones are not, or teach nothing."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from labeling.serving.models import EngagementEvent
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import tagged
from tests.world import World

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def address() -> str:
    """An address that no other test has sent from."""
    return f"2001:db8::{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}"


def look(world: World, client: Client | None = None) -> dict[str, Any]:
    return dict((client or Client()).get(f"/api/looks/{world.scene.pk}/").json())


def events(shown: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [{"uuid": str(uuid.uuid4()), "kind": kind, "tag": shown["tags"][0]["tag"]} for kind in kinds]


def post(body: object, address: str, *, agent: str = BROWSER, kind: str = "text/plain;charset=UTF-8") -> Any:
    client = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
    said = body if isinstance(body, str) else json.dumps(body)
    return client.post("/api/events/", said, content_type=kind, headers={"User-Agent": agent})


def test_it_works(world: World, address: str) -> None:
    tagged(world)
    shown = look(world)
    body = {"token": shown["token"], "events": events(shown, "impression", "click")}
    answers = [post(body, address, kind=kind) for kind in ("application/json", "text/plain;charset=UTF-8")]
    assert [answer.json() for answer in answers] == [{"recorded": 2}, {"recorded": 0}]
    assert answers[0]["Access-Control-Allow-Origin"] == "*"
    assert list(EngagementEvent.objects.values_list("void", flat=True)) == ["", ""]


def test_forged_events_are_refused(world: World, address: str) -> None:
    tagged(world)
    shown = look(world)
    [event] = events(shown, "click")
    token = shown["token"]
    bodies = [
        {"token": "made up", "events": [event]},
        {"token": token, "events": []},
        [],
        "{",
        {"events": [event]},
        {"token": token, "events": [event | {"kind": "purchase"}]},
        {"token": token, "events": [event | {"tag": -1}]},
        {"token": token, "events": [event | {"tag": 10**30}]},
        {"token": token, "events": [event | {"uuid": "x"}]},
        {"token": token, "events": [event] * 201},
        {"token": token + "A", "events": [event]},
    ]
    for body in bodies:
        response = post(body, address)
        assert (response.status_code, "error" in response.json()) == (400, True), body
    assert not EngagementEvent.objects.exists()


def test_a_body_without_end_is_cut(world: World, address: str) -> None:
    response = post({"token": "x" * 100_000, "events": []}, address)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0 Safari/537.36",
        "python-requests/2.32",
        "curl/8.5.0",
    ],
)
def test_robots_teach_nothing(world: World, address: str, agent: str) -> None:
    tagged(world)
    shown = look(world)
    body = {"token": shown["token"], "events": events(shown, "impression", "click")}
    assert post(body, address, agent=agent).json() == {"recorded": 2}
    assert set(EngagementEvent.objects.values_list("void", flat=True)) == {"robot"}


def test_a_telephone_named_like_a_robot_is_none(world: World, address: str) -> None:
    tagged(world)
    shown = look(world)
    agent = "Mozilla/5.0 (Linux; Android 11; CUBOT X20) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
    assert post({"token": shown["token"], "events": events(shown, "impression")}, address, agent=agent).json()
    assert set(EngagementEvent.objects.values_list("void", flat=True)) == {""}


def test_clicks_of_the_house_teach_nothing(world: World, address: str) -> None:
    tagged(world)
    shown = look(world, signed_in(world.bram))
    # Sent without the session: the token says whose look it was.
    post({"token": shown["token"], "events": events(shown, "click")}, address)
    assert EngagementEvent.objects.get().void == "own"


def test_a_flood_from_one_address_is_held_back(world: World, address: str, settings: Any) -> None:
    settings.EVENTS_A_MINUTE = 4
    tagged(world)
    shown = look(world)
    answers = [post({"token": shown["token"], "events": events(shown, "click")}, address) for _ in range(9)]
    refused = [answer for answer in answers if answer.status_code == 429]
    # A minute may end in between; then four more get through.
    assert 1 <= len(refused) <= 5
    assert all(0 < int(answer["Retry-After"]) <= 60 for answer in refused)
    assert refused[0].json()["error"]["code"] == "throttled"
    assert EngagementEvent.objects.count() == 1
    other = post({"token": shown["token"], "events": events(shown, "save")}, f"{address}1")
    assert other.json() == {"recorded": 1}


def test_many_visitors_of_one_address_soon_teach_nothing(world: World, address: str, settings: Any) -> None:
    settings.DEEDS_AN_HOUR = 3
    tagged(world)
    for _ in range(8):
        shown = look(world)
        post({"token": shown["token"], "events": events(shown, "impression", "click")}, address)
    clicks = list(EngagementEvent.objects.filter(kind="click").order_by("id").values_list("void", flat=True))
    assert clicks[:3] == ["", "", ""]
    assert clicks.count("flood") >= 2
    assert set(EngagementEvent.objects.filter(kind="impression").values_list("void", flat=True)) == {""}


def test_an_address_is_what_our_own_proxy_says(world: World, address: str, settings: Any) -> None:
    settings.EVENTS_A_MINUTE = 1
    tagged(world)
    shown = look(world)
    body = json.dumps({"token": shown["token"], "events": events(shown, "click")})

    def sent(forwarded: str) -> int:
        headers = {"User-Agent": BROWSER, "X-Forwarded-For": forwarded}
        client = Client(REMOTE_ADDR=address)
        return client.post("/api/events/", body, content_type="text/plain", headers=headers).status_code

    # Without a proxy of ours the header is a stranger's word, and four of them are one address.
    assert [sent(f"192.0.2.{n}") for n in range(4)].count(429) >= 2
