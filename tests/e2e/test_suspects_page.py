"""The page of suspicious pairs in Chromium, light and dark, wide and narrow; worked through without a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from labeling.annotation.models import Dispute
from labeling.datasets.models import Pair
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.test_pages import SIDEWAYS, assert_readable
from tests.labeling.suspecting import contradicted
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
Theme = Literal["light", "dark"]


@pytest.fixture
def suspects(world: World, transactional_db: None) -> tuple[Pair, Pair]:
    _, lamp, last = contradicted(world)
    return lamp, last


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(world: World, suspects: tuple[Pair, Pair], visit: Visit, tmp_path: Path, theme: Theme) -> None:
    page = visit(world.cora, theme=theme).page
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(reverse("curate-suspects"), wait_until="networkidle")
        page.screenshot(path=tmp_path / f"suspects-{theme}-{width}.png", full_page=True)
        assert_readable(page)
        assert page.evaluate(SIDEWAYS) <= 0, width


def test_it_is_worked_through_by_keys(world: World, suspects: tuple[Pair, Pair], visit: Visit) -> None:
    lamp, last = suspects
    page = visit(world.cora).page
    page.goto(reverse("curate-suspects"), wait_until="networkidle")
    cards = page.locator("[data-suspect]")
    expect(cards).to_have_count(2)
    cards.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("b")
    expect(cards).to_have_count(1)
    expect(cards.first).to_be_focused()
    page.keyboard.press("k")
    expect(cards).to_have_count(0)
    assert last.resolution is not None and Dispute.objects.get().proposal == last.resolution.proposal
    lamp.refresh_from_db()
    assert lamp.vouched_by == world.cora
