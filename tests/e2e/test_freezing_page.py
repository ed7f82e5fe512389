"""A freeze in Chromium: asked for, watched, cancelled, and there without loading the page again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from labeling.common.models import Job
from labeling.datasets.models import Snapshot
from labeling.datasets.services import freeze_queue, freeze_run, snapshot_freeze
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.test_accessible import in_both_themes
from tests.e2e.test_pages import SIDEWAYS, assert_readable
from tests.labeling.datasets.pairing import plain
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(autouse=True)
def no_worker(world: World, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs to freeze, and no worker but the test."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)
    monkeypatch.setattr("labeling.web.curate.jobs.worker_known", lambda queue: False)
    plain(world, 8)


def opened(page: Page) -> Page:
    page.goto(reverse("curate-snapshots"))
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(world: World, visit: Visit, tmp_path: Path, theme: Literal["light", "dark"]) -> None:
    page = opened(visit(world.cora, theme=theme).page)
    page.get_by_label("Note").fill("Spring")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_text("waits for a worker")).to_be_visible()
    expect(page.get_by_text("Nothing is frozen yet")).to_have_count(0)
    Job.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    expect(page.get_by_text("No worker is running")).to_be_visible()
    shots(page, tmp_path, f"waits-{theme}")
    freeze_run(job_id=Job.objects.get().pk)
    expect(page.get_by_role("link", name="Home 1")).to_be_visible()
    expect(page.locator(".freeze")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_the_midst_and_failed(world: World, visit: Visit, tmp_path: Path, theme: Literal["light", "dark"]) -> None:
    snapshot_freeze(vertical=world.vertical, actor=world.cora)
    job = freeze_queue(vertical=world.vertical, actor=world.cora)
    Job.objects.update(state=Job.State.RUNNING, done=1, total=3)
    page = opened(visit(world.cora, theme=theme).page)
    expect(page.get_by_text("counts the pairs")).to_be_visible()
    shots(page, tmp_path, f"runs-{theme}")
    Job.objects.update(state=Job.State.FAILED, message="OSError: [Errno 28] No space left on device")
    expect(page.get_by_text("No space left")).to_be_visible()
    shots(page, tmp_path, f"failed-{theme}")
    assert freeze_run(job_id=job.pk) is None and Snapshot.objects.count() == 1


def test_cancelled(world: World, visit: Visit) -> None:
    page = opened(visit(world.cora).page)
    page.get_by_role("button", name="Freeze").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("nothing of it stays")).to_be_visible()
    expect(page.get_by_text("Nothing is frozen yet")).to_be_visible()
    assert Job.objects.get().state == Job.State.CANCELLED


def shots(page: Page, folder: Path, name: str) -> None:
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.screenshot(path=folder / f"freezing-{name}-{width}.png", full_page=True)
        assert_readable(page)
        assert page.evaluate(SIDEWAYS) <= 0, width
    page.set_viewport_size({"width": 1440, "height": 900})
    assert in_both_themes(page) == []
