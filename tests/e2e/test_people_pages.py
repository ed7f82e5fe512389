"""The pages on people in Chromium, light and dark, wide and narrow; ruling by keys; training and returned work as told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from labeling.annotation.models import Assignment, Campaign, Dispute, Resolution, Standing
from labeling.annotation.services import campaign_fill, skills_write, standing_set, training_start
from labeling.datasets.services import work_return
from labeling.datasets.tasks import settle_waiting
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.rooms import furnish
from tests.e2e.test_pages import SIDEWAYS, assert_readable
from tests.labeling.annotation.test_dispute import quarrel
from tests.labeling.trusting import annotator, gold_scene, measured, visit
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
Theme = Literal["light", "dark"]


@pytest.fixture
def crowd(world: World, transactional_db: None) -> World:
    """Four people on the same scenes with gold among them, one of them paused, and an object in dispute."""
    # Before anybody is measured: later the better of the two would be believed.
    quarrel(world)
    for n in range(4):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=4, gold_share=0.3, trick_share=0.4, pass_score=0.5)
    campaign_fill(campaign=campaign, scenes=[furnish(world, None, "parlour")])
    people = [world.ann, world.arif, annotator("beatrix"), annotator("casimir")]
    for seat in list(campaign.assignments.all()):
        for slot in range(1, len(people)):
            Assignment.objects.create(campaign=campaign, scene=seat.scene, scan=seat.scan, slot=slot)
    for n, person in enumerate(people):
        while visit(person, campaign, **({"product": world.sofas[1].pk} if n == 3 else {})) is not None:
            settle_waiting()
    skills_write(vertical=world.vertical)
    if not Standing.objects.filter(state="paused").exists():
        standing_set(
            campaign=campaign, annotator=people[3], state=Standing.State.PAUSED, actor=world.cora,
            reason="1 of the last 6 gold objects right; the campaign asks for 50%.",
        )  # fmt: skip
    test = measured(world, scenes=1, pass_score=0.5, entry_test=1)
    training_start(campaign=test, annotator=world.ann)
    visit(world.ann, test, product=world.sofas[2].pk)
    work_return(
        assignment=Assignment.objects.filter(annotator=world.ann, campaign=campaign, purpose="work")[0],
        actor=world.cora,
        reason="The lamp behind the sofa is an object too.",
    )
    return world


def measured_of(world: World) -> Campaign:
    return Campaign.objects.get(pass_score=0.5, entry_test=0)


PAGES: dict[str, tuple[str, Callable[[World], list[int]]]] = {
    "curate-people": ("cora", lambda world: []),
    "curate-person": ("cora", lambda world: [world.arif.pk]),
    "curate-disputes": ("cora", lambda world: []),
    "curate-dispute": ("cora", lambda world: [Dispute.objects.get(campaign__name="Quarrel").pk]),
    "curate-golds": ("cora", lambda world: []),
    "curate-quality": ("cora", lambda world: [measured_of(world).pk]),
    "annotate-home": ("ann", lambda world: []),
    "annotate-lessons": ("ann", lambda world: [Campaign.objects.get(entry_test=1).pk]),
}


def address(world: World, name: str) -> str:
    query = f"?campaign={measured_of(world).pk}" if name in ("curate-people", "curate-person") else ""
    return reverse(name, args=PAGES[name][1](world)) + query


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(crowd: World, visit: Visit, tmp_path: Path, theme: Theme) -> None:
    for name, (person, _) in PAGES.items():
        page = visit(getattr(crowd, person), theme=theme).page
        page.goto(address(crowd, name), wait_until="networkidle")
        page.screenshot(path=tmp_path / f"{name}-{theme}.png", full_page=True)
        assert_readable(page)
        expect(page.locator("h1")).to_have_count(1)


def test_a_narrow_window_needs_no_sideways_scrolling(crowd: World, visit: Visit, tmp_path: Path) -> None:
    for name, (person, _) in PAGES.items():
        page = visit(getattr(crowd, person)).page
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address(crowd, name), wait_until="networkidle")
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        assert page.evaluate(SIDEWAYS) <= 0, name


def test_a_dispute_is_ruled_without_a_mouse(crowd: World, visit: Visit) -> None:
    dispute = Dispute.objects.get(campaign__name="Quarrel")
    page = visit(crowd.cora).page
    page.goto(reverse("curate-dispute", args=[dispute.pk]), wait_until="networkidle")
    page.keyboard.press("2")
    expect(page.locator("input[name=option]:checked")).to_have_value("2")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: f"/disputes/{dispute.pk}/" not in url)
    assert Resolution.objects.get(campaign=dispute.campaign).product == crowd.sofas[1]


def test_training_is_answered_on_the_page(crowd: World, visit: Visit) -> None:
    campaign = Campaign.objects.get(entry_test=1)
    training_start(campaign=campaign, annotator=crowd.arif)
    page = visit(crowd.arif).page
    page.goto(reverse("annotate-campaign", args=[campaign.pk]))
    expect(page.locator("[data-notice=training]")).to_be_visible()
    page.locator("[data-notice=training] button").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-notice=feedback]")).to_contain_text("of 1 right")
    page.get_by_role("button", name="See what is right").click()
    page.wait_for_url(f"**{reverse('annotate-lessons', args=[campaign.pk])}")
    expect(page.locator("h1")).to_have_text("Lessons")


def test_returned_work_comes_first_with_its_reason(crowd: World, visit: Visit) -> None:
    page = visit(crowd.ann).page
    page.goto(reverse("annotate-campaign", args=[measured_of(crowd).pk]))
    expect(page.locator("[data-notice=returned]")).to_contain_text("The lamp behind the sofa is an object too.")
