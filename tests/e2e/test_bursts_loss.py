"""Bursts lose nothing either: reloads, a network that is gone, a second tab."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.annotation.models import Annotation, Assignment, Campaign, Kind
from labeling.annotation.services import campaign_create, campaign_fill
from tests.e2e.annotating import light, press, saved, scenes_sent
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.rooms import furnish
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


def burst_opened(world: World, page: Page, kind: Kind) -> Campaign:
    """Two bursts of four, the lamps first."""
    campaign = campaign_create(vertical=world.vertical, name="Bursts", kinds=[kind])
    campaign_fill(campaign=campaign, scenes=[furnish(world, None, room) for room in ("parlour", "attic")])
    page.goto(reverse("annotate-campaign", args=[campaign.pk]))
    expect(page.get_by_test_id("ask")).to_contain_text("Lamp")
    return campaign


def stands(page: Page, *states: str) -> None:
    for number, wanted in enumerate(states, start=1):
        expect(page.get_by_test_id(f"cell-{number}")).to_have_attribute("data-state", wanted)


def test_a_reload_brings_back_what_was_struck_and_sent_work_is_opened_again(
    world: World, transactional_db: None, visit: Visit
) -> None:
    visitor = visit(world.ann)
    visitor.forgive("/draft/", "409 (Conflict)")
    page = visitor.page
    campaign = burst_opened(world, page, Kind.MATCH_BURST)
    press(page, "x", "0", "ArrowRight", "x", "2", "ArrowRight", "x")
    stands(page, "none", "changed", "struck", "accepted")
    page.reload()
    stands(page, "none", "changed", "struck", "accepted")

    # Enter names what has no answer, and takes the hand there.
    press(page, "Home", "Enter")
    expect(page.get_by_test_id("status")).to_contain_text("Struck, but without an answer (1): 3 Lamp.")
    press(page, "1", "Enter")
    scenes_sent(page, 1)
    expect(page.get_by_test_id("ask")).to_contain_text("Sofa")
    press(page, "u")
    stands(page, "none", "changed", "accepted", "accepted")
    press(page, "Home", "x", "Enter")
    saved(page)
    stands(page, "accepted", "accepted", "accepted", "accepted")
    expect(page.get_by_test_id("ask")).to_contain_text("Sofa")
    grades = list(
        Annotation.objects.filter(campaign=campaign, version=1)
        .order_by("pk")
        .values_list("product__external_id", "grade")
    )
    assert grades == [("lamp-0", "exact"), ("lamp-1", "exact"), ("lamp-0", "exact"), ("lamp-0", "exact")]


def test_without_a_network_bursts_go_on_and_arrive_once(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.ann)
    visitor.forgive("ERR_INTERNET_DISCONNECTED")
    page = visitor.page
    campaign = burst_opened(world, page, Kind.BOX_BURST)
    saved(page)
    visitor.context.set_offline(True)
    press(page, "ArrowRight", "x", "Enter")
    expect(page.get_by_test_id("ask")).to_contain_text("Sofa")
    expect(light(page)).to_have_attribute("data-state", "offline")
    press(page, "Enter")
    expect(light(page)).to_contain_text("(2)")
    assert not Annotation.objects.exists()

    visitor.context.set_offline(False)
    saved(page)
    said = Annotation.objects.filter(campaign=campaign).order_by("pk").values_list("verdict", flat=True)
    assert list(said) == ["confirmed", "rejected", *["confirmed"] * 6]
    assert Assignment.objects.filter(campaign=campaign, state=Assignment.State.SUBMITTED).count() == 2


def test_two_tabs_of_one_burst_are_asked_which_shall_go_on(world: World, transactional_db: None, visit: Visit) -> None:
    visitor = visit(world.ann)
    visitor.forgive("409")
    page = visitor.page
    burst_opened(world, page, Kind.BOX_BURST)
    other = visitor.context.new_page()
    other.goto(page.url)
    stands(other, *["accepted"] * 4)
    press(page, "x")
    saved(page)
    press(other, "End", "x")
    dialog = other.get_by_test_id("conflict")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_test_id("version-theirs").locator("svg")).to_have_count(1)
    expect(dialog).to_contain_text("3 of 4 accepted, 1 not")
    dialog.get_by_role("button", name="Use the other version").click()
    stands(other, "struck", "accepted", "accepted", "accepted")
