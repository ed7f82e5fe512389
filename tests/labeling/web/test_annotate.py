"""The annotator's pages."""

from __future__ import annotations

import json
import re
from typing import Any

from django.test import Client

from labeling.accounts.models import User
from labeling.annotation.models import Campaign
from tests.labeling.deciding import add_scenes
from tests.world import World


def open_as(user: User, path: str) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(path)


def test_it_works(world: World) -> None:
    page = open_as(world.ann, f"/annotate/{world.campaign.pk}/")
    assert page.status_code == 200 and "csrftoken" in page.cookies
    found = re.search(r'<script id="annotate-config" type="application/json">(.*?)</script>', page.content.decode())
    assert found is not None
    config = json.loads(found.group(1))
    assert config["campaign"] == {
        "id": world.campaign.pk,
        "name": "First looks",
        "instructions": "",
        "pictures": [],
        "kinds": ["scene"],
        "bulk_confirm": True,
    }
    assert config["keys"] is None
    assert config["vertical"] == "home"
    assert config["categories"] == [{"slug": "lamp", "name": "Lamp"}, {"slug": "sofa", "name": "Sofa"}]
    assert config["urls"] == {
        "lessons": f"/annotate/{world.campaign.pk}/lessons/",
        "lend": f"/api/campaigns/{world.campaign.pk}/lend/",
        "draft": "/api/assignments/{id}/draft/",
        "submit": "/api/assignments/{id}/submit/",
        "skip": "/api/assignments/{id}/skip/",
        "release": "/api/assignments/{id}/release/",
        "heartbeat": "/api/assignments/{id}/heartbeat/",
        "retrieve": "/api/assignments/{id}/retrievals/",
        "retrieval": "/api/retrievals/{id}/",
        "search": "/api/products/search/",
        "reopen": "/api/assignments/{id}/reopen/",
        "history": "/api/assignments/",
        "keys": "/api/me/keys/",
        "pace": "/api/me/pace/",
    }


def test_home_lists_open_campaigns_with_counts(world: World) -> None:
    add_scenes(world, 2)
    Campaign.objects.create(vertical=world.vertical, name="Shut", state=Campaign.State.CLOSED)
    page = open_as(world.ann, "/annotate/").content.decode()
    assert "First looks" in page and "Shut" not in page
    assert "3 scenes wait" in page and "0 of 3 done" in page


def test_a_campaign_name_cannot_break_out_of_the_page(world: World) -> None:
    Campaign.objects.update(name="</script><script>alert(1)</script>")
    page = open_as(world.ann, f"/annotate/{world.campaign.pk}/").content.decode()
    assert "<script>alert(1)" not in page


def test_the_links_at_the_top_are_those_of_the_role(world: World) -> None:
    ann, sana = (open_as(user, "/annotate/").context["nav"] for user in (world.ann, world.sana))
    assert [(link["url"], link["current"]) for link in ann] == [
        ("/annotate/", True),
        ("/judge/", False),
        ("/looks/", False),
    ]
    assert {"/annotate/", "/admin/", "/api/docs/"} <= {link["url"] for link in sana}


def test_mallory_finds_nothing(world: World) -> None:
    assert open_as(world.mallory, "/annotate/").status_code == 404
    assert open_as(world.mallory, f"/annotate/{world.campaign.pk}/").status_code == 404
    assert open_as(world.ann, "/annotate/999999/").status_code == 404
