"""A brand owner claims a place, proves it, asks to see tags first, and rules on them from the keyboard; looks follow at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from labeling.brands.models import DomainClaim
from labeling.brands.verification import file_path
from labeling.catalog.models import Scene
from labeling.celery import app
from labeling.datasets.models import Pair
from labeling.tags.models import Tag, TagReview
from tests.e2e.annotating import press
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.rooms import furnish
from tests.labeling.common.servers import page as web_page
from tests.labeling.common.servers import server
from tests.labeling.tagging import tagged
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks run where they are asked for: what a worker does here is not the question, and only here is loopback allowed."""
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = before


def rooms(world: World, count: int) -> list[Scene]:
    """Rooms on bram.example with four tags each: sofa, lamp, sofa, lamp, all with the first product of the category."""
    scenes = []
    for number in range(count):
        scene = furnish(world, None, f"suite-{number}")
        scene.domain, scene.source_url = "bram.example", f"https://bram.example/suite-{number}"
        scene.save()
        for proposal in scene.scans.get().proposals.order_by("position"):
            product = world.sofas[0] if proposal.category == world.sofa else world.lamps[0]
            tagged(world, proposal=proposal, product=product, box=tuple(proposal.box))
        scenes.append(scene)
    return scenes


def cell(page: Page, number: int) -> Locator:
    return page.get_by_test_id(f"cell-{number}")


def states(page: Page, *wanted: str) -> None:
    """The cells of the page stand like this, in order."""
    expect(page.locator("[data-part=board] [data-cell]")).to_have_count(len(wanted))
    for number, state in enumerate(wanted, start=1):
        expect(cell(page, number)).to_have_attribute("data-ruling", state)


def saved(page: Page) -> None:
    expect(page.locator("[data-part=light]")).to_have_attribute("data-state", "saved")


def served(scene: Scene) -> set[int]:
    """The tags in the next look of a scene."""
    return {tag["tag"] for tag in Client().get(reverse("api-look", args=[scene.pk])).json()["tags"]}


def dots(page: Page) -> int:
    """How many tags the look page shows."""
    page.wait_for_load_state("networkidle")
    return page.locator("[data-part=dots] button").count()


def open_queue(page: Page, claim: DomainClaim, *, count: int) -> None:
    page.goto(reverse("brands-tags", args=[claim.pk]))
    expect(page.locator("[data-part=board] [data-cell]")).to_have_count(count)
    expect(cell(page, 1)).to_be_focused()


def test_it_works(world: World, transactional_db: None, visit: Visit, settings: Any, at_once: None) -> None:
    """Claim, proof, review_first, ten rulings from the keyboard; each look is right on the next request."""
    scenes = rooms(world, 3)
    tags = list(Tag.objects.order_by("-id"))
    assert all(len(served(scene)) == 4 for scene in scenes)
    page = visit(world.bram).page
    page.goto(reverse("brands-home"))
    page.get_by_label("Domain, subdomain or path").fill("https://www.bram.example/")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="bram.example")).to_be_visible()
    claim = DomainClaim.objects.get()
    assert claim.state == "pending" and len(served(scenes[0])) == 4

    with server({file_path(claim.token): web_page(claim.token)}) as address:
        settings.EGRESS_TEST_HOSTS = {"bram.example": address}
        # The look that the claim itself brought about was a moment ago; the next may come a little later.
        DomainClaim.objects.update(checked_at=timezone.now() - timedelta(hours=1))
        page.get_by_role("button", name="Check now").click()
        expect(page.get_by_text("Tags on this place")).to_be_visible()
    assert all(served(scene) == set() for scene in scenes)
    page.get_by_label("Tags wait for the owner").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. The next look")).to_be_visible()
    assert all(served(scene) == set() for scene in scenes)

    page.get_by_role("link", name="Tags on this place").click()
    expect(cell(page, 1)).to_be_focused()
    states(page, *["open"] * 12)
    # Newest first: the last room's lamp, sofa, lamp, sofa, then the room's before.
    press(page, "Enter", "a", "x", "w", "2", "Enter", "h", "Enter", "1", "Enter")
    ruled = ["approve", "approve", "hide", "hide", "correct", "approve", "hide", "approve", "correct", "approve"]
    states(page, *ruled, "open", "open")
    expect(cell(page, 11)).to_be_focused()
    saved(page)
    assert TagReview.objects.count() == 10
    shown = {tag.pk for tag, ruling in zip(tags, ruled, strict=False) if ruling != "hide"}
    assert set().union(*(served(scene) for scene in scenes)) == shown
    assert Tag.objects.get(pk=tags[4].pk).product == world.lamps[2]
    assert Pair.objects.filter(source="brand", withdrawn_at=None).count() == len(shown)

    look = visit().page
    look.goto(reverse("look", args=[scenes[2].pk]))
    assert dots(look) == 2
    press(page, "Control+z", "Control+z")
    saved(page)
    states(page, *ruled[:8], "open", "open", "open", "open")
    assert served(scenes[0]) == set()
