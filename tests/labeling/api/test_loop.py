"""The loop of taking work and handing it in: how little it asks of the database, and that a lost broker costs nothing."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.annotation.models import Kind
from labeling.inference.models import Retrieval
from labeling.tags.models import Tag
from tests.labeling.api.desk import call, lend, signed_in, submission
from tests.labeling.bursting import campaign_of
from tests.labeling.deciding import add_scenes
from tests.world import World

# What is prepared is prepared once a session, not once a loop.
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "PREPARE")
MOST_STATEMENTS = 8


@pytest.mark.parametrize("scenes", [0, 12])
def test_a_loop_is_a_handful_of_statements_however_much_waits(world: World, scenes: int) -> None:
    add_scenes(world, scenes)
    client = signed_in(world.ann)
    client.get("/api/me/pace/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        response = call_alone(client, f"/api/campaigns/{world.campaign.pk}/lend/", {"want": 3})
        lent = response.json()["assignments"]
        body = submission(world, lent[0])
        assert call_alone(client, f"/api/assignments/{lent[0]['id']}/submit/", body).status_code == 201
    statements = [query["sql"] for query in asked if not query["sql"].startswith(CONTROL)]
    assert len(statements) <= MOST_STATEMENTS, "\n".join(statements)


def test_a_burst_is_shown_in_one_statement(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST)
    client = signed_in(world.ann)
    client.get("/api/me/pace/")
    with CaptureQueriesContext(connection) as asked:
        call_alone(client, f"/api/campaigns/{campaign.pk}/lend/", {"want": 2})
    assert len([query for query in asked if not query["sql"].startswith(CONTROL)]) == 4


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_fails_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", "redis+socket:///nowhere/at/all.sock")
    monkeypatch.setattr(current_app, "_pool", None)
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    ask = {"token": lent["token"], "box": [0.2, 0.2, 0.4, 0.6], "category": "lamp"}
    assert call_alone(client, f"/api/assignments/{lent['id']}/retrievals/", ask).status_code == 202
    assert Retrieval.objects.get().state == Retrieval.State.WAITING
    sent = call(client, f"/api/assignments/{lent['id']}/submit/", submission(world, lent))
    assert sent.status_code == 201
    # The beat finds what no message told of.
    assert Tag.objects.count() == 2


def call_alone(client: Any, path: str, body: dict[str, object]) -> Any:
    """A JSON request, while no worker is there."""
    return client.post(path, body, content_type="application/json")
