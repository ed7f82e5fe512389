"""The pages of automation, coverage and judging in Chromium, with much on them: readable, wide and narrow, by keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from labeling.tags.models import Judgement, JudgeSet, Tag
from labeling.tags.services import judge_set_draw, policy_fit, policy_stop, sure_publish
from labeling.tags.tasks import audit_published
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.test_pages import SIDEWAYS, Theme, assert_readable
from tests.labeling.tagging import propose, tagged
from tests.labeling.tags.test_audits import audit
from tests.labeling.tags.test_automation import decide_many, switch_on
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def busy(world: World, transactional_db: None) -> World:
    """Automation that was fitted, published and audited; a set to judge; a stop in another category."""
    decide_many(world)
    for number in range(1000, 1012):
        propose(world, number, score=0.95, domain="shop.example" if number % 2 else "blog.example")
    policy = policy_fit(policy=switch_on(world, target=0.85, audit_share=0.6))
    sure_publish(policy=policy)
    audit_published()
    audit(world, wrong=1)
    tagged(world, proposal=propose(world, 2000, score=0.9))
    judge_set_draw(vertical=world.vertical, seed=1, count=4)
    return world


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(busy: World, visit: Visit, tmp_path: Path, theme: Theme) -> None:
    tag = Tag.objects.filter(source="model", audit__isnull=False).earliest("pk")
    page = visit(busy.cora, theme=theme).page
    places = {"automation": [], "coverage": [], "tag": [tag.pk]}
    for name, arguments in places.items():
        for width in ("wide", "narrow"):
            page.set_viewport_size({"width": 1440, "height": 900} if width == "wide" else NARROW)  # type: ignore[arg-type]
            page.goto(reverse(f"curate-{name}", args=arguments), wait_until="networkidle")
            page.screenshot(path=tmp_path / f"{name}-{theme}-{width}.png", full_page=True)
            assert_readable(page)
            assert page.evaluate(SIDEWAYS) <= 0, (name, width)
    page.goto(reverse("curate-coverage"))
    expect(page.locator(".chart-line")).to_have_count(3)


def test_judging_needs_no_mouse(busy: World, visit: Visit, tmp_path: Path) -> None:
    drawn = JudgeSet.objects.get()
    page = visit(busy.ann).page
    page.goto(reverse("judge-set", args=[drawn.pk]), wait_until="networkidle")
    page.screenshot(path=tmp_path / "judge-wide.png", full_page=True)
    page.keyboard.press("1")
    expect(page.get_by_text("3 left")).to_be_visible()
    page.keyboard.press("3")
    expect(page.get_by_text("2 left")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("3 left")).to_be_visible()
    [given] = Judgement.objects.all()
    assert (given.judge, given.grade) == (busy.ann, "exact")
    assert given.seconds is not None and given.seconds >= 0
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.screenshot(path=tmp_path / "judge-narrow.png", full_page=True)
    assert page.evaluate(SIDEWAYS) <= 0


def test_a_stop_is_told_where_the_curator_begins(busy: World, visit: Visit, tmp_path: Path) -> None:
    policy_stop(policy=switch_on(busy), reason="blind audits found 7 of 20 wrong, which proves less than 95% right.")
    page = visit(busy.cora).page
    page.goto(reverse("curate-home"), wait_until="networkidle")
    page.screenshot(path=tmp_path / "stopped.png")
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_text("Stopped: blind audits found 7 of 20 wrong")).to_be_visible()
