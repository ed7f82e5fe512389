"""A whole campaign of each kind of work with the keyboard alone, another with the mouse alone, another by touch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.annotation.models import Annotation, Assignment, Campaign, Kind
from labeling.annotation.services import campaign_create, campaign_fill
from models_ml.types import Box
from tests.e2e.annotating import saved, scenes_sent
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.hands import HANDS, Hand
from tests.e2e.rooms import furnish
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)

MISSED = Box(0.25, 0.2, 0.4, 0.35)
Said = tuple[str, str | None, str | None, str]


def cells(page: Page, *states: str) -> None:
    """The cells of the burst stand like this, in order."""
    expect(page.locator("[data-cell]")).to_have_count(len(states))
    for number, wanted in enumerate(states, start=1):
        expect(page.get_by_test_id(f"cell-{number}")).to_have_attribute("data-state", wanted)


def asks(page: Page, what: str) -> None:
    """Which burst is on the page."""
    expect(page.get_by_test_id("ask")).to_contain_text(what)


def whole_scenes(hand: Hand) -> list[Said]:
    """Two rooms: a second-best sofa, a lamp that nobody sells, a sofa that is none, a lamp like another."""
    for number in (1, 2):
        hand.take(2)
        hand.none()
        hand.reject()
        hand.take(3, similar=True)
        expect(hand.page.locator(".chip[data-state=undecided]")).to_have_count(0)
        hand.submit()
        scenes_sent(hand.page, number)
    return [
        ("confirmed", "sofa", "sofa-1", "exact"),
        ("confirmed", "lamp", None, "none"),
        ("rejected", "sofa", None, ""),
        ("confirmed", "lamp", "lamp-2", "similar"),
    ] * 2


def bursts_of_matches(hand: Hand) -> list[Said]:
    """Eight couples of which four are struck; a strike that was taken back counts for nothing."""
    for kind in ("Lamp", "Sofa"):
        asks(hand.page, kind)
        cells(hand.page, *["accepted"] * 4)
        hand.strike(2)
        expect(hand.page.get_by_test_id("panel")).to_be_visible()
        hand.take(3)
        cells(hand.page, "accepted", "changed", "accepted", "accepted")
        hand.strike(3)
        hand.undo()
        cells(hand.page, "accepted", "changed", "accepted", "accepted")
        hand.strike(3)
        hand.take(2, similar=True)
        hand.strike(4)
        if kind == "Lamp":
            hand.no_object()
        else:
            hand.none()
        cells(hand.page, "accepted", "changed", "changed", "rejected" if kind == "Lamp" else "none")
        hand.submit()
    scenes_sent(hand.page, 2)
    return [
        ("confirmed", "sofa", "sofa-0", "exact"),
        ("confirmed", "lamp", "lamp-0", "exact"),
        ("confirmed", "sofa", "sofa-2", "exact"),
        ("confirmed", "lamp", "lamp-2", "exact"),
        ("confirmed", "sofa", "sofa-1", "similar"),
        ("confirmed", "lamp", "lamp-1", "similar"),
        ("confirmed", "sofa", None, "none"),
        ("rejected", "lamp", None, ""),
    ]


def bursts_of_boxes(hand: Hand) -> list[Said]:
    """Eight boxes: of the sofas one is struck and one is a lamp, a strike is undone, and the lamps are lamps."""
    asks(hand.page, "Lamp")
    cells(hand.page, *["accepted"] * 4)
    hand.submit()
    asks(hand.page, "Sofa")
    hand.strike(2)
    hand.rename(3, "lamp")
    hand.strike(4)
    cells(hand.page, "accepted", "struck", "changed", "struck")
    hand.undo()
    cells(hand.page, "accepted", "struck", "changed", "accepted")
    hand.submit()
    scenes_sent(hand.page, 2)
    return [
        ("confirmed", "sofa", None, ""),
        ("confirmed", "lamp", None, ""),
        ("rejected", "sofa", None, ""),
        ("confirmed", "lamp", None, ""),
        ("adjusted", "lamp", None, ""),
        ("confirmed", "lamp", None, ""),
        ("confirmed", "sofa", None, ""),
        ("confirmed", "lamp", None, ""),
    ]


def checks_of_coverage(hand: Hand) -> list[Said]:
    """In the first room nothing is missing, in the second a lamp that nobody sells."""
    page = hand.page
    expect(page.get_by_test_id("question")).to_be_visible()
    expect(page.locator(".chip[data-known]")).to_have_count(4)
    expect(page.locator(".box-known")).to_have_count(4)
    hand.submit()
    scenes_sent(page, 1)
    hand.draw(MISSED, "lamp", "Lamp")
    hand.none()
    expect(page.get_by_test_id("box-1")).to_have_attribute("data-state", "added")
    hand.submit()
    scenes_sent(page, 2)
    return [("added", "lamp", None, "none")]


PLANS: dict[Kind, Callable[[Hand], list[Said]]] = {
    Kind.SCENE: whole_scenes,
    Kind.MATCH_BURST: bursts_of_matches,
    Kind.BOX_BURST: bursts_of_boxes,
    Kind.COVERAGE: checks_of_coverage,
}


@pytest.mark.parametrize("name", HANDS)
@pytest.mark.parametrize("kind", PLANS)
def test_it_works(world: World, transactional_db: None, visit: Visit, kind: Kind, name: str) -> None:
    rooms = [furnish(world, None, room) for room in ("parlour", "attic")]
    campaign = campaign_create(vertical=world.vertical, name="Furnished rooms", kinds=[kind], actor=world.cora)
    campaign_fill(campaign=campaign, scenes=rooms)
    hand = HANDS[name](visit(world.ann, touch=HANDS[name].touch))
    hand.page.goto(reverse("annotate-home"))
    hand.open(campaign)
    expect(hand.page.locator("[data-part=page]")).to_have_attribute("data-kind", kind.value)

    expected = PLANS[kind](hand)
    expect(hand.page.get_by_test_id("all-done")).to_be_visible()
    saved(hand.page)
    assert said_in(campaign) == expected
    assert not Assignment.objects.filter(campaign=campaign).exclude(state=Assignment.State.SUBMITTED).exists()
    if kind == Kind.COVERAGE:
        drawn = Annotation.objects.get(campaign=campaign)
        assert list(drawn.box) == pytest.approx(list(MISSED), abs=0.006)


def said_in(campaign: Campaign) -> list[Said]:
    """Verdict, category, product and grade of everything that was said, scene by scene."""
    said = Annotation.objects.filter(campaign=campaign).order_by("scene", "proposal__position", "pk")
    return list(said.values_list("verdict", "category__slug", "product__external_id", "grade"))
