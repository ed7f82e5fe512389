"""An annotator at work in a real browser, with the keyboard alone, on the real server with a real worker behind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.annotation.models import Annotation, Assignment, Campaign
from labeling.annotation.selectors import assignments_unsettled
from labeling.catalog.models import Scene
from labeling.inference import runtime
from labeling.inference.models import IndexBuild
from models_ml.types import Box
from tests.e2e.annotating import press, saved, state
from tests.e2e.browser import PATIENCE_MS, Visit, tab_to
from tests.e2e.rooms import CHAIR_BOX, HEIGHT, LAMP_BOX, SOFA_BOX, WIDTH, furnish, go_live, open_campaign
from tests.e2e.workers import Worker, wait_until
from tests.world import PASSWORD, World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)

DRAWN_BOX = Box(120 / WIDTH, 140 / HEIGHT, 220 / WIDTH, 190 / HEIGHT)
MOVED_BOX = Box(
    CHAIR_BOX.left + 3 / WIDTH, CHAIR_BOX.top - 20 / HEIGHT, CHAIR_BOX.right + 3 / WIDTH, CHAIR_BOX.bottom - 20 / HEIGHT
)


@pytest.fixture
def index(world: World, transactional_db: None, tmp_path: Path) -> IndexBuild:
    """Tiny models that are live."""
    return go_live(world, tmp_path / "made")


def plain(box: Sequence[float]) -> list[float]:
    """A box to six decimals, far below a pixel."""
    return [round(value, 6) for value in box]


def forget_everything(page: Page) -> None:
    """Another computer: nothing of this browser is there."""
    address = page.url
    page.goto(reverse("api-docs"))
    page.evaluate("""async () => {
      localStorage.clear();
      for (const { name } of await indexedDB.databases()) {
        await new Promise((done) => { indexedDB.deleteDatabase(name).onsuccess = done; });
      }
    }""")
    page.goto(address)


def exported(folder: Path) -> list[tuple[str, str, list[float]]]:
    """What ``manage.py export_pairs`` writes, by the ids of the pack."""
    call_command("export_pairs", str(folder / "pairs"), verbosity=0)
    beside = ("-cat.json", "-scenes.json")
    [pairs] = [file for file in (folder / "pairs").glob("*.json") if not file.name.endswith(beside)]
    lines = [json.loads(line) for line in pairs.read_text().splitlines()]
    return sorted((line["product"], line["scene"], plain(line["bbox"])) for line in lines)


def sign_in_and_open(page: Page, campaign: Campaign) -> None:
    """From the front door to the workspace without a pointer."""
    page.goto(reverse("login"))
    # A browser that has just started may load the page before it puts the caret into the first field.
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type("ann")
    press(page, "Tab")
    expect(page.locator("[name=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    page.wait_for_url(f"**{reverse('annotate-home')}")
    tab_to(page, lambda name: name == reverse("annotate-campaign", args=[campaign.pk]))
    press(page, "Enter")


def test_it_works(world: World, index: IndexBuild, worker: Worker, visit: Visit, tmp_path: Path) -> None:
    scene = furnish(world, index, "parlour")
    visitor = visit()
    # The draft sent just before the reload may arrive after the scene was lent again; the page then sends its own anew.
    visitor.forgive("/draft/", "409 (Conflict)")
    page = visitor.page
    sign_in_and_open(page, open_campaign(world, scene))
    state(page, *["undecided"] * 4)

    # Held, it still confirms just one.
    for _ in range(4):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    state(page, "confirmed", *["undecided"] * 3)
    press(page, "2")
    state(page, "confirmed", "confirmed", "undecided", "undecided")
    # At once, before the server has the draft.
    page.reload()
    state(page, "confirmed", "confirmed", "undecided", "undecided")

    adjust_the_third(page)
    press(page, "x")
    state(page, "confirmed", "confirmed", "adjusted", "rejected")
    # Enter means Submit now, until somebody draws.
    expect(page.get_by_test_id("submit")).to_be_focused()
    add_a_fifth(page)
    state(page, "confirmed", "confirmed", "adjusted", "rejected", "added")

    # On another computer the browser knows nothing, but the server does.
    saved(page)
    forget_everything(page)
    state(page, "confirmed", "confirmed", "adjusted", "rejected", "added")

    press(page, "Control+Enter")
    expect(page.locator("[data-part=scenes-done]")).to_have_text("Scenes sent: 1")
    saved(page)
    expect(page.get_by_test_id("all-done")).to_be_visible()
    assert_just_that(world, index, scene, tmp_path)
    look_shows_just_that(visit, world, index, scene)


def adjust_the_third(page: Page) -> None:
    press(page, "e", "ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowUp", "Shift+ArrowUp")
    strip = page.get_by_test_id("strip")
    expect(strip).to_have_attribute("data-stale", "true")
    expect(strip).to_have_attribute("data-stale", "false")
    expect(page.get_by_test_id("card-1")).to_be_visible()
    press(page, "Enter")


def add_a_fifth(page: Page) -> None:
    press(page, "r", *["Control+ArrowLeft"] * 4, *["Shift+ArrowUp"] * 10, "Enter")
    press(page, *["Control+ArrowRight"] * 2, "Control+ArrowDown", "Enter")
    expect(page.get_by_test_id("category-input")).to_be_focused()
    page.keyboard.type("lam")
    press(page, "Enter")
    expect(page.get_by_test_id("category-input")).to_have_value("Lamp")
    press(page, "/")
    page.keyboard.type("lamp-2")
    expect(page.get_by_test_id("card-1").locator(".card-title")).to_have_text("Lamp lamp-2")
    press(page, "Enter")


def found_again(world: World, index: IndexBuild, scene: Scene) -> str:
    """The product nearest to what stands in the moved box, asked of the models without the page."""
    nearest = runtime.retrieve(scene, MOVED_BOX, "sofa", embedder=world.embedder, index=index)[0]
    return next(product.external_id for product in world.sofas if product.pk == nearest.product_id)


def decided(world: World, index: IndexBuild, scene: Scene) -> list[tuple[str, Box]]:
    """Product and box of everything that was not rejected."""
    return [
        ("sofa-0", SOFA_BOX),
        ("lamp-1", LAMP_BOX),
        (found_again(world, index, scene), MOVED_BOX),
        ("lamp-2", DRAWN_BOX),
    ]


def assert_just_that(world: World, index: IndexBuild, scene: Scene, folder: Path) -> None:
    expected = [(product, scene.external_id, plain(box)) for product, box in decided(world, index, scene)]
    wait_until(lambda: not assignments_unsettled(limit=1), what="the tags and pairs")
    assert exported(folder) == sorted(expected)
    verdicts = Annotation.objects.filter(scene=scene).order_by("created_at", "id").values_list("verdict", flat=True)
    assert sorted(verdicts) == ["added", "adjusted", "confirmed", "confirmed", "rejected"]
    assert set(Annotation.objects.values_list("annotator", flat=True)) == {world.ann.pk}


def look_shows_just_that(visit: Visit, world: World, index: IndexBuild, scene: Scene) -> None:
    shopper = visit()
    answer = shopper.context.request.get(f"/api/looks/{scene.pk}/").json()
    shown = sorted((tag["external_id"], plain(tag["box"])) for tag in answer["tags"])
    assert shown == sorted((product, plain(box)) for product, box in decided(world, index, scene))
    page = shopper.page
    page.goto(reverse("look", args=[scene.pk]))
    expect(page.locator("[data-part=dots] button")).to_have_count(len(shown))
    titles = page.locator("[data-part=products] .look-product-title").all_inner_texts()
    names = {product.external_id: product.title for product in world.sofas + world.lamps}
    assert sorted(titles) == sorted(names[product] for product, _ in decided(world, index, scene))


def test_work_without_a_network_arrives_once(world: World, index: IndexBuild, visit: Visit) -> None:
    rooms = [furnish(world, index, name) for name in ("study", "attic")]
    visitor = visit(world.ann)
    visitor.forgive("ERR_INTERNET_DISCONNECTED")
    page = visitor.page
    page.goto(reverse("annotate-campaign", args=[open_campaign(world, *rooms).pk]))
    state(page, *["undecided"] * 4)
    press(page, "Enter", "x")
    saved(page)

    visitor.context.set_offline(True)
    press(page, "3", "0", "Control+Enter")
    light = page.get_by_test_id("save-light")
    expect(light).to_have_attribute("data-state", "offline")
    expect(light).to_contain_text("(1)")
    expect(page.locator("[data-part=title]")).to_have_text("A attic")
    assert not Annotation.objects.exists()

    visitor.context.set_offline(False)
    saved(page)
    said = Annotation.objects.order_by("proposal__position").values_list("verdict", "product__external_id", "grade")
    assert list(said) == [
        ("confirmed", "sofa-0", "exact"),
        ("rejected", None, ""),
        ("confirmed", "sofa-2", "exact"),
        ("confirmed", None, "none"),
    ]
    assert Assignment.objects.filter(state=Assignment.State.SUBMITTED).count() == 1


def test_two_annotators_never_get_the_same_scene(world: World, index: IndexBuild, visit: Visit) -> None:
    scenes = [furnish(world, index, f"room {number}") for number in range(6)]
    address = reverse("annotate-campaign", args=[open_campaign(world, *scenes).pk])
    pages = [visit(user).page for user in (world.ann, world.arif)]
    for page in pages:
        page.goto(address, wait_until="commit")
    seen: list[str] = []
    for number in range(1, 4):
        for page in pages:
            expect(page.locator("[data-part=page]")).to_have_attribute("data-state", "scene")
            seen.append(page.locator("[data-part=title]").inner_text())
        for page in pages:
            press(page, "Control+Enter")
        for page in pages:
            expect(page.locator("[data-part=scenes-done]")).to_have_text(f"Scenes sent: {number}")
    for page in pages:
        saved(page)
    assert sorted(seen) == sorted(scene.title for scene in scenes)
    wait_until(lambda: Assignment.objects.filter(state="submitted").count() == len(scenes), what="every submit")
    finished = Assignment.objects.filter(state="submitted").values_list("annotator__username", flat=True)
    assert sorted(finished) == ["ann"] * 3 + ["arif"] * 3
