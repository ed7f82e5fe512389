"""The pages of the ranking and its experiments in Chromium, with much on them: readable, light and dark, wide and narrow."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from labeling.datasets.models import Pair
from labeling.datasets.services import snapshot_freeze
from labeling.serving.models import ExperimentPoint, ExperimentVisitor
from labeling.serving.ranker import COLD, Ranking
from labeling.serving.services import experiment_start, version_open
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.test_pages import SIDEWAYS, Theme, assert_readable
from tests.e2e.test_trust_pages import NARROW
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def busy(world: World, transactional_db: None) -> World:
    """A day of versions, the last fitted to a snapshot, and an experiment of 900 visitors."""
    Pair.objects.create(
        vertical=world.vertical, scene=world.scene, category=world.sofa, product=world.sofas[0], grade="exact",
        source="annotators", left=0.1, top=0.4, right=0.6, bottom=0.9,
    )  # fmt: skip
    snapshot = snapshot_freeze(vertical=world.vertical, note="The first to fit to")
    for number in range(24):
        told = {"mean": 0.05 + number / 2000, "error": 0.002, "effective": 812.4, "impressions": 4000}
        version_open(
            vertical=world.vertical,
            ranking=Ranking(model=COLD, examination=tuple(1 / n**0.8 for n in range(1, 13))),
            reason="Fitted to 1480 products at tags.",
            live=number % 7 != 5,
            snapshot_hash=snapshot.content_hash if number == 23 else "",
            report={
                "ndcg5": 0.9 + 0.02 * math.sin(number / 3), "usual_ndcg5": 0.88, "pull": 0.2,
                "worth": {"new": told, "live": told, "usual": told | {"mean": 0.048}},
            },
        )  # fmt: skip
    experiment = experiment_start(vertical=world.vertical, name="Live order", share=0.5, lift=0.07, actor=world.cora)
    ExperimentVisitor.objects.bulk_create(
        ExperimentVisitor(experiment=experiment, visitor=str(n), arm=("control", "treatment")[n % 2], impressions=20,
                          clicks=2 + n % 2 + n % 3 // 2, saves=n % 5 // 4) for n in range(900)
    )  # fmt: skip
    ExperimentPoint.objects.bulk_create(
        ExperimentPoint(experiment=experiment, visitors=100 + 40 * n, lift=0.2 + 0.1 * math.sin(n), low=0.2 - 2 / (n + 2),
                        high=0.3 + 2 / (n + 2)) for n in range(20)
    )  # fmt: skip
    return world


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(busy: World, visit: Visit, tmp_path: Path, theme: Theme) -> None:
    page = visit(busy.cora, theme=theme).page
    addresses = {
        "ranking": reverse("curate-ranking"),
        "experiments": reverse("curate-experiments", args=[busy.vertical.pk]) + "?name=Next&share=50&lift=7",
    }
    for name, address in addresses.items():
        for width in ("wide", "narrow"):
            page.set_viewport_size({"width": 1440, "height": 900} if width == "wide" else NARROW)  # type: ignore[arg-type]
            page.goto(address, wait_until="networkidle")
            page.screenshot(path=tmp_path / f"{name}-{theme}-{width}.png", full_page=True)
            assert_readable(page)
            assert page.evaluate(SIDEWAYS) <= 0, (name, width)
            assert page.locator(".chart-line").count() == (2 if name == "ranking" else 1)


def test_a_fit_to_a_snapshot_is_asked_for_by_keys(busy: World, visit: Visit) -> None:
    page = visit(busy.cora).page
    page.goto(reverse("curate-ranking"), wait_until="networkidle")
    page.get_by_label("Snapshot", exact=True).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Fit to it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("A worker fits it.")).to_be_visible()
    expect(page.get_by_text("A worker fits a version to a snapshot.")).to_be_visible()


def test_a_step_back_needs_no_mouse(busy: World, visit: Visit) -> None:
    page = visit(busy.cora).page
    page.goto(reverse("curate-ranking"), wait_until="networkidle")
    page.get_by_label("Reason").focus()
    page.keyboard.type("odd clicks")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="One step back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("It holds from the next look on.")).to_be_visible()
    expect(page.locator(".notice", has_text="odd clicks")).to_be_visible()
