"""Every page, for whoever may open it, in light and dark: sound in the console, in its requests and for a screen reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.accounts.models import Role
from labeling.accounts.services import user_create
from labeling.annotation.services import assignment_submit, campaign_fill
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.services import claim_open, claim_policy_set, claim_record
from labeling.brands.verification import Finding
from labeling.datasets.models import Snapshot
from labeling.datasets.services import assignment_settle, snapshot_freeze
from labeling.tags.models import Tag
from labeling.tags.services import judge_set_draw
from labeling.training.models import Comparison, TrainingRun
from labeling.training.services import comparison_record, run_queue
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.rooms import furnish
from tests.labeling.deciding import all_confirmed, lend_one
from tests.world import World, make_version

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)
Theme = Literal["light", "dark"]

NAMELESS_FIELDS = """() => [...document.querySelectorAll("input, select, textarea")]
  .filter((field) => !["hidden", "submit", "button", "image"].includes(field.type))
  .filter((field) => !field.labels?.length && !field.ariaLabel && !field.getAttribute("aria-labelledby") && !field.title)
  .map((field) => field.outerHTML)"""
NAMELESS_BUTTONS = """() => [...document.querySelectorAll("button, a[href]")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .filter((each) => !each.innerText.trim() && !each.ariaLabel && !each.getAttribute("aria-labelledby") && !each.title)
  .filter((each) => ![...each.querySelectorAll("img[alt]")].some((img) => img.alt))
  .map((each) => each.outerHTML)"""
TWICE = """() => [...document.querySelectorAll("[id]")].map(({ id }) => id)
  .filter((id, at, all) => all.indexOf(id) !== at)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def lively(world: World, transactional_db: None) -> World:
    """The world with something on every page: scenes decided and waiting, pairs and a look, a snapshot, claims with tags."""
    seat = lend_one(world.ann, world)
    assert seat.token is not None
    assignment_submit(
        annotator=world.ann,
        assignment_id=seat.pk,
        uuid=seat.token,
        token=seat.token,
        seconds=3.0,
        decisions=all_confirmed(world),
    )
    assignment_settle(assignment_id=seat.pk)
    campaign_fill(campaign=world.campaign, scenes=[furnish(world, None, "parlour")])
    snapshot_freeze(vertical=world.vertical, actor=world.cora)
    claim = claim_open(owner=world.bram, place="blog.example", brand=world.brand)
    claim = claim_record(claim=claim, finding=Finding(True, "Found the file."))
    claim_policy_set(claim=claim, policy=Policy.OPEN, actor=world.bram)
    claim_open(owner=world.bram, place="bram.example", brand=world.brand)
    assert Tag.objects.count() == 2
    return world


def claim_of(world: World) -> int:
    return DomainClaim.objects.get(domain="blog.example").pk


def a_run(world: World) -> TrainingRun:
    """A run in the middle of things, with curves, pictures and a log."""
    run = run_queue(snapshot=Snapshot.objects.get(), kind="detector", config={"minutes": 20.0}, actor=world.cora)
    curve = [[step, 3.0 / step**0.5] for step in range(1, 200, 4)]
    judged = [
        {"step": step, "seconds": step, "loss": 1.0, "figures": {"map50": step / 250, "map75": step / 400}}
        for step in range(20, 200, 20)
    ]
    pictures = [{"scene": scene.external_id, "outlines": OUTLINES} for scene in (world.scene, world.other_scene)]
    TrainingRun.objects.filter(pk=run.pk).update(
        state=TrainingRun.State.DONE, step=197, steps=400, curve=curve, judgements=judged, pictures=pictures
    )
    log = settings.MODELS_ROOT / "runs" / f"{run.pk}.log.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"2026-01-01 12:00:{n:02d} step {n} of 400, loss {3 / (n + 1):.3f}\n" for n in range(40)))
    return run


def a_comparison(world: World) -> Comparison:
    """Two detectors side by side, with a scene on which they differ."""
    version = make_version(world.vertical, "detector", number=2, live=False)
    comparison = Comparison.objects.create(snapshot=Snapshot.objects.get(), version=version, other=world.detector)
    missed = [{**OUTLINES[0], "label": "sofa", "state": "missed"}]
    report = {
        "figure": "map50", "ours": 0.612, "theirs": 0.553, "difference": 0.059, "low": 0.012, "high": 0.104,
        "scenes": 64, "better": True,
        "per_category": [
            {"category": name, "ours": 0.6, "theirs": theirs, "asked": 40} for name, theirs in (("sofa", 0.5), ("lamp", None))
        ],
        "pictures": [{"scene": world.scene.external_id, "gain": 1, "ours": OUTLINES, "theirs": missed}],
    }  # fmt: skip
    return comparison_record(comparison_id=comparison.pk, report=report)


OUT_OF_VIEW = """[...document.querySelectorAll('nav [aria-current="page"]')].filter(link => {
  const box = link.getBoundingClientRect(), row = link.parentElement.getBoundingClientRect();
  return box.left < Math.max(row.left, 0) - 1 || box.right > Math.min(row.right, innerWidth) + 1;
}).map(link => link.textContent)"""
OUTLINES = [
    {"box": [0.1, 0.4, 0.6, 0.9], "label": "sofa 0.91", "found": "", "state": "right"},
    {"box": [0.7, 0.1, 0.9, 0.5], "label": "lamp 0.42", "found": "", "state": "wrong"},
]
PAGES: dict[str, tuple[str, Callable[[World], list[int]]]] = {
    "login": ("", lambda world: []),
    "looks-home": ("", lambda world: []),
    "look": ("", lambda world: [world.scene.pk]),
    "annotate-home": ("ann", lambda world: []),
    "annotate-campaign": ("ann", lambda world: [world.campaign.pk]),
    "curate-home": ("cora", lambda world: []),
    "curate-campaigns": ("cora", lambda world: []),
    "curate-remarks": ("cora", lambda world: []),
    "curate-pairs": ("cora", lambda world: []),
    "curate-snapshots": ("cora", lambda world: []),
    "curate-runs": ("cora", lambda world: []),
    "curate-run": ("cora", lambda world: [a_run(world).pk]),
    "curate-models": ("cora", lambda world: []),
    "curate-model": ("cora", lambda world: [world.detector.pk]),
    "curate-comparison": ("cora", lambda world: [a_comparison(world).pk]),
    "curate-automation": ("cora", lambda world: []),
    "curate-coverage": ("cora", lambda world: []),
    "curate-ranking": ("cora", lambda world: []),
    "curate-experiments": ("cora", lambda world: [world.vertical.pk]),
    "judge-home": ("ann", lambda world: []),
    "judge-set": ("ann", lambda world: [judge_set_draw(vertical=world.vertical, seed=1, count=5).pk]),
    "curate-tag": ("cora", lambda world: [Tag.objects.earliest("pk").pk]),
    "brands-tag": ("bram", lambda world: [Tag.objects.earliest("pk").pk]),
    "brands-home": ("bram", lambda world: []),
    "brands-place": ("bram", lambda world: [claim_of(world)]),
    "brands-contests": ("sana", lambda world: []),
    "brands-tags": ("bram", lambda world: [claim_of(world)]),
    "brands-insight": ("bram", lambda world: [claim_of(world)]),
    "brands-rulings": ("bram", lambda world: [claim_of(world)]),
    "brands-notices": ("bram", lambda world: [claim_of(world)]),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_it_works(lively: World, visit: Visit, tmp_path: Path, name: str, theme: Theme) -> None:
    person, arguments = PAGES[name]
    page = visit(getattr(lively, person) if person else None, theme=theme).page
    page.goto(reverse(name, args=arguments(lively)), wait_until="networkidle")
    page.screenshot(path=tmp_path / f"{name}-{theme}.png")
    assert_readable(page)
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator("main").count() == 1


def assert_readable(page: Page) -> None:
    """What a screen reader and a narrow window need."""
    assert page.locator("html").get_attribute("lang")
    assert page.title().strip()
    assert page.locator("img:not([alt])").count() == 0
    assert page.evaluate(NAMELESS_FIELDS) == []
    assert page.evaluate(NAMELESS_BUTTONS) == []
    assert page.evaluate(TWICE) == []
    assert page.evaluate(SIDEWAYS) <= 0


@pytest.mark.parametrize("name", ["admin:index", "api-docs"])
def test_what_others_made_opens_too(lively: World, visit: Visit, tmp_path: Path, name: str) -> None:
    staff = user_create(username="stella", password="may see it all", role=Role.STAFF)
    page = visit(staff if name == "admin:index" else lively.cora).page
    page.goto(reverse(name), wait_until="networkidle")
    page.screenshot(path=tmp_path / "page.png")
    expect(page.locator("h1, h2").first).to_be_visible()
    expect(page.get_by_text("Campaigns" if name == "admin:index" else "/api/looks/{scene_id}/").first).to_be_visible()


@pytest.mark.parametrize(
    ("person", "place"),
    [("ann", "annotate-home"), ("cora", "curate-home"), ("bram", "brands-home"), ("sana", "admin:index")],
)
def test_each_role_lands_on_its_page(lively: World, visit: Visit, person: str, place: str) -> None:
    page = visit(getattr(lively, person)).page
    page.goto("/")
    page.wait_for_url(f"**{reverse(place)}")


@pytest.mark.parametrize(
    ("person", "name"),
    [("bram", "annotate-home"), ("ann", "curate-home"), ("ann", "brands-home"), ("bram", "curate-pairs")],
)
def test_what_a_role_may_not_open_is_not_there(lively: World, visit: Visit, person: str, name: str) -> None:
    visitor = visit(getattr(lively, person))
    visitor.forgive("404")
    answer = visitor.page.goto(reverse(name))
    assert answer is not None and answer.status == 404


def test_a_narrow_window_needs_no_sideways_scrolling(lively: World, visit: Visit, tmp_path: Path) -> None:
    for name, (person, arguments) in PAGES.items():
        page = visit(getattr(lively, person) if person else None).page
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(reverse(name, args=arguments(lively)), wait_until="networkidle")
        page.screenshot(path=tmp_path / f"{name}.png")
        assert page.evaluate(SIDEWAYS) <= 0, name
        assert page.evaluate(OUT_OF_VIEW) == [], name
