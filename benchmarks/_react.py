"""How soon the running system reacts: gunicorn as in the Procfile, the learner and the beat, on a database of its own."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from _web import Web, procfile_line

VISITORS = 30
TAGS = 5
ALIKE = 16
"""Answers in a row, to visitors who have never come before, that must show the new order: both web processes are among them."""
PATIENCE_S, STARTING_S = 60.0, 180.0
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"}


def react_seconds(rounds: int = 3) -> list[float]:
    """Seconds from the first click sent, all others after it, until every process serves the product first; one a round."""
    with tempfile.TemporaryDirectory(prefix="looktag-react-") as folder:
        # Visitors of a benchmark come from one address and click at once; and no look is shuffled while orders are compared.
        known = {
            "LOOKTAG_HASTY_SECONDS": "0", "LOOKTAG_EXPLORE_SHARE": "0", "LOOKTAG_EVENTS_A_MINUTE": "1000000",
            "LOOKTAG_DEEDS_AN_HOUR": "1000000",
        }  # fmt: skip
        web = Web(Path(folder) / "web.log", **known)
        try:
            with procfile_line("live", Path(folder), **known), procfile_line("beat", Path(folder), **known):
                # The first time only shows that all of them are up.
                react(web, scene_with_tags(0), patience=STARTING_S)
                return [round(react(web, scene_with_tags(number)), 2) for number in range(1, rounds + 1)]
        finally:
            web.kill()


def react(web: Web, scene: int, *, patience: float = PATIENCE_S) -> float:
    """One scene: many visitors click its third product."""
    wanted = [tag["tag"] for tag in look(web, scene)["tags"]][2]
    visits = [look(web, scene) for _ in range(VISITORS)]
    began = time.monotonic()
    for shown in visits:
        kinds = [("impression", tag["tag"]) for tag in shown["tags"]] + [("click", wanted)]
        events = [{"uuid": str(uuid.uuid4()), "kind": kind, "tag": tag} for kind, tag in kinds]
        recorded = post(web, {"token": shown["token"], "events": events})["recorded"]
        if recorded != len(events):
            raise RuntimeError(f"{recorded} of {len(events)} events were recorded")
    alike, since = 0, 0.0
    while alike < ALIKE:
        asked = time.monotonic()
        first = look(web, scene)["tags"][0]["tag"]
        since, alike = (since if alike else asked, alike + 1) if first == wanted else (0.0, 0)
        if asked - began > patience:
            raise TimeoutError(
                f"after {patience:.0f} s product {wanted} is still not first everywhere: {web.log.read_text()[-800:]}"
            )
        time.sleep(0.02)
    return since - began


def look(web: Web, scene: int) -> Any:
    """The look of a visitor who has never been here, over a connection of its own."""
    return ask(web, "GET", f"/api/looks/{scene}/", None)


def post(web: Web, body: dict[str, Any]) -> Any:
    """Send events."""
    return ask(web, "POST", "/api/events/", json.dumps(body))


def ask(web: Web, method: str, path: str, body: str | None) -> Any:
    """One request, and its answer's JSON."""
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    try:
        line.request(method, path, body, {**BROWSER, "Content-Type": "application/json"})
        answer = line.getresponse()
        told = answer.read()
    finally:
        line.close()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path} answered {answer.status}: {told[:300]!r}")
    return json.loads(told)


def scene_with_tags(number: int) -> int:
    """A scene of five automatic tags, as sure one after the other as makes no difference."""
    from labeling.catalog.models import Category, Product, Scene, Vertical
    from labeling.tags.models import Tag

    vertical, _ = Vertical.objects.get_or_create(slug="react", defaults={"name": "React"})
    category, _ = Category.objects.get_or_create(vertical=vertical, slug="sofa", defaults={"name": "Sofa"})
    scene = Scene.objects.create(
        vertical=vertical, external_id=f"scene {number}", image="x", sha256=f"{number:064d}", width=640, height=480
    )
    for place in range(TAGS):
        product = Product.objects.create(
            vertical=vertical, category=category, external_id=f"{number}-{place}", title=f"Sofa {place}"
        )
        Tag.objects.create(
            scene=scene, category=category, product=product, grade="exact", source="model", state="live", reason="sure",
            confidence=0.97 - place / 100, left=place / 6, top=0.1, right=place / 6 + 0.1, bottom=0.4,
        )  # fmt: skip
    return int(scene.pk)
