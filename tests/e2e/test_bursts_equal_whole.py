"""One person judges a room as a whole on the page, and again in bursts with a check: what is left behind is the same."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.annotation.models import Campaign, Kind
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.annotation.tasks import tend_campaigns
from labeling.catalog.models import Scene
from labeling.datasets.tasks import settle_waiting
from models_ml.types import Box
from tests.e2e.annotating import press, saved
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.hands import Keyboard
from tests.e2e.rooms import furnish
from tests.labeling.bursting import left_behind
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)

MISSED = Box(0.25, 0.2, 0.4, 0.35)


def opened(world: World, hand: Keyboard, scene: Scene, *kinds: Kind) -> Campaign:
    """A campaign over the room, on the page."""
    campaign = campaign_create(vertical=world.vertical, name=" and ".join(kinds), kinds=kinds)
    campaign_fill(campaign=campaign, scenes=[scene])
    hand.page.goto(reverse("annotate-campaign", args=[campaign.pk]))
    return campaign


def draw_the_missing(hand: Keyboard) -> None:
    hand.draw(MISSED, "lamp", "Lamp")
    hand.none()


def judge(hand: Keyboard) -> None:
    """The first sofa is right, nobody sells the first lamp, the second sofa is none, the second lamp is like another."""
    page = hand.page
    kind = page.locator("[data-part=page]").get_attribute("data-kind")
    if kind == Kind.SCENE:
        press(page, "1", "0", "x", "Shift+2")
        draw_the_missing(hand)
    elif kind == Kind.COVERAGE:
        draw_the_missing(hand)
    else:
        sofas = "Sofa" in page.get_by_test_id("ask").inner_text()
        if kind == Kind.BOX_BURST and sofas:
            hand.strike(2)
        if kind == Kind.MATCH_BURST and not sofas:
            hand.strike(1)
            hand.none()
            hand.strike(2)
            hand.take(2, similar=True)
    hand.submit()


def work_through(page: Page, hand: Keyboard) -> list[str]:
    """Everything that is lent, with what a worker does in between; the kinds in the order they came."""
    kinds: list[str] = []
    sent = 0
    while True:
        expect(page.locator("[data-part=page]")).not_to_have_attribute("data-state", "waiting")
        kind = page.locator("[data-part=page]").get_attribute("data-kind")
        if kind:
            kinds.append(kind)
            sent += 1
            judge(hand)
            expect(page.locator("[data-part=scenes-done]")).to_have_text(f"Scenes sent: {sent}")
            saved(page)
            continue
        settle_waiting()
        tend_campaigns()
        page.reload()
        sent = 0
        expect(page.locator("[data-part=page]")).not_to_have_attribute("data-state", "waiting")
        if not page.locator("[data-part=page]").get_attribute("data-kind"):
            return kinds


def test_it_works(world: World, transactional_db: None, visit: Visit) -> None:
    scene = furnish(world, None, "parlour")
    hand = Keyboard(visit(world.ann))
    whole = opened(world, hand, scene, Kind.SCENE)
    assert work_through(hand.page, hand) == ["scene"]
    parts = opened(world, hand, scene, Kind.BOX_BURST, Kind.MATCH_BURST, Kind.COVERAGE)
    assert sorted(work_through(hand.page, hand)) == ["box_burst"] * 2 + ["coverage"] + ["match_burst"] * 2
    expected = left_behind(whole)
    assert left_behind(parts) == expected
    assert [len(expected[name]) for name in ("annotations", "resolutions", "tags", "pairs")] == [5, 5, 2, 2]
