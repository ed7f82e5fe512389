"""What belongs to a person: keys, pace, history, and their remarks on objects."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.test import Client

from labeling.annotation.models import Annotation
from labeling.annotation.selectors import remarks_page
from labeling.annotation.selectors.history import days_in_a_row
from tests.labeling.api.desk import call, lend, signed_in, submission
from tests.labeling.deciding import all_confirmed, as_json
from tests.world import World

KEYS = {"preset": "cvat", "overrides": {"skip": ["Ctrl+ ", "s"], "none": []}, "letters": False}
PATH = "/api/me/keys/"


def test_it_works(world: World) -> None:
    client = signed_in(world.ann)
    assert client.get(PATH).status_code == 204
    assert call(client, PATH, KEYS, put=True).json() == KEYS
    assert call(client, PATH, KEYS | {"overrides": {}}, put=True).status_code == 200
    assert client.get(PATH).json() == KEYS | {"overrides": {}}
    assert signed_in(world.arif).get(PATH).status_code == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"preset": "emacs"},
        {"overrides": {"skip": "s"}},
        {"overrides": {"skip": ["Hyper+\x07"]}},
        {"overrides": {"skip": ["s"] * 13}},
        {"overrides": {"<script>": ["s"]}},
        {"overrides": {f"command_{n}": ["s"] for n in range(201)}},
        {"letters": "perhaps"},
    ],
)
def test_keys_that_are_none_are_refused_by_name(world: World, wrong: dict[str, object]) -> None:
    answer = call(signed_in(world.ann), PATH, KEYS | wrong, put=True)
    assert answer.status_code == 400
    assert next(iter(wrong)) in str(answer.json()["error"]["fields"])


def test_strangers_have_no_keys(world: World) -> None:
    assert Client().get(PATH).status_code == 403
    assert signed_in(world.mallory).get(PATH).status_code == 403


def test_pace_counts_objects_and_active_time(world: World) -> None:
    client = signed_in(world.ann)
    assert client.get("/api/me/pace/").json() == {
        "submitted_today": 0, "objects_today": 0, "active_seconds_today": 0.0, "objects_per_hour": None, "streak": 0
    }  # fmt: skip
    submit(client, world, {"seconds": 18.0})
    pace = client.get("/api/me/pace/").json()
    assert pace == {
        "submitted_today": 1, "objects_today": 2, "active_seconds_today": 36.0, "objects_per_hour": 200.0, "streak": 1
    }  # fmt: skip


def test_a_streak_may_still_go_on_today() -> None:
    today = date(2026, 3, 2)
    worked = {date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 26)}
    assert days_in_a_row(worked, today) == 2
    assert days_in_a_row(worked | {today}, today) == 3
    assert days_in_a_row(set(), today) == 0


def test_history_pages_and_reopens(world: World) -> None:
    client = signed_in(world.ann)
    sent = submit(client, world, {})
    first = client.get("/api/assignments/", {"limit": 1}).json()
    (item,) = first["results"]
    assert (item["state"], item["objects"], item["submission"], first["next"]) == ("submitted", 2, sent["uuid"], None)
    opened = call(client, f"/api/assignments/{item['assignment']}/reopen/").json()
    assert opened["assignment"]["token"] == sent["token"]
    assert [each["product"] for each in opened["decisions"]] == [world.sofas[0].pk, world.lamps[0].pk]
    assert call(signed_in(world.arif), f"/api/assignments/{item['assignment']}/reopen/").status_code == 404
    assert client.get("/api/assignments/", {"before": "yesterday"}).status_code == 400
    assert client.get("/api/assignments/", {"before": "1-1"}).json() == {"results": [], "next": None}


def test_remarks_and_time_are_kept_with_the_decision(world: World) -> None:
    submit(signed_in(world.ann), world, {"seconds": 9e6, "comment": "is this a rug?", "flagged": True})
    kept = Annotation.objects.first()
    assert kept is not None
    assert (kept.seconds, kept.comment, kept.flagged) == (600.0, "is this a rug?", True)
    assert len(remarks_page()) == 2
    assert len(remarks_page(before=kept.pk + 1)) == 1


def test_a_comment_that_is_too_long_is_refused(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body = submission(world, lent)
    body["decisions"][0]["comment"] = "x" * 1001  # type: ignore[index]
    response = call(client, f"/api/assignments/{lent['id']}/submit/", body)
    assert response.status_code == 400 and "decisions.0.comment" in response.json()["error"]["fields"]


def submit(client: Client, world: World, changes: dict[str, object]) -> dict[str, Any]:
    """Everything of the first scene confirmed, each decision with these changes; returns what was sent."""
    (lent,) = lend(client, world)
    decisions = [as_json(decision) | changes for decision in all_confirmed(world)]
    body = {"uuid": str(uuid.uuid4()), "token": lent["token"], "seconds": 40.0, "decisions": decisions}
    assert call(client, f"/api/assignments/{lent['id']}/submit/", body).status_code == 201
    return body
