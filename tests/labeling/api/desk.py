"""The annotation page's half of the talk with the API."""

from __future__ import annotations

import uuid
from typing import Any

from django.test import Client

from labeling.accounts.models import User
from labeling.datasets.tasks import settle_waiting
from tests.labeling.deciding import all_confirmed, as_json
from tests.world import World


def signed_in(user: User) -> Client:
    """A browser of this person."""
    client = Client()
    client.force_login(user)
    return client


def call(client: Client, path: str, body: object = None, *, put: bool = False) -> Any:
    """A JSON request as the page makes it; a worker then does at once what it is nudged to do."""
    send = client.put if put else client.post
    response = send(path, body if body is not None else {}, content_type="application/json")
    settle_waiting()
    return response


def lend(client: Client, world: World, want: int = 3) -> list[dict[str, Any]]:
    """What the page is lent."""
    response = call(client, f"/api/campaigns/{world.campaign.pk}/lend/", {"want": want})
    assert response.status_code == 200, response.content
    return list(response.json()["assignments"])


def submission(world: World, lent: dict[str, Any], **changes: object) -> dict[str, object]:
    """Everything of the first scene confirmed."""
    decisions = [as_json(decision) for decision in all_confirmed(world)]
    return {"uuid": str(uuid.uuid4()), "token": lent["token"], "seconds": 3.5, "decisions": decisions} | changes
