"""The circle: what visitors click climbs for the next visitor, unless people have judged it ``none``; a real worker learns it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from labeling.catalog.models import Product, Scene
from labeling.serving.models import EngagementEvent
from labeling.serving.tasks import learn_live
from labeling.tags.models import JudgeBox, JudgeItem, Judgement, JudgeSet, Tag
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.conftest import StartWorker
from tests.e2e.test_looks import PERSON
from tests.e2e.workers import wait_until
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)

BY_BROWSER, BY_PROGRAM = 2, 45
LEFTS = (0.05, 0.35, 0.65)


def three_tags(world: World, scene: Scene, products: list[Product]) -> list[Tag]:
    """Of automation, in this order as long as nobody has clicked anything."""
    return [
        Tag.objects.create(
            scene=scene, category=product.category, product=product, grade="exact", source="model", state="live",
            reason="It is sure.", confidence=0.95 - number / 50, left=left, top=0.2, right=left + 0.25, bottom=0.8,
        )
        for number, (left, product) in enumerate(zip(LEFTS, products, strict=True))
    ]  # fmt: skip


def judged_none(world: World, tag: Tag) -> None:
    """A blind judge has said that this is not the thing in the box."""
    judge_set = JudgeSet.objects.create(vertical=world.vertical, seed=1)
    place = {side: getattr(tag, side) for side in ("left", "top", "right", "bottom")}
    box = JudgeBox.objects.create(judge_set=judge_set, scene=tag.scene, category=tag.category, **place)
    item = JudgeItem.objects.create(judge_box=box, product=tag.product)
    Judgement.objects.create(item=item, judge=world.arif, grade="none")


def order_of(scene: Scene, client: Client) -> list[int]:
    """The tags in the order in which a visitor is served."""
    visitor = uuid.uuid4().hex
    return [tag["tag"] for tag in client.get(f"/api/looks/{scene.pk}/?visitor={visitor}").json()["tags"]]


def click_by_program(scene: Scene, wanted: Tag) -> None:
    """A visitor sees all and clicks one, as the page would tell."""
    client = Client(headers={"User-Agent": PERSON})
    look: dict[str, Any] = client.get(f"/api/looks/{scene.pk}/?visitor={uuid.uuid4().hex}").json()
    deeds = [("impression", tag["tag"]) for tag in look["tags"]] + [("closeup", wanted.pk), ("click", wanted.pk)]
    events = [{"uuid": str(uuid.uuid4()), "kind": kind, "tag": tag} for kind, tag in deeds]
    body = json.dumps({"token": look["token"], "events": events})
    assert client.post("/api/events/", body, content_type="text/plain").json() == {"recorded": len(deeds)}


def click_by_browser(visit: Visit, scene: Scene, wanted: Tag) -> None:
    """A person opens the product from the list and goes to the shop."""
    visitor = visit(agent=PERSON)
    visitor.context.route("https://shop.example/**", lambda route: route.fulfill(body="the shop"))
    clicks = EngagementEvent.objects.filter(kind="click", tag=wanted)
    before = clicks.count()
    visitor.page.goto(reverse("look", args=[scene.pk]))
    visitor.page.locator(".look-product", has_text=wanted.product.title).click()
    with visitor.context.expect_page():
        visitor.page.get_by_role("link", name="Go to the shop").click()
    wait_until(lambda: clicks.count() > before, what="the click in the table")


def test_it_works(world: World, start_worker: StartWorker, visit: Visit, settings: Any) -> None:
    settings.DEEDS_AN_HOUR = settings.EVENTS_A_MINUTE = 10**6
    worker = start_worker()
    Product.objects.update(url="https://shop.example/thing")
    liked = three_tags(world, world.scene, world.sofas)
    barred = three_tags(world, world.other_scene, world.lamps)
    judged_none(world, barred[2])
    assert order_of(world.scene, Client()) == [tag.pk for tag in liked]
    for _ in range(BY_BROWSER):
        click_by_browser(visit, world.scene, liked[2])
    for _ in range(BY_PROGRAM):
        click_by_program(world.scene, liked[2])
        click_by_program(world.other_scene, barred[2])
    clicks = EngagementEvent.objects.filter(kind="click")
    assert clicks.filter(tag=barred[2]).count() == BY_PROGRAM
    assert set(clicks.values_list("void", flat=True)) == {""}

    def climbed() -> bool:
        # As the beat does, each second.
        learn_live.delay()
        return order_of(world.scene, Client())[0] == liked[2].pk

    wait_until(climbed, what="the climb", log=worker.log)
    page = visit(agent=PERSON).page
    page.goto(reverse("look", args=[world.scene.pk]))
    expect(page.locator(".look-product-title").first).to_have_text(liked[2].product.title)
    for _ in range(10):
        assert order_of(world.other_scene, Client())[2] == barred[2].pk
    page.goto(reverse("look", args=[world.other_scene.pk]))
    expect(page.locator(".look-product-title").last).to_have_text(barred[2].product.title)
