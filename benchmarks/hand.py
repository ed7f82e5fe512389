"""What does a scene cost the hand and the eye: actions, seconds, the wait for the next one, the first load?

    .venv/bin/python benchmarks/hand.py [--quick] [--json] [--seed N] [--shots DIR]

Drives Chromium (1440 x 900) at gunicorn as in the Procfile on the two scripted jobs that Label Studio was measured on, five boxes
with a product each on pictures of 1024 x 768: (i) accept everything and be on the next scene, (ii) correct a box and a product
and be on the next. An action is a press of a key, a click or a drag; seconds run from the first of them until the next scene's
picture and boxes are there, medians, the wait for Playwright included. Before each the page is left alone for a moment, as a
person looks at it; that is not counted.

``next_painted_p95_ms`` runs, on scenes of twelve boxes, from the event of the submitting key to the frame after the next scene's
picture and boxes stand, in the page's own clock; each such scene was prefetched, as the page does. ``cold_seconds`` is from
navigation, with an empty cache, to picture and boxes; ``script_kb`` what came over the wire as scripts. For comparison, of Label
Studio 1.23.2 on such a machine: 1 action and 2.9 s, 6 actions and 5.4 s, 8.9 s and 6,100 KB.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

from _backlog import backlog
from _report import arguments, installation, report
from _web import Web, sessions
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

BOXES, MANY_BOXES, WIDTH, HEIGHT = 5, 12, 1024, 768
LOOK_MS = 400
WINDOW = {"width": 1440, "height": 900}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]

# Picture and boxes of another scene than `title` stand; the answer is its title.
READY = """({ title, boxes }) => {
  const now = document.querySelector("[data-part=title]")?.textContent;
  const picture = document.querySelector("[data-part=stage] .picture");
  const there = document.querySelectorAll("[data-part=stage] [data-testid^=box-]").length === boxes;
  return now && now !== title && picture?.complete && picture.naturalWidth && there ? now : null;
}"""
WATCH = """({ boxes }) => {
  window.painted = [];
  const ready = (title) => READY({ title, boxes });
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.ctrlKey) return;
    const title = document.querySelector("[data-part=title]").textContent;
    const look = () => {
      if (!ready(title)) return requestAnimationFrame(look);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.painted.push(performance.now() - event.timeStamp);
      // After the frame in which it stands has been drawn.
      return requestAnimationFrame(() => channel.port2.postMessage(null));
    };
    requestAnimationFrame(look);
  }, { capture: true });
}""".replace("READY", f"({READY})")


class Hand:
    """Somebody at the page, whose actions are counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.actions, self.title = page, 0, ""

    def press(self, key: str) -> None:
        """One key, chords included."""
        self.page.keyboard.press(key)
        self.actions += 1

    def drag_box(self, number: int, right: float, down: float) -> None:
        """Take a box by its middle and put it elsewhere."""
        box = self.page.get_by_test_id(f"box-{number}").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + right / 2, y + down / 2)
        self.page.mouse.move(x + right, y + down)
        self.page.mouse.up()
        self.actions += 1

    def wait(self, boxes: int) -> None:
        """Until another scene stands."""
        told = self.page.wait_for_function(
            READY, arg={"title": self.title, "boxes": boxes}, polling="raf", timeout=60_000
        )
        self.title = str(told.json_value())


