"""In a burst of matches another category brings other candidates, from a real worker, for the right scene of several."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from labeling.annotation.models import Annotation, Assignment, Kind
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.inference import runtime
from labeling.inference.models import Retrieval
from tests.e2e.annotating import press, scenes_sent
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.rooms import SOFA_BOX, furnish, go_live
from tests.e2e.workers import Worker
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


def test_it_works(world: World, transactional_db: None, worker: Worker, visit: Visit, tmp_path: Path) -> None:
    index = go_live(world, tmp_path / "made")
    rooms = [furnish(world, index, name) for name in ("parlour", "attic")]
    campaign = campaign_create(vertical=world.vertical, name="Sofas", kinds=[Kind.MATCH_BURST], categories=[world.sofa])
    campaign_fill(campaign=campaign, scenes=rooms)
    page = visit(world.ann).page
    page.goto(reverse("annotate-campaign", args=[campaign.pk]))
    expect(page.get_by_test_id("ask")).to_contain_text("Sofa")

    press(page, "ArrowRight", "ArrowRight", "c")
    expect(page.get_by_test_id("category-input")).to_be_focused()
    page.keyboard.type("lam")
    press(page, "Enter")
    expect(page.get_by_test_id("cell-3")).to_have_attribute("data-state", "struck")
    nearest = runtime.retrieve(rooms[1], SOFA_BOX, "lamp", embedder=world.embedder, index=index)[0].product_id
    best = next(product for product in world.lamps if product.pk == nearest)
    expect(page.get_by_test_id("card-1").locator(".card-title")).to_have_text(best.title)
    press(page, "1")
    expect(page.get_by_test_id("cell-3")).to_have_attribute("data-state", "changed")
    press(page, "Enter")
    scenes_sent(page, 1)

    # A slow worker is asked again.
    assert {retrieval.scene for retrieval in Retrieval.objects.all()} == {rooms[1]}
    said = Annotation.objects.get(campaign=campaign, verdict="adjusted")
    assert (said.scene, said.category, said.product, said.grade) == (rooms[1], world.lamp, best, "exact")
    assert Annotation.objects.filter(campaign=campaign, verdict="confirmed").count() == 3


def test_a_burst_is_passed_on_with_a_reason(world: World, transactional_db: None, visit: Visit) -> None:
    campaign = campaign_create(vertical=world.vertical, name="Boxes", kinds=[Kind.BOX_BURST])
    campaign_fill(campaign=campaign, scenes=[furnish(world, None, "parlour")])
    page = visit(world.ann).page
    page.goto(reverse("annotate-campaign", args=[campaign.pk]))
    expect(page.get_by_test_id("ask")).to_contain_text("Lamp")
    press(page, "s")
    expect(page.get_by_role("menu")).to_be_visible()
    press(page, "1")
    expect(page.get_by_test_id("ask")).to_contain_text("Sofa")
    scenes_sent(page, 1)
    skipped = Assignment.objects.get(campaign=campaign, state=Assignment.State.SKIPPED)
    assert (skipped.skip_reason, skipped.burst is None) == ("not_my_category", False)
    assert (
        Assignment.objects.filter(campaign=campaign, burst=skipped.burst, state=Assignment.State.WAITING).count() == 1
    )
