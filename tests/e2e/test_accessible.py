"""axe-core finds no serious or critical fault on the pages people work on, in light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, ViewportSize, expect

from labeling.annotation.models import Kind
from labeling.annotation.services import campaign_create, campaign_fill, campaign_picture_add
from tests.e2e.annotating import press, saved
from tests.e2e.browser import PATIENCE_MS, WINDOW, Visit
from tests.e2e.hands import PHONE
from tests.e2e.rooms import furnish
from tests.world import World, picture

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)

# A colour halfway through its transition has no contrast of its own. A sheet made by a script passes the page's own policy.
WITHOUT_TRANSITIONS = """() => {
  const still = new CSSStyleSheet();
  still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
  const shadows = [...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean);
  for (const root of [document, ...shadows]) root.adoptedStyleSheets = [...root.adoptedStyleSheets, still];
}"""
GRAVE = {"serious", "critical"}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES: dict[str, ViewportSize] = {"wide": WINDOW, "narrow": PHONE}


def faults(page: Page) -> list[str]:
    """The grave ones, each with its rule and the elements that break it."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} ({node['failureSummary'][:240]})"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


def in_both_themes(page: Page) -> list[str]:
    """The grave faults in light and in dark."""
    found = []
    page.evaluate(WITHOUT_TRANSITIONS)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}, {fault}" for fault in faults(page)]
    return found


def test_it_works(world: World, visit: Visit, transactional_db: None) -> None:
    page = visit(world.ann).page
    page.goto(reverse("annotate-home"))
    assert faults(page) == []
    page.evaluate("document.querySelector('h1').outerHTML = '<h1>x</h1><img src=\"/favicon.ico\"><button></button>'")
    found = " ".join(faults(page))
    assert "image-alt" in found and "button-name" in found


def decided(page: Page) -> None:
    """One struck and open, or one confirmed, one rejected and one flagged with words."""
    if page.locator("[data-cell]").count():
        press(page, "ArrowRight", "x", "Escape", "ArrowRight", "x", "2", "q", "ArrowRight", "x")
    else:
        press(page, "1", "x", "q", "m")


def sheet_open(page: Page) -> None:
    press(page, "?")
    expect(page.get_by_test_id("sheet")).to_be_visible()


def large(page: Page) -> None:
    press(page, " ")
    expect(page.get_by_test_id("compare")).to_be_visible()


def menus_open(page: Page) -> None:
    page.locator(".bar details summary").click()
    press(page, "s")
    expect(page.get_by_role("menu")).to_be_visible()


def drawing(page: Page) -> None:
    if page.locator("[data-cell]").count() == 0:
        press(page, "r", "Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter")
        expect(page.get_by_role("listbox", name="Categories")).to_be_visible()


STATES: dict[str, Callable[[Page], None]] = {
    "fresh": lambda page: None,
    "decided": decided,
    "sheet": sheet_open,
    "large": large,
    "menus": menus_open,
    "drawing": drawing,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", Kind)
def test_the_workspace(world: World, transactional_db: None, visit: Visit, kind: Kind, size: str) -> None:
    campaign = campaign_create(
        vertical=world.vertical, name="Furnished rooms", kinds=[kind], instructions="Only the very same thing counts."
    )
    campaign_picture_add(campaign=campaign, data=picture("red"), caption="Another colour is similar, not exact.")
    campaign_fill(campaign=campaign, scenes=[furnish(world, None, "parlour")])
    page = visit(world.ann).page
    page.set_viewport_size(SIZES[size])
    found = []
    for state, reach in STATES.items():
        if kind == Kind.COVERAGE and state in ("decided", "large"):
            continue
        page.goto(reverse("annotate-campaign", args=[campaign.pk]), wait_until="networkidle")
        expect(page.locator("[data-part=page]")).to_have_attribute("data-kind", kind.value)
        reach(page)
        found += [f"{state}: {fault}" for fault in in_both_themes(page)]
        # Words still under way would meet those of the next page.
        saved(page)
    assert found == []


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_around_it(world: World, transactional_db: None, visit: Visit, size: str) -> None:
    kinds = [Kind.SCENE, Kind.MATCH_BURST, Kind.COVERAGE]
    furnished = campaign_create(vertical=world.vertical, name="Furnished rooms", kinds=kinds)
    campaign_fill(campaign=furnished, scenes=[furnish(world, None, "parlour")])
    nothing = campaign_create(vertical=world.vertical, name="Nothing left")
    annotator, curator = (visit(person).page for person in (world.ann, world.cora))
    places = [
        (annotator, reverse("annotate-home")),
        (annotator, reverse("annotate-campaign", args=[nothing.pk])),
        (curator, reverse("curate-campaigns")),
        (curator, reverse("curate-remarks")),
    ]
    found = []
    for page, address in places:
        page.set_viewport_size(SIZES[size])
        page.goto(address, wait_until="networkidle")
        found += [f"{address}: {fault}" for fault in in_both_themes(page)]
    expect(annotator.get_by_test_id("all-done")).to_be_visible()
    assert found == []


def test_a_form_that_was_refused(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.cora)
    visitor.forgive("422")
    page = visitor.page
    page.goto(reverse("curate-campaigns"))
    page.get_by_role("group", name="Kinds of work").get_by_role("checkbox").first.uncheck()
    page.get_by_label("People an object").fill("0")
    page.get_by_role("button", name="Open the campaign").click()
    expect(page.get_by_role("alert")).to_contain_text("see what is marked")
    expect(page.get_by_text("Choose at least one kind of work.")).to_be_visible()
    assert in_both_themes(page) == []
