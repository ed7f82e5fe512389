"""What several tests do on the annotation page, and how they look at it."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from labeling.annotation.models import Annotation
from labeling.catalog.models import Scene
from tests.e2e.rooms import furnish, open_campaign
from tests.world import World


def open_rooms(page: Page, world: World, *names: str) -> list[Scene]:
    """Furnish a room of each name, open a campaign over them and its page; no models are needed."""
    rooms = [furnish(world, None, name) for name in names]
    page.goto(reverse("annotate-campaign", args=[open_campaign(world, *rooms).pk]))
    expect(page.locator("[data-part=page]")).to_have_attribute("data-state", "scene")
    return rooms


def state(page: Page, *states: str) -> None:
    """The objects of the scene stand like this, in order."""
    chips = page.get_by_test_id("objects").locator("[data-object]")
    expect(chips).to_have_count(len(states))
    for number, wanted in enumerate(states, start=1):
        expect(page.get_by_test_id(f"object-{number}")).to_have_attribute("data-state", wanted)
        expect(page.get_by_test_id(f"box-{number}")).to_have_attribute("data-state", wanted)


def press(page: Page, *keys: str) -> None:
    """Keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def light(page: Page) -> Locator:
    """The light that says what is saved."""
    return page.get_by_test_id("save-light")


def saved(page: Page) -> None:
    """Everything is with the server."""
    expect(light(page)).to_have_attribute("data-state", "saved")


def scenes_sent(page: Page, number: int) -> None:
    """The page has sent so many scenes since it was loaded, and the server has them."""
    expect(page.locator("[data-part=scenes-done]")).to_have_text(f"Scenes sent: {number}")
    saved(page)


def verdicts(scene: Scene) -> list[tuple[str, str | None, str]]:
    """Verdict, product and grade of everything said of a scene: proposals in order, then what was drawn."""
    said = Annotation.objects.filter(scene=scene).order_by("proposal__position", "id")
    return list(said.values_list("verdict", "product__external_id", "grade"))


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the scene, in fractions of it, is in the window."""
    picture = page.locator("[data-part=stage] .picture").bounding_box()
    assert picture is not None
    return picture["x"] + x * picture["width"], picture["y"] + y * picture["height"]