def main() -> None:
    """Measure and print."""
    parser = arguments("Actions, seconds and waits at the annotation page.")
    parser.add_argument("--shots", type=Path, help="a folder for pictures of the page")
    options = parser.parse_args()
    rounds, loads, waits = (3, 2, 10) if options.quick else (15, 7, 60)
    # Playwright keeps an event loop on this thread, and Django would take every query for an async one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with installation() as folder, sync_playwright() as playwright:
        few = furnished(4 * rounds + loads + 10, BOXES, folder, random.Random(options.seed))
        many = furnished(waits + 20, MANY_BOXES, folder, random.Random(options.seed))
        web = Web(folder / "web.log")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        try:
            cold = [cold_load(browser, web, *few) for _ in range(loads)]
            page = signed_in(browser, web, few[1]).new_page()
            jobs = scripted(page, web, few[0], rounds, options.shots)
            painted = next_painted(signed_in(browser, web, many[1]).new_page(), web, many[0], waits)
        finally:
            browser.close()
            web.stop()
    report(
        options, question="What does a scene cost the hand?", n=rounds, **jobs,
        cold_seconds=round(statistics.median(seconds for seconds, _, _ in cold), 2), script_kb=cold[0][1],
        requests=cold[0][2], next_painted_p50_ms=round(statistics.median(painted), 1),
        next_painted_p95_ms=round(sorted(painted)[len(painted) * 95 // 100], 1), painted_scenes=len(painted),
    )  # fmt: skip


def furnished(scenes: int, objects: int, folder: Path, chance: random.Random) -> tuple[int, str]:
    """A campaign whose scenes and products have pictures of their own; with a session of an annotator."""
    from labeling.annotation.models import Campaign
    from labeling.catalog.models import Product, ProductImage, Scene

    campaign, people = backlog(scenes, objects=objects, whole=scenes)
    vertical = Campaign.objects.get(pk=campaign).vertical
    pictures = folder / "media"
    pictures.mkdir(exist_ok=True)
    for scene in Scene.objects.filter(vertical=vertical):
        scene.image = f"scene-{scene.pk}.jpg"
        (pictures / scene.image).write_bytes(drawn(WIDTH, HEIGHT, chance))
        scene.save(update_fields=["image"])
    for image in ProductImage.objects.filter(product__in=Product.objects.filter(vertical=vertical)):
        image.image = f"product-{image.pk}.jpg"
        (pictures / image.image).write_bytes(drawn(224, 224, chance))
        image.save(update_fields=["image"])
    return campaign, sessions(people[:1])[0]


def drawn(width: int, height: int, chance: random.Random) -> bytes:
    """A JPEG of about the weight of a photo of this size."""
    from PIL import Image, ImageDraw

    picture = Image.effect_noise((width // 4, height // 4), 60).resize((width, height)).convert("RGB")
    pencil = ImageDraw.Draw(picture)
    for _ in range(30):
        x, y, size = chance.randrange(width), chance.randrange(height), chance.randrange(8, 120)
        color = tuple(chance.randrange(256) for _ in range(3))
        pencil.rectangle((x, y, x + size, y + size), fill=color)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def signed_in(browser: Browser, web: Web, session: str) -> BrowserContext:
    """A fresh browser profile of an annotator."""
    context = browser.new_context(base_url=web.base, viewport=WINDOW)  # type: ignore[arg-type]
    context.add_cookies([{"name": "sessionid", "value": session, "url": web.base}])
    return context


def cold_load(browser: Browser, web: Web, campaign: int, session: str) -> tuple[float, float, int]:
    """Seconds from navigation to picture and boxes, kilobytes of scripts and requests, with nothing in the cache."""
    context = signed_in(browser, web, session)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    devtools.on("Network.responseReceived", lambda told: kinds.__setitem__(told["requestId"], told["type"]))
    devtools.on("Network.loadingFinished", lambda told: sizes.__setitem__(told["requestId"], told["encodedDataLength"]))
    start = time.perf_counter()
    page.goto(f"/annotate/{campaign}/", wait_until="commit")
    Hand(page).wait(BOXES)
    seconds = time.perf_counter() - start
    page.wait_for_timeout(500)
    scripts = sum(size for request, size in sizes.items() if kinds.get(request) == "Script")
    context.close()
    return seconds, round(scripts / 1000, 1), len(sizes)


def scripted(page: Page, web: Web, campaign: int, rounds: int, shots: Path | None) -> dict[str, Any]:
    """The two jobs in turn."""
    page.goto(f"/annotate/{campaign}/")
    hand = Hand(page)
    hand.wait(BOXES)
    costs: dict[str, list[tuple[int, float]]] = {"accept": [], "correct": []}
    for number in range(2 * rounds):
        page.wait_for_timeout(LOOK_MS)
        if shots and number < 2:
            page.screenshot(path=shots / f"hand-{number}.png")
        name = "correct" if number % 2 else "accept"
        hand.actions, start = 0, time.perf_counter()
        if name == "correct":
            # The second product, and back to the box, which is then put right.
            hand.press("2")
            hand.press(",")
            hand.drag_box(1, 25, 15)
        hand.press("Control+Enter")
        hand.wait(BOXES)
        costs[name].append((hand.actions, time.perf_counter() - start))
    page.wait_for_function("document.querySelector('[data-testid=save-light]').dataset.state === 'saved'")
    check(campaign, rounds)
    return {
        f"{name}_{what}": round(statistics.median(values), 3)
        for name, rows in costs.items()
        for what, values in zip(("actions", "seconds"), zip(*rows, strict=True), strict=True)
    }


def check(campaign: int, rounds: int) -> None:
    """The server has what the hand said: in half of the scenes one box moved and its second product taken."""
    from labeling.annotation.models import Annotation

    said = Annotation.objects.filter(campaign=campaign)
    moved = said.filter(verdict="adjusted", proposal__position=0)
    if said.count() != 2 * rounds * BOXES or moved.count() != rounds:
        raise RuntimeError(f"{said.count()} decisions and {moved.count()} moved boxes, not what was scripted")
    for each in moved.prefetch_related("proposal__candidates"):
        if each.proposal is None or each.product_id != each.proposal.candidates.all()[1].product_id:
            raise RuntimeError(f"annotation {each.pk} has another product than the second")


def next_painted(page: Page, web: Web, campaign: int, waits: int) -> list[float]:
    """Milliseconds from the submitting key to the next scene's frame, one value a scene."""
    page.goto(f"/annotate/{campaign}/")
    hand = Hand(page)
    hand.wait(MANY_BOXES)
    page.evaluate(WATCH, {"boxes": MANY_BOXES})
    for _ in range(waits):
        page.wait_for_timeout(LOOK_MS)
        hand.press("Control+Enter")
        hand.wait(MANY_BOXES)
    page.wait_for_timeout(LOOK_MS)
    return [float(each) for each in page.evaluate("window.painted")]


if __name__ == "__main__":
    main()
