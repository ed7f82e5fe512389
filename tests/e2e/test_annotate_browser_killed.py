"""The whole browser is killed while the network is cut: opened again, it sends what was decided and shows what was begun."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from labeling.annotation.models import Annotation
from tests.e2e.annotating import open_rooms, press, saved, state
from tests.e2e.browser import PATIENCE_MS, WINDOW, session_of, wait_for_quiet
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)

BOTH_ON_DISK = """() => new Promise(async (tell) => {
  const [{ name }] = await indexedDB.databases();
  indexedDB.open(name).onsuccess = ({ target: { result: database } }) => {
    database.transaction("kept").objectStore("kept").getAllKeys().onsuccess = ({ target: { result: keys } }) => {
      database.close();
      tell(["outbox/", "draft/"].every((prefix) => keys.some((key) => key.startsWith(prefix))));
    };
  };
})"""


def open_browser(chromium: Browser, profile: Path, world: World, url: str) -> tuple[BrowserContext, Page]:
    """A browser with a profile on disk, in which Ann signs in."""
    context = chromium.browser_type.launch_persistent_context(
        profile, executable_path=shutil.which("chromium"), base_url=url, viewport=WINDOW
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(world.ann), "url": url}])
    return context, context.pages[0]


def command_of(process: psutil.Process) -> str:
    """Its words in one line; nothing for one that has just ended, as a browser's helpers do all the time."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def kill_browser(profile: Path) -> None:
    """All its processes at once, as when the power of a laptop fails."""
    browsers = [each for each in psutil.Process().children(recursive=True) if str(profile) in command_of(each)]
    assert browsers
    for each in browsers:
        each.kill()
    psutil.wait_procs(browsers, timeout=30)


def test_it_works(world: World, transactional_db: None, chromium: Browser, live_server: Any, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    context, page = open_browser(chromium, profile, world, live_server.url)
    parlour, attic = open_rooms(page, world, "parlour", "attic")
    saved(page)
    address = page.url
    context.set_offline(True)
    press(page, "Control+Enter")
    expect(page.locator("[data-part=title]")).to_have_text("A attic")
    press(page, "x", "2")
    state(page, "rejected", "confirmed", "undecided", "undecided")
    page.wait_for_function(BOTH_ON_DISK)
    kill_browser(profile)
    assert not Annotation.objects.exists()

    context, page = open_browser(chromium, profile, world, live_server.url)
    page.goto(address)
    expect(page.locator("[data-part=title]")).to_have_text("A attic")
    state(page, "rejected", "confirmed", "undecided", "undecided")
    saved(page)
    assert Annotation.objects.filter(scene=parlour).count() == 4
    press(page, "Control+Enter")
    expect(page.get_by_test_id("all-done")).to_be_visible()
    saved(page)
    assert Annotation.objects.filter(scene=attic).count() == 4
    context.close()
    wait_for_quiet()
