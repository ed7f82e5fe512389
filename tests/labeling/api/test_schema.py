"""The OpenAPI schema and its page."""

from __future__ import annotations

import json

from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from tests.labeling.api.desk import signed_in
from tests.world import World


def test_it_works(world: World) -> None:
    client = signed_in(world.cora)
    schema = json.loads(client.get("/api/schema/", {"format": "json"}).content)
    assert {"/api/assignments/{assignment_id}/submit/", "/api/products/search/"} <= schema["paths"].keys()
    page = client.get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page and "https://cdn" not in page


def test_every_endpoint_is_described_without_a_warning() -> None:
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        SchemaGenerator().get_schema(request=None, public=True)
        assert not GENERATOR_STATS._warn_cache and not GENERATOR_STATS._error_cache


def test_strangers_may_not(db: None) -> None:
    assert Client().get("/api/schema/").status_code == 403
