"""Exports and imports in Chromium: the page in every state, a file asked for and saved, labels sent and brought in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from labeling.common.models import Job
from labeling.datasets.formats import FORMATS, Dataset, ObjectRow, SceneRow, format_write
from labeling.datasets.services import export_queue, export_write, import_run, pairs_admit
from labeling.inference.models import Scan
from models_ml.types import Box
from tests.e2e.browser import PATIENCE_MS, Visit
from tests.e2e.test_pages import SIDEWAYS, assert_readable
from tests.labeling.tagging import resolve
from tests.world import World

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def theirs(world: World, transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pair to export, and a file of labels of which one picture is missing. No worker is there but the test."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)
    pairs_admit(resolutions=[resolve(world)])
    path = tmp_path / "theirs.json"
    box = Box(0.1, 0.1, 0.5, 0.5)
    rows = [
        SceneRow("room-1", "a.jpg", 64, 48, (ObjectRow(box, "sofa", "sofa-1"), ObjectRow(box, "ufo"))),
        SceneRow("attic", "images/attic.jpg", 64, 48, (ObjectRow(box, "lamp"),)),
    ]
    format_write("coco", Dataset("theirs", ["lamp", "sofa", "ufo"], rows), path)
    return path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_works(
    world: World,
    theirs: Path,
    visit: Visit,
    tmp_path: Path,
    theme: Literal["light", "dark"],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("labeling.web.curate.jobs.worker_known", lambda queue: False)
    states(world)
    page = visit(world.cora, theme=theme).page
    page.goto(reverse("curate-transfers"))
    expect(page.get_by_text("No worker is running")).to_be_visible()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.screenshot(path=tmp_path / f"transfers-{theme}-{width}.png", full_page=True)
        assert_readable(page)
        assert page.evaluate(SIDEWAYS) <= 0, width


def test_a_file_is_asked_for_and_saved(world: World, theirs: Path, visit: Visit, tmp_path: Path) -> None:
    page = visit(world.cora).page
    page.goto(reverse("curate-transfers"))
    form = page.get_by_role("complementary", name="Export")
    form.get_by_label("Format").select_option("webdataset")
    form.get_by_label("With pictures").check()
    form.get_by_role("button", name="Export").click()
    expect(page.get_by_text("waits for a worker")).to_be_visible()
    export_write(job_id=Job.objects.get().pk)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download").click()
    saved = tmp_path / coming.value.suggested_filename
    coming.value.save_as(saved)
    assert saved.name == "home-webdataset.tar"
    assert [each.scene for each in FORMATS["webdataset"].read(saved)] == ["room-1"]


def test_labels_are_sent_and_brought_in(world: World, theirs: Path, visit: Visit) -> None:
    page = visit(world.cora).page
    page.goto(reverse("curate-transfers"))
    form = page.get_by_role("complementary", name="Import labels")
    form.get_by_label("File or archive of labels").set_input_files(theirs)
    form.get_by_label("Taken as").select_option("gold")
    form.get_by_role("button", name="Import").click()
    expect(page.get_by_text("waits for a worker")).to_be_visible()
    assert import_run(job_id=Job.objects.get().pk)
    page.get_by_text("1: Pictures that are not in the catalogue").click()
    expect(page.get_by_text("images/attic.jpg")).to_be_visible()
    page.get_by_role("button", name="Look for the missing ones again").click()
    expect(page.get_by_text("waits for a worker")).to_be_visible()
    assert Scan.objects.filter(detector__path__startswith="labels/", scene=world.scene).exists()


def states(world: World) -> None:
    """Jobs in every state there is."""
    for state in Job.State:
        job = export_queue(vertical=world.vertical, format_name="parquet", actor=world.cora)
        if state == Job.State.DONE:
            export_write(job_id=job.pk)
            continue
        now = timezone.now()
        error = (
            "The disk has no room for the file (No space left on device) after 3 of 9 pairs. Nothing of it was kept."
        )
        Job.objects.filter(pk=job.pk).update(
            state=state, done=120_000, total=270_000, started_at=now - timedelta(seconds=8),
            updated_at=now if state != Job.State.WAITING else now - timedelta(minutes=1),
            message=error if state == Job.State.FAILED else "",
        )  # fmt: skip
    told = {
        "missing": 340,
        "missing_names": [f"images/attic-{number}.jpg" for number in range(90)],
        "scenes_new": 9_660,
    }
    named = {
        "vertical": world.vertical.pk,
        "format": "yolo",
        "name": "a-rather-long-name-of-somebody-elses-labels-2026.zip",
    }
    Job.objects.create(
        kind="import", owner=world.cora, state=Job.State.DONE, done=10_000, total=10_000, parameters=named,
        result={**told, "boxes_new": 41_200, "unknown_categories": 2, "unknown_categories_names": ["ufo", "sofa bed"]},
    )  # fmt: skip
