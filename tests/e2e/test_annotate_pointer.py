"""Whole scenes by mouse alone and by touch alone, with no key pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Page, expect

from labeling.annotation.models import Annotation
from tests.e2e.annotating import on_screen, open_rooms, scenes_sent, state, verdicts
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.rooms import LAMP_BOX, SOFA_BOX
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """The mouse from one point of the scene to another, both in fractions of it."""
    page.mouse.move(*on_screen(page, *start))
    page.mouse.down()
    page.mouse.move(*on_screen(page, *end), steps=4)
    page.mouse.up()


def test_the_mouse_alone_does_a_scene(world: World, transactional_db: None, visit: Visit) -> None:
    page = visit(world.ann).page
    [scene] = open_rooms(page, world, "parlour")
    page.get_by_test_id("card-2").click()
    state(page, "confirmed", *["undecided"] * 3)
    page.get_by_test_id("none").click()
    page.get_by_test_id("reject").click()
    page.get_by_test_id("confirm").click()
    state(page, "confirmed", "confirmed", "rejected", "confirmed")

    drag_the_sofa_wider(page)
    draw_a_box_inside_it(page)
    page.get_by_test_id("submit").click()
    scenes_sent(page, 1)
    assert verdicts(scene) == [
        ("adjusted", "sofa-1", "exact"),
        ("confirmed", None, "none"),
        ("rejected", None, ""),
        ("confirmed", "lamp-0", "exact"),
        ("added", None, "none"),
    ]
    sofa, cushion = Annotation.objects.get(verdict="adjusted"), Annotation.objects.get(verdict="added")
    assert (sofa.left, sofa.top, sofa.bottom) == pytest.approx((SOFA_BOX.left, SOFA_BOX.top, SOFA_BOX.bottom), abs=1e-6)
    assert sofa.right == pytest.approx(SOFA_BOX.right + 0.04, abs=0.003)
    assert list(cushion.box) == pytest.approx([0.15, 0.6, 0.3, 0.75], abs=0.003)


def drag_the_sofa_wider(page: Page) -> None:
    """By its right handle, and not one pixel higher or lower."""
    page.get_by_test_id("object-1").click()
    middle = (SOFA_BOX.top + SOFA_BOX.bottom) / 2
    drag(page, (SOFA_BOX.right, middle), (SOFA_BOX.right + 0.04, middle + 0.1))
    state(page, "adjusted", "confirmed", "rejected", "confirmed")


def draw_a_box_inside_it(page: Page) -> None:
    page.locator("[data-part=draw]").click()
    drag(page, (0.15, 0.6), (0.3, 0.75))
    page.locator("#category-list [data-slug=lamp]").click()
    page.get_by_test_id("none").click()
    state(page, "adjusted", "confirmed", "rejected", "confirmed", "added")


def fingers(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_a_finger_alone_does_a_scene(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.ann, touch=True)
    page = visitor.page
    [scene] = open_rooms(page, world, "parlour")
    page.get_by_test_id("card-1").tap()
    page.touchscreen.tap(*on_screen(page, (LAMP_BOX.left + LAMP_BOX.right) / 2, 0.25))
    expect(page.get_by_test_id("box-2")).to_have_attribute("data-selected", "true")

    spread_two_fingers_on_the_lamp(page, visitor.context.new_cdp_session(page))
    state(page, "confirmed", *["undecided"] * 3)
    expect(page.locator("[data-part=undo]")).to_be_enabled()

    page.get_by_test_id("confirm").tap()
    page.get_by_test_id("reject").tap()
    page.get_by_test_id("none").tap()
    state(page, "confirmed", "confirmed", "rejected", "confirmed")
    page.get_by_test_id("submit").tap()
    scenes_sent(page, 1)
    assert [verdict for verdict, _, _ in verdicts(scene)] == ["confirmed", "confirmed", "rejected", "confirmed"]
    lamp = Annotation.objects.get(scene=scene, proposal__position=1)
    assert list(lamp.box) == pytest.approx(list(LAMP_BOX), abs=1e-9)


def spread_two_fingers_on_the_lamp(page: Page, session: CDPSession) -> None:
    """It zooms, and the selected box under the first finger stays where it was."""
    x, y = on_screen(page, 0.6, 0.25)
    before = page.locator(".picture").bounding_box()
    fingers(session, "touchStart", (x, y))
    fingers(session, "touchMove", (x + 9, y))
    fingers(session, "touchStart", (x + 9, y), (x + 60, y))
    fingers(session, "touchMove", (x - 20, y), (x + 110, y))
    fingers(session, "touchEnd")
    after = page.locator(".picture").bounding_box()
    assert before and after and after["width"] > 1.5 * before["width"]
