"""The widget in Chromium: by mouse, keys and touch; only what was seen is told; on pages of other sites too."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from benchmarks._web import Web
from labeling.catalog.models import Product
from labeling.serving.models import EngagementEvent
from labeling.tags.models import Tag
from tests.e2e.browser import PATIENCE_MS, Visit, Visitor
from tests.e2e.hands import PHONE
from tests.e2e.servers import web
from tests.e2e.test_accessible import in_both_themes
from tests.labeling.tagging import tagged
from tests.world import World

__all__ = ["web"]

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
BOXES = [(0.05, 0.45, 0.55, 0.95), (0.6, 0.1, 0.85, 0.5), (0.62, 0.55, 0.95, 0.92)]
MARKUP = '<img src=x onerror="document.title=`owned`"><script>document.title=`owned`</script>'


@pytest.fixture
def tags(transactional_db: None, world: World) -> list[Tag]:
    """Three tags, of which the last has a title and an address that would do harm if they were taken for more than words."""
    Product.objects.filter(pk=world.lamps[1].pk).update(title=MARKUP, url="javascript:document.title='owned'")
    Product.objects.filter(pk__in=[world.sofas[0].pk, world.lamps[0].pk]).update(url="https://shop.example/thing")
    products = [world.sofas[0], world.lamps[0], world.lamps[1]]
    return [tagged(world, product=product, box=box) for product, box in zip(products, BOXES, strict=True)]


def told() -> list[tuple[str, int, str]]:
    return sorted(EngagementEvent.objects.values_list("kind", "tag", "void"))


def wait_for(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def opened(visitor: Visitor, world: World) -> Page:
    visitor.page.goto(reverse("look", args=[world.scene.pk]))
    expect(visitor.page.locator(".look-dot")).to_have_count(3)
    return visitor.page


def test_it_works(world: World, tags: list[Tag], visit: Visit) -> None:
    visitor = visit(agent=PERSON)
    visitor.context.route("https://shop.example/**", lambda route: route.fulfill(body="the shop"))
    page = opened(visitor, world)
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop this look")
    expect(page.get_by_role("status")).to_have_text("3 products in this picture")
    page.locator(".look-dot").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading")).to_have_text("Sofa sofa-0")
    expect(drawer).to_contain_text("1 of 3")
    expect(drawer).to_contain_text("This very product")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer.get_by_role("button", name="Saved")).to_be_focused()
    with page.context.expect_page() as shop:
        drawer.get_by_role("link", name="Go to the shop").click()
    expect(shop.value.get_by_text("the shop")).to_be_visible()
    first = tags[0].pk
    wait_for(lambda: EngagementEvent.objects.count() == 6, "three impressions, closeup, save and click")
    expected = [("click", first, ""), ("closeup", first, ""), ("save", first, "")]
    assert told() == sorted([("impression", tag.pk, "") for tag in tags] + expected)
    assert EngagementEvent.objects.values("visitor", "look").distinct().count() == 1


def test_by_keys_alone(world: World, tags: list[Tag], visit: Visit) -> None:
    page = opened(visit(agent=PERSON), world)
    page.locator(".look-dot").nth(1).focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading")).to_have_text("Lamp lamp-0")
    expect(drawer.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(drawer.get_by_role("heading")).to_have_text("Sofa sofa-0")
    page.keyboard.press("ArrowLeft")
    expect(drawer).to_contain_text("1 of 3")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(drawer).to_contain_text("3 of 3")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.locator(".look-dot").nth(2)).to_be_focused()
    page.locator(".look-product").first.focus()
    page.keyboard.press("Enter")
    drawer.get_by_role("button", name="Not for me").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Sofa sofa-0 is hidden.")
    expect(page.locator(".look-dot")).to_have_count(2)
    expect(page.locator(".look-dot").first).to_be_focused()
    wait_for(lambda: ("hide", tags[0].pk, "") in told(), "the hiding")


def test_words_of_strangers_stay_words(world: World, tags: list[Tag], visit: Visit) -> None:
    page = opened(visit(), world)
    page.locator(".look-dot").nth(2).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading")).to_have_text(MARKUP)
    expect(drawer.get_by_role("link")).to_have_count(0)
    assert "owned" not in page.title()


def test_by_touch_on_a_phone(world: World, tags: list[Tag], visit: Visit) -> None:
    visitor = visit(agent=PERSON, touch=True)
    visitor.page.set_viewport_size(PHONE)
    page = opened(visitor, world)
    page.locator(".look-dot").first.tap()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("1 of 3")
    swipe(visitor, drawer.locator(".look-card"), dx=-160, dy=0)
    expect(drawer).to_contain_text("2 of 3")
    swipe(visitor, drawer.locator(".look-card"), dx=160, dy=0)
    expect(drawer).to_contain_text("1 of 3")
    swipe(visitor, drawer.locator(".look-bar .faint"), dx=0, dy=150)
    expect(drawer).to_be_hidden()
    # Nothing hangs over the edge of the window, and no dot lies on another.
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def swipe(visitor: Visitor, at: Any, *, dx: int, dy: int) -> None:
    box = at.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)
    hand = visitor.context.new_cdp_session(visitor.page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in (1, 2, 3, 4):
        point = {"x": x + dx * step / 4, "y": y + dy * step / 4}
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_only_what_is_seen_is_told(world: World, tags: list[Tag], visit: Visit) -> None:
    visitor = visit(agent=PERSON)
    far = "addEventListener('DOMContentLoaded', () => { document.querySelector('main').style.paddingTop = '3000px'; })"
    visitor.context.add_init_script(far)
    page = opened(visitor, world)
    page.wait_for_timeout(1500)
    assert not EngagementEvent.objects.exists()
    page.locator(".look-dot").first.scroll_into_view_if_needed()
    wait_for(EngagementEvent.objects.exists, "an impression")
    assert set(EngagementEvent.objects.values_list("kind", flat=True)) == {"impression"}


def test_no_grave_faults(world: World, tags: list[Tag], visit: Visit) -> None:
    for size in (None, PHONE):
        visitor = visit()
        if size:
            visitor.page.set_viewport_size(size)
        page = opened(visitor, world)
        assert in_both_themes(page) == []
        page.locator(".look-product").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert in_both_themes(page) == []


@contextmanager
def other_site(html: str) -> Iterator[str]:
    """A page of another origin; yields its address."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = html.encode() if self.path == "/" else b""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_on_a_page_of_another_site(world: World, tags: list[Tag], web: Web, visit: Visit) -> None:
    """The production server: scripts, look and pictures cross origins, and events arrive, under one visitor of that site."""
    look = f"{web.base}{reverse('api-look', args=[world.scene.pk])}"
    html = f"""<!doctype html><title>A blog</title><script type="module" src="{web.base}/static/js/looks/widget.js"></script>
        <h1>My room</h1><div style="max-width: 620px"><looktag-look src="{look}"></looktag-look></div>"""
    with other_site(html) as address:
        visitor = visit(at=address, agent=PERSON)
        for visit_number in (1, 2):
            visitor.page.goto(address)
            expect(visitor.page.locator(".look-dot")).to_have_count(3)
            expect(visitor.page.locator("looktag-look img").first).to_have_js_property("complete", True)
            if visit_number == 1:
                wait_for(lambda: EngagementEvent.objects.count() == 3, "the impressions")
        visitor.page.locator(".look-dot").first.click()
        wait_for(EngagementEvent.objects.filter(kind="closeup").exists, "what the second visit brought")
    # The browser had kept the look, so it is the same one: its impressions count once.
    assert EngagementEvent.objects.filter(kind="impression").count() == 3
    assert EngagementEvent.objects.values("visitor", "look").distinct().count() == 1
