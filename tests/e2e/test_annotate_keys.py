"""A person's own keys: changed in the sheet, kept over a reload, refused where they would clash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.annotating import open_rooms, press, state
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


def give(page: Page, words: str, key: str) -> None:
    """In the open sheet: find a command by its words and press its new key, without a pointer."""
    page.locator("[data-part=sheet-search]").fill(words)
    page.locator(".key-row").first.press("Enter")
    page.keyboard.press(key)


def test_keys_of_ones_own(world: World, transactional_db: None, visit: Visit, tmp_path: Path) -> None:
    visitor = visit(world.ann)
    # The draft sent just before the reload may arrive after the scene was lent again; the page then sends its own anew.
    visitor.forgive("/draft/", "409 (Conflict)")
    page = visitor.page
    open_rooms(page, world, "parlour")
    press(page, "?")
    give(page, "Reject a false", "y")
    expect(page.locator("[data-binding=reject] kbd")).to_have_text("Y")
    expect(page.get_by_test_id("sheet-note")).to_be_empty()
    press(page, "Escape", "y")
    state(page, "rejected", *["undecided"] * 3)
    page.reload()
    state(page, "rejected", *["undecided"] * 3)
    expect(page.get_by_test_id("reject").locator("kbd")).to_have_text("Y")
    press(page, "x", "y")
    state(page, "rejected", "rejected", "undecided", "undecided")

    press(page, "?")
    taken_is_said_at_once(page)
    exported_is_imported(page, tmp_path)
    press(page, "Escape", "Home")
    expect(page.get_by_test_id("sheet")).to_be_hidden()


def taken_is_said_at_once(page: Page) -> None:
    give(page, "Flag", "j")
    expect(page.get_by_test_id("sheet-note")).to_contain_text("J already means: Next undecided box.")
    page.locator("[data-part=sheet-search]").fill("undecided box")
    expect(page.locator("[data-binding=next] kbd")).to_have_text(["TAB", "J"], ignore_case=True)
    page.locator("[data-part=sheet-take]").press("Enter")
    expect(page.locator("[data-binding=next] kbd")).to_have_text(["TAB"], ignore_case=True)


def exported_is_imported(page: Page, folder: Path) -> None:
    with page.expect_download() as downloading:
        page.locator("[data-part=sheet-export]").click()
    downloading.value.save_as(folder / "keys.json")
    mine = json.loads((folder / "keys.json").read_text())
    assert (mine["overrides"]["reject"], mine["overrides"]["flag"]) == (["y"], ["j"])
    page.locator("[data-part=sheet-reset]").click()
    page.locator("[data-part=sheet-search]").fill("Reject a false")
    expect(page.locator("[data-binding=reject] kbd")).to_have_text("X")
    page.get_by_test_id("sheet-file").set_input_files(folder / "keys.json")
    expect(page.locator("[data-binding=reject] kbd")).to_have_text("Y")
    (folder / "broken.json").write_text("{")
    page.get_by_test_id("sheet-file").set_input_files(folder / "broken.json")
    expect(page.get_by_test_id("sheet-note")).to_contain_text("broken.json is no file of keys")


def test_keys_work_after_a_click_anywhere_and_never_while_typing(
    world: World, transactional_db: None, visit: Visit
) -> None:
    page = visit(world.ann).page
    open_rooms(page, world, "parlour")
    page.get_by_test_id("threshold").click()
    press(page, "x")
    page.get_by_test_id("order").click()
    press(page, "1")
    page.get_by_test_id("flag").click()
    press(page, "0")
    assert page.locator(".chip[data-state=undecided]").count() == 1
    page.get_by_test_id("search-input").click()
    page.keyboard.type("x10sq?u")
    expect(page.get_by_test_id("search-input")).to_have_value("x10sq?u")
    press(page, "Escape", "m")
    page.keyboard.type("x10s")
    press(page, "Enter")
    assert page.locator(".chip[data-state=undecided]").count() == 1
    expect(page.get_by_test_id("comment-input")).to_have_value("x10s")
