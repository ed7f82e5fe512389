"""A scene that was sent is opened again with a key, corrected, and counts as corrected; the work under way waits."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from labeling.annotation.models import Annotation
from tests.e2e.annotating import open_rooms, press, saved, scenes_sent, state
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


def test_a_sent_scene_is_amended(world: World, transactional_db: None, visit: Visit) -> None:
    page = visit(world.ann).page
    [parlour, _] = open_rooms(page, world, "parlour", "attic")
    title = page.locator("[data-part=title]")
    press(page, "Control+Enter")
    scenes_sent(page, 1)
    press(page, "x")
    state(page, "rejected", *["undecided"] * 3)

    press(page, "u")
    expect(title).to_have_text("A parlour")
    state(page, *["confirmed"] * 4)
    press(page, "x", "PageDown")
    expect(title).to_have_text("A attic")
    state(page, "rejected", *["undecided"] * 3)
    page.reload()
    state(page, "rejected", *["undecided"] * 3)
    press(page, "PageUp")
    expect(title).to_have_text("A parlour")
    state(page, "rejected", *["confirmed"] * 3)
    press(page, "Control+Enter")
    expect(title).to_have_text("A attic")
    state(page, "rejected", *["undecided"] * 3)
    saved(page)

    said = Annotation.objects.filter(scene=parlour, proposal__position=0).order_by("id")
    assert list(said.values_list("verdict", flat=True)) == ["confirmed", "rejected"]
