"""The page of exports and imports: who may open it, what it says, what its forms do, and downloads that go on."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.common.models import Job
from labeling.datasets.formats import FORMATS, PARQUET, Dataset, ObjectRow, SceneRow, format_write
from labeling.datasets.models import Pair
from labeling.datasets.services import export_queue, export_write, import_run, pairs_admit, snapshot_freeze
from labeling.inference.models import Scan
from models_ml.types import Box
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import resolve
from tests.world import World, make_scene


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to a broker that other tests' workers listen to."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)


@pytest.fixture
def done(world: World) -> Job:
    """An export that is finished."""
    pairs_admit(resolutions=[resolve(world)])
    job = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    export_write(job_id=job.pk)
    job.refresh_from_db()
    return job


def test_it_works(world: World, done: Job) -> None:
    page = signed_in(world.cora).get("/curate/transfers/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "COCO" in text and f"/curate/transfers/{done.pk}/file/" in text and 'data-live="false"' in text


@pytest.mark.parametrize("path", ["/curate/transfers/", "/curate/pairs/export/coco/", "/curate/pairs/export/voc/"])
def test_no_page_loads_what_writes_parquet(path: str, world: World, done: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, PARQUET, raising=False)
    # An import of it would fail now.
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    cora = signed_in(world.cora)
    answer: Any = cora.get(path)
    assert answer.status_code == 200 and (answer.getvalue() if answer.streaming else answer.content)
    with pytest.raises(ModuleNotFoundError, match="pyarrow"):
        next(cora.get("/curate/pairs/export/parquet/").streaming_content)


def test_parquet_streams_from_the_page(world: World, done: Job) -> None:
    sent: Any = signed_in(world.cora).get("/curate/pairs/export/parquet/")
    table = pq.read_table(pa.BufferReader(sent.getvalue()))
    assert table.column("product").to_pylist() == [Pair.objects.get().product.external_id]


@pytest.mark.parametrize("name", ["ann", "bram", "mallory"])
def test_others_find_nothing_there(name: str, world: World, done: Job) -> None:
    person = signed_in(getattr(world, name))
    for path in ("", "export/", "import/", f"{done.pk}/cancel/", f"{done.pk}/resume/", f"{done.pk}/file/"):
        assert person.get(f"/curate/transfers/{path}").status_code in {404, 405}
        assert person.post(f"/curate/transfers/{path}").status_code in {404, 405}
    assert person.get("/curate/pairs/export/coco/").status_code == 404
    assert Job.objects.count() == 1


def test_the_export_form(world: World, done: Job) -> None:
    cora = signed_in(world.cora)
    given = {
        "export-vertical": world.vertical.pk,
        "export-format_name": "voc",
        "export-pictures": "on",
        "export-snapshot": "",
    }
    assert cora.post("/curate/transfers/export/", given).status_code == 302
    job = Job.objects.latest("pk")
    assert (job.kind, job.state, job.owner) == ("export", Job.State.WAITING, world.cora)
    assert (job.parameters["format"], job.parameters["pictures"]) == ("voc", True)
    page = cora.post("/curate/transfers/export/", given | {"export-format_name": "coco"}, follow=True)
    assert "holds no pictures" in page.content.decode()
    page = cora.post("/curate/transfers/export/", given | {"export-format_name": "docx"}, follow=True)
    assert "Format: " in page.content.decode() and Job.objects.count() == 2


def test_the_import_form(world: World, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    rows = [
        SceneRow("room-1", "", 64, 48, (ObjectRow(Box(0.1, 0.1, 0.5, 0.5), "sofa"),)),
        SceneRow("attic", "a.jpg", 9, 9),
    ]
    format_write("coco", Dataset("theirs", ["sofa"], rows), path)
    cora = signed_in(world.cora)
    given: dict[str, Any] = {
        "import-vertical": world.vertical.pk,
        "import-format_name": "coco",
        "import-taken_as": "proposals",
    }
    upload = SimpleUploadedFile("../../sly name.json", path.read_bytes())
    assert cora.post("/curate/transfers/import/", given | {"import-labels": upload}).status_code == 302
    job = Job.objects.latest("pk")
    kept = Path(job.parameters["path"])
    assert kept.is_relative_to(Path(settings.IMPORT_ROOT).resolve()) and kept.read_bytes() == path.read_bytes()
    assert import_run(job_id=job.pk)
    assert Scan.objects.filter(detector__path__startswith="labels/", scene=world.scene).exists()
    page = cora.get("/curate/transfers/").content.decode()
    assert "not in the catalogue" in page and "a.jpg" in page and "Look for the missing ones again" in page
    make_scene(world.vertical, "attic")
    assert cora.post(f"/curate/transfers/{job.pk}/resume/").status_code == 302
    assert import_run(job_id=job.pk)
    assert "Look for the missing ones again" not in cora.get("/curate/transfers/").content.decode()
    page = cora.post("/curate/transfers/import/", given, follow=True).content.decode()
    assert "File or archive of labels: " in page and Job.objects.count() == 1


def test_cancel_and_resume(world: World, done: Job) -> None:
    cora = signed_in(world.cora)
    job = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    page = cora.get("/curate/transfers/").content.decode()
    assert "waits for a worker" in page and f"/curate/transfers/{job.pk}/cancel/" in page
    cora.post(f"/curate/transfers/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert "cannot be cancelled" in cora.post(f"/curate/transfers/{job.pk}/cancel/", follow=True).content.decode()
    cora.post(f"/curate/transfers/{job.pk}/resume/")
    job.refresh_from_db()
    assert job.state == Job.State.WAITING
    assert cora.get(f"/curate/transfers/{job.pk}/file/").status_code == 404


def test_progress_and_time_left(world: World) -> None:
    job = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    now = timezone.now()
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, done=250, total=1000, started_at=now - timedelta(seconds=10), updated_at=now
    )
    page = signed_in(world.cora).get("/curate/transfers/").content.decode()
    assert 'value="250" max="1000"' in page and "250 of 1000 pairs" in page and "about 30 s left" in page


def test_a_job_outlives_its_dataset(world: World, done: Job) -> None:
    garden = Vertical.objects.create(slug="garden", name="Garden")
    export_queue(vertical=garden, format_name="coco", actor=world.cora)
    garden.delete()
    lost = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    Job.objects.filter(pk=lost.pk).update(parameters={**lost.parameters, "snapshot": 999_999})
    page = signed_in(world.cora).get("/curate/transfers/").content.decode()
    assert page.count("a dataset that is no more") == 2 and "Home" in page


def test_more_jobs_ask_no_more_queries(world: World, done: Job) -> None:
    cora, frozen = signed_in(world.cora), snapshot_freeze(vertical=world.vertical)
    counts = []
    for _ in range(3):
        for snapshot in (frozen, None):
            export_queue(vertical=world.vertical, format_name="coco", snapshot=snapshot, actor=world.cora)
        with CaptureQueriesContext(connection) as asked:
            cora.get("/curate/transfers/")
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("there", [True, False])
def test_no_worker_is_said_aloud(there: bool, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("labeling.web.curate.jobs.worker_known", lambda queue: asked.append(queue) or there)
    job = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    cora = signed_in(world.cora)
    assert "No worker is running" not in cora.get("/curate/transfers/").content.decode() and asked == []
    Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - timedelta(seconds=30))
    assert ("No worker is running" in cora.get("/curate/transfers/").content.decode()) != there
    assert asked == ["default"]


def test_a_download_goes_on_where_it_was(world: World, done: Job) -> None:
    cora = signed_in(world.cora)
    path = f"/curate/transfers/{done.pk}/file/"
    whole = b"".join(cora.get(path))
    assert json.loads(whole)["annotations"]
    rest = cora.get(path, headers={"Range": "bytes=10-"})
    assert (rest.status_code, b"".join(rest)) == (206, whole[10:])
    assert rest["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    assert int(rest["Content-Length"]) == len(whole) - 10
    for odd in ("bytes=0-", "bytes=-5", "bytes=9999999-", "bytes=1-2", "lines=3-", f"bytes={'9' * 40}-"):
        answer = cora.get(path, headers={"Range": odd})
        assert (answer.status_code, b"".join(answer)) == (200, whole)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_straight_to_a_file(name: str, world: World, done: Job, tmp_path: Path) -> None:
    answer = signed_in(world.cora).get(f"/curate/pairs/export/{name}/?vertical=home")
    assert answer.streaming and f'filename="home-{name}.{FORMATS[name].suffix}"' in answer["Content-Disposition"]
    path = tmp_path / f"x.{FORMATS[name].suffix}"
    path.write_bytes(b"".join(answer))
    (scene,) = FORMATS[name].read(path)
    assert (scene.scene, len(scene.objects)) == ("room-1", 1)
    assert signed_in(world.cora).get(f"/curate/pairs/export/{name}/?vertical=garden").status_code == 404
    assert signed_in(world.cora).get("/curate/pairs/export/docx/").status_code == 404
