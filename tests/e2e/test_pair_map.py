"""The map of pairs in Chromium: circled by mouse, by finger and by keys, coloured by category and by error."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.common.jobs import job_queue
from labeling.common.models import Job
from labeling.datasets.models import Pair, PairMap
from labeling.datasets.services import MAP
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.test_accessible import in_both_themes
from tests.e2e.test_pages import SIDEWAYS, assert_readable
from tests.labeling.datasets.pairing import plain
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
ACROSS = [0.1, 0.2, 0.3, 0.7, 0.8, 0.9]
COLOURS = """canvas => { const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200) seen.add(data.slice(at, at + 3).join());
  return seen.size; }"""


@pytest.fixture
def pairs(world: World, transactional_db: None) -> list[Pair]:
    """Six pairs on the diagonal of a map: three at its top left, three at its bottom right."""
    made = plain(world, 6)
    points = {
        "pairs": [pair.pk for pair in made], "x": ACROSS, "y": ACROSS, "categories": ["Lamp", "Sofa"],
        "category": [1, 1, 1, 0, 0, 1], "error": [0, 0, 1, 2, 1, 0],
    }  # fmt: skip
    PairMap.objects.create(vertical=world.vertical, embedder=world.embedder, points=points, shares=[0.4, 0.2])
    return made


def opened(page: Page) -> Page:
    page.goto(reverse("curate-map"), wait_until="networkidle")
    expect(page.locator("[data-count]")).to_have_text("No pair chosen")
    return page


def circle(page: Page, *, to: float) -> None:
    """Draw around the top left part of the map with the mouse."""
    box = page.locator("canvas").bounding_box()
    assert box is not None
    corners = [(0.01, 0.01), (to, 0.01), (to, to), (0.01, to)]
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*at[0])
    page.mouse.down()
    for corner in at[1:]:
        page.mouse.move(*corner, steps=3)
    page.mouse.up()


def listed(page: Page, pairs: list[Pair]) -> None:
    expect(page.locator("[data-pair]")).to_have_count(len(pairs))
    keys = page.locator("[data-pair] input[type=checkbox]").evaluate_all("all => all.map(each => Number(each.value))")
    assert set(keys) == {pair.pk for pair in pairs}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(
    world: World, pairs: list[Pair], visit: Visit, tmp_path: Path, theme: Literal["light", "dark"]
) -> None:
    page = opened(visit(world.cora, theme=theme).page)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        opened(page)
        circle(page, to=0.5)
        page.screenshot(path=tmp_path / f"map-{theme}-{width}.png", full_page=True)
        assert_readable(page)
        assert page.evaluate(SIDEWAYS) <= 0, width
    assert in_both_themes(page) == []


def test_a_map_appears_when_it_is_drawn(world: World, pairs: list[Pair], visit: Visit) -> None:
    drawn = PairMap.objects.get()
    PairMap.objects.all().delete()
    job = job_queue(kind=MAP, actor=world.cora, parameters={"vertical": world.vertical.pk})
    page = visit(world.cora).page
    page.goto(reverse("curate-map"))
    expect(page.get_by_text("waits for a worker")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(0)
    drawn.save()
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    expect(page.locator("[data-count]")).to_have_text("No pair chosen")
    assert page.locator("canvas").evaluate(COLOURS) >= 2


@pytest.mark.parametrize("drawn", [False, True])
def test_what_failed_is_asked_for_again_at_once(
    world: World, pairs: list[Pair], visit: Visit, monkeypatch: pytest.MonkeyPatch, drawn: bool
) -> None:
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)
    if not drawn:
        PairMap.objects.all().delete()
    job = job_queue(kind=MAP, actor=world.cora, parameters={"vertical": world.vertical.pk})
    page = visit(world.cora).page
    page.goto(reverse("curate-map"))
    again = page.get_by_role("button", name="Draw")
    expect(again).to_be_disabled()
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, message="OSError: the disk is full")
    expect(page.get_by_text("the disk is full")).to_be_visible()
    again.click()
    expect(page.get_by_text("waits for a worker")).to_be_visible()
    assert Job.objects.filter(state=Job.State.WAITING).count() == 1


def test_what_is_chosen_stays_until_the_new_map_is_asked_for(
    world: World, pairs: list[Pair], visit: Visit, tmp_path: Path
) -> None:
    job = job_queue(kind=MAP, actor=world.cora, parameters={"vertical": world.vertical.pk})
    page = visit(world.cora).page
    page.goto(reverse("curate-map"))
    circle(page, to=0.5)
    PairMap.objects.update(points={**PairMap.objects.get().points, "x": [0.5] * 6, "y": [0.5] * 6})
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    expect(page.get_by_text("The map is drawn anew.")).to_be_visible()
    expect(page.locator("[data-count]")).to_have_text("3 pairs chosen")
    page.screenshot(path=tmp_path / "map-drawn-anew.png")
    page.get_by_role("link", name="Show it").click()
    expect(page.locator("[data-count]")).to_have_text("No pair chosen")
    expect(page.get_by_text("The map is drawn anew.")).to_be_hidden()
    circle(page, to=0.6)
    expect(page.locator("[data-count]")).to_have_text("6 pairs chosen")


def test_with_the_mouse(world: World, pairs: list[Pair], visit: Visit) -> None:
    page = opened(visit(world.cora).page)
    assert page.locator("canvas").evaluate(COLOURS) >= 2
    circle(page, to=0.5)
    expect(page.locator("[data-count]")).to_have_text("3 pairs chosen")
    # What is hidden cannot be chosen.
    page.get_by_label("Whether the models were right").check()
    page.get_by_label("another came first").uncheck()
    expect(page.locator("[data-count]")).to_have_text("2 pairs chosen")
    page.get_by_role("button", name="See the pairs").click()
    listed(page, pairs[:2])


def test_with_keys_alone(world: World, pairs: list[Pair], visit: Visit) -> None:
    page = opened(visit(world.cora).page)
    page.locator("canvas").focus()
    for key in [*["Shift+ArrowRight"] * 4, *["Shift+ArrowDown"] * 4, *["+"] * 4, " "]:
        page.keyboard.press(key)
    expect(page.locator("[data-count]")).to_have_text("3 pairs chosen")
    page.keyboard.press("Escape")
    expect(page.locator("[data-count]")).to_have_text("No pair chosen")
    page.keyboard.press(" ")
    page.keyboard.press("Enter")
    listed(page, pairs[3:])


def test_with_a_finger(world: World, pairs: list[Pair], visit: Visit) -> None:
    page = opened(visit(world.cora, touch=True).page)
    box = page.locator("canvas").bounding_box()
    assert box is not None
    cdp = page.context.new_cdp_session(page)
    corners = [(0.5, 0.5), (0.99, 0.5), (0.99, 0.99), (0.5, 0.99)]
    for kind, (x, y) in zip(("touchStart", "touchMove", "touchMove", "touchMove"), corners, strict=True):
        point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("[data-count]")).to_have_text("3 pairs chosen")
