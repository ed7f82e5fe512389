"""Sessions that end and tabs that die: what a person has decided is still there."""

from __future__ import annotations

import os
import signal

import pytest
from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore
from playwright.sync_api import Browser, BrowserContext, expect

from labeling.annotation.models import Annotation, Assignment
from tests.e2e.annotating import light, open_rooms, press, saved, scenes_sent, state, verdicts
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.world import PASSWORD, World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


ON_DISK = """(words) => new Promise(async (tell) => {
  const [{ name }] = await indexedDB.databases();
  indexedDB.open(name).onsuccess = ({ target: { result: database } }) => {
    database.transaction("kept").objectStore("kept").getAll().onsuccess = ({ target: { result: values } }) => {
      database.close();
      tell(values.some((value) => value.includes(words)));
    };
  };
})"""


def end_the_session(context: BrowserContext) -> None:
    """Here and in the cache, as when its time is up."""
    keys = [cookie["value"] for cookie in context.cookies() if cookie["name"] == settings.SESSION_COOKIE_NAME]
    for key in keys:
        SessionStore(key).delete()


def test_a_session_that_ended_is_renewed_in_place(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.ann)
    visitor.forgive("403")
    page = visitor.page
    rooms = open_rooms(page, world, "parlour", "attic")
    end_the_session(visitor.context)
    press(page, "Enter", "2", "x", "0", "Control+Enter")
    dialog = page.get_by_test_id("sign-in")
    expect(dialog).to_be_visible()
    expect(light(page)).to_have_attribute("data-state", "signed_out")
    assert not Annotation.objects.exists()

    page.keyboard.type("not this one")
    press(page, "Enter")
    expect(page.locator("[data-part=sign-in-note]")).to_contain_text("not right")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    expect(dialog).to_be_hidden()
    scenes_sent(page, 1)
    expect(page.locator("[data-part=title]")).to_have_text("A attic")
    assert verdicts(rooms[0]) == [
        ("confirmed", "sofa-0", "exact"),
        ("confirmed", "lamp-1", "exact"),
        ("rejected", None, ""),
        ("confirmed", None, "none"),
    ]
    press(page, "Control+Enter")
    scenes_sent(page, 2)
    assert Assignment.objects.filter(state=Assignment.State.SUBMITTED).count() == 2


def kill_the_tab(chromium: Browser) -> None:
    """As a system short of memory does: the process of the page ends in the middle of whatever it was doing."""
    told = chromium.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    for process in told["processInfo"]:
        if process["type"] == "renderer":
            os.kill(process["id"], signal.SIGKILL)


def test_a_tab_that_was_killed_comes_back_as_it_was(
    world: World, transactional_db: None, visit: Visit, chromium: Browser
) -> None:
    visitor = visit(world.ann)
    visitor.forgive("ERR_INTERNET_DISCONNECTED")
    page = visitor.page
    open_rooms(page, world, "parlour", "attic")
    saved(page)
    address = page.url
    visitor.context.set_offline(True)
    press(page, "Control+Enter")
    expect(page.locator("[data-part=title]")).to_have_text("A attic")
    press(page, "x", "q", "m")
    page.keyboard.type("Only a shadow?")
    expect(page.get_by_test_id("object-2").locator(".chip-marks")).to_have_text("⚑ …")
    page.wait_for_function(ON_DISK, arg="Only a shadow?")
    kill_the_tab(chromium)
    page.close()
    visitor.context.set_offline(False)

    again = visitor.page = visitor.context.new_page()
    again.goto(address)
    state(again, "rejected", *["undecided"] * 3)
    expect(again.locator("[data-part=title]")).to_have_text("A attic")
    saved(again)
    assert Annotation.objects.filter(scene__external_id="parlour").count() == 4
    expect(again.get_by_test_id("comment-input")).to_have_value("Only a shadow?")
