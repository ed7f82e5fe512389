"""Servers that die while work is sent: what was acknowledged stays, what was not is sent again, and nothing is there twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from playwright.sync_api import Page, Route, expect

from benchmarks._web import Web
from labeling.annotation.models import Annotation, Assignment
from labeling.catalog.models import Scene
from tests.e2e.annotating import light, open_rooms, press, saved, state
from tests.e2e.browser import PATIENCE_MS, Visit, Visitor
from tests.e2e.servers import crash_postgres, start_postgres, submits_under_way
from tests.e2e.workers import wait_until
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
OBJECTS = 4


@pytest.fixture
def visitor(world: World, web: Web, visit: Visit) -> Visitor:
    """Ann at the production server, whose troubles are what these tests are about."""
    ann = visit(world.ann, at=web.base)
    ann.forgive("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_FAILED", "50")
    return ann


@contextmanager
def seats_locked() -> Iterator[None]:
    """Nobody can touch a seat meanwhile: whatever is submitted waits in the middle."""
    other = connection.copy()
    other.connect()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM annotation_assignment FOR UPDATE")
        yield
    finally:
        other.rollback()
        other.close()


def once(scene: Scene) -> bool:
    """Every object of the scene has exactly one decision, under one submission."""
    said = Annotation.objects.filter(scene=scene)
    places = set(said.values_list("proposal__position", flat=True))
    return said.count() == OBJECTS == len(places) and said.values("assignment").distinct().count() == 1


def expect_title(page: Page, text: str) -> None:
    expect(page.locator("[data-part=title]")).to_have_text(text)


def test_a_server_killed_in_the_middle_of_a_submit(world: World, web: Web, visitor: Visitor) -> None:
    page = visitor.page
    parlour, attic = open_rooms(page, world, "parlour", "attic")
    saved(page)
    with seats_locked():
        press(page, "Control+Enter")
        expect_title(page, "A attic")
        wait_until(lambda: submits_under_way() >= 1, what="a submit in the middle of its work")
        web.kill()
        expect(light(page)).to_have_attribute("data-state", "offline")
    assert not Annotation.objects.exists(), "half a submission was kept"
    # The work goes on without the server.
    press(page, "x")
    state(page, "rejected", *["undecided"] * 3)

    web.start()
    saved(page)
    assert once(parlour)
    press(page, "Control+Enter")
    expect(page.get_by_test_id("all-done")).to_be_visible()
    saved(page)
    assert once(attic)


def test_an_answer_that_never_came_back(world: World, visitor: Visitor) -> None:
    page = visitor.page
    parlour, _ = open_rooms(page, world, "parlour", "attic")
    saved(page)
    unheard: list[int] = []

    def cut(route: Route) -> None:
        unheard.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/submit/", cut, times=1)
    press(page, "Control+Enter")
    expect_title(page, "A attic")
    saved(page)
    assert unheard == [201]
    assert once(parlour)


def test_a_server_in_trouble_is_asked_until_it_is_well(world: World, visitor: Visitor) -> None:
    page = visitor.page
    rooms = open_rooms(page, world, "parlour", "attic", "cellar")
    saved(page)
    page.route("**/submit/", lambda route: route.fulfill(status=503, body="overloaded"))
    press(page, "Control+Enter")
    expect_title(page, "A attic")
    press(page, "Control+Enter")
    expect_title(page, "A cellar")
    expect(light(page)).to_have_attribute("data-state", "offline")
    expect(light(page)).to_contain_text("2")
    page.unroute("**/submit/")
    saved(page)
    assert [once(room) for room in rooms] == [True, True, False]


def test_a_database_that_crashed(world: World, visitor: Visitor) -> None:
    page = visitor.page
    parlour, attic, cellar = open_rooms(page, world, "parlour", "attic", "cellar")
    press(page, "Control+Enter")
    expect_title(page, "A attic")
    saved(page)
    (kept,) = Assignment.objects.filter(state="submitted").values_list("client_uuid", flat=True)

    crash_postgres()
    try:
        press(page, "x", "Control+Enter")
        expect_title(page, "A cellar")
        press(page, "x", "x")
        expect(light(page)).to_have_attribute("data-state", "offline")
    finally:
        start_postgres()
    saved(page)
    assert once(parlour) and once(attic) and not once(cellar)
    assert isinstance(kept, uuid.UUID) and Assignment.objects.get(client_uuid=kept).scene == parlour
    # Nothing of the third scene is lost either: its draft is with the server.
    draft = Assignment.objects.get(scene=cellar).draft
    assert draft is not None and [each["rejected"] for each in draft["objects"]].count(True) == 2
