"""``GET /api/coverage/``: the figures of a vertical, for curators."""

from __future__ import annotations

from django.test import Client

from labeling.tags.coverage import coverage_of
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import propose, tagged
from tests.world import World

PAGE = "/api/coverage/?vertical=home"


def test_it_works(world: World) -> None:
    tagged(world, proposal=propose(world, 0, score=0.9))
    told = signed_in(world.cora).get(PAGE).json()
    figures = coverage_of(vertical=world.vertical).record()
    assert {key: told[key] for key in figures} == figures
    assert (told["covered"], told["human"], told["eligible"]) == (1, 1, 2)
    assert [part["slug"] for part in told["categories"]] == ["sofa", "lamp"]
    assert told["domains"][0] == {
        "slug": "blog.example", "name": "blog.example", "eligible": 2, "human": 1, "automatic": 0, "covered": 1,
    }  # fmt: skip
    [day] = told["days"]
    assert (day["human"], day["automatic"], day["covered"]) == (1, 0, 1)


def test_others_are_told_nothing(world: World) -> None:
    assert Client().get(PAGE).status_code in (401, 403)
    for outsider in (world.ann, world.bram):
        assert signed_in(outsider).get(PAGE).status_code == 403
    cora = signed_in(world.cora)
    assert cora.get("/api/coverage/").status_code == 400
    assert cora.get("/api/coverage/?vertical=shoes").status_code == 404
