"""Exports as jobs: the right pairs in a whole file, progress, cancelling, taking over, a full disk; and the command."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from labeling.catalog.models import Vertical
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.jobs import (
    SILENT_AFTER,
    JobStopped,
    Pace,
    job_cancel,
    job_resume,
    job_take,
    jobs_to_nudge,
    seconds_left,
)
from labeling.common.models import AuditEvent, Job
from labeling.datasets.formats import FORMATS
from labeling.datasets.models import Pair
from labeling.datasets.selectors import dataset_of, exporting
from labeling.datasets.services import (
    EXPORT,
    export_file,
    export_queue,
    export_write,
    exports_drop,
    pairs_admit,
    pairs_curate,
    snapshot_freeze,
)
from tests.labeling.tagging import resolve
from tests.world import World, make_scene


@pytest.fixture
def pairs(world: World) -> list[Pair]:
    """Two pairs of one scene, one of a wide one, and one that was withdrawn."""
    wide = make_scene(world.vertical, "wide", width=300, height=100)
    pairs_admit(
        resolutions=[
            resolve(world),
            resolve(world, scene=wide, box=(0.5, 0.0, 1.0, 1.0), product=world.lamps[1], grade="similar"),
            resolve(world, box=(0.6, 0.6, 0.9, 0.9), product=world.sofas[2]),
            resolve(world, product=world.sofas[1]),
        ]
    )
    found = list(Pair.objects.order_by("pk"))
    pairs_curate(pairs=[found[-1].pk], verb="withdraw", actor=world.cora)
    return found


def exported(world: World, name: str = "coco", **asked: object) -> tuple[Job, Path | None]:
    """Ask for a file and let a worker write it."""
    job = export_queue(vertical=world.vertical, format_name=name, actor=world.cora, **asked)  # type: ignore[arg-type]
    export_write(job_id=job.pk)
    job.refresh_from_db()
    return job, export_file(job=job)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_it_works(name: str, world: World, pairs: list[Pair]) -> None:
    job, path = exported(world, name)
    assert path is not None and (job.state, job.done, job.total) == (Job.State.DONE, 3, 3)
    assert job.result == {"file": path.name, "bytes": path.stat().st_size, "pairs": 3}
    first, second = FORMATS[name].read(path)
    assert [(each.product, each.grade, each.category) for each in first.objects] == [
        ("sofa-0", "exact", "sofa"),
        ("sofa-2", "exact", "sofa"),
    ]
    assert first.objects[0].box == pytest.approx((0.2, 0.3, 0.5, 0.7), abs=1e-6)
    assert (first.scene, second.scene) == ("room-1", "wide")
    assert (second.width, second.height, second.objects[0].grade) == (300, 100, "similar")
    assert AuditEvent.objects.filter(verb="export_queue", actor=world.cora, subject_id=job.pk).exists()


def test_a_snapshot_keeps_its_splits_and_its_rows(world: World, pairs: list[Pair]) -> None:
    snapshot = snapshot_freeze(vertical=world.vertical)
    pairs_curate(pairs=[pairs[0].pk], verb="withdraw", actor=world.cora)
    _, path = exported(world, snapshot=snapshot)
    assert path is not None and path.name == f"home-{snapshot.number}-coco.json"
    scenes = list(FORMATS["coco"].read(path))
    assert sum(len(each.objects) for each in scenes) == snapshot.pairs == 3
    frozen = dict(snapshot.rows.values_list("scene__external_id", "split"))
    assert {each.scene: each.split for each in scenes} == frozen


def test_portions_lose_and_double_nothing(world: World, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        pairs_admit(resolutions=[resolve(world, box=(0.1 * number, 0.0, 0.95, 0.5))])
    whole = list(dataset_of(vertical=world.vertical).scenes)
    assert [len(each.objects) for each in whole] == [6, 1]
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(exporting, "PORTION", size)
        assert list(dataset_of(vertical=world.vertical).scenes) == whole


def test_pictures_travel_along(world: World, pairs: list[Pair]) -> None:
    _, path = exported(world, "webdataset", pictures=True)
    assert path is not None
    picture = Path(world.scene.image)
    call_command("export_pairs", path.parent / "folder", "--format", "voc", "--images")
    assert (path.parent / "folder" / "JPEGImages" / picture.name).stat().st_size > 100
    with pytest.raises(ApplicationError, match="holds no pictures"):
        export_queue(vertical=world.vertical, format_name="coco", pictures=True)


def test_what_cannot_be_asked(world: World, pairs: list[Pair]) -> None:
    with pytest.raises(ApplicationError, match="no format “docx”"):
        export_queue(vertical=world.vertical, format_name="docx")
    snapshot = snapshot_freeze(vertical=world.vertical)
    other = Vertical.objects.create(slug="garden", name="Garden")
    with pytest.raises(ApplicationError, match="of another vertical"):
        export_queue(vertical=other, format_name="coco", snapshot=snapshot)
    job = export_queue(vertical=other, format_name="coco")
    assert not export_write(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (
        Job.State.FAILED,
        "Garden has no admitted pairs yet. Confirm some in the workspace first.",
    )


def test_a_cancelled_export_leaves_nothing_and_may_be_resumed(world: World, pairs: list[Pair]) -> None:
    job = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    taken = job_take(job_id=job.pk)
    assert taken is not None
    job_cancel(job=job, actor=world.cora)
    pace = Pace(taken)
    pace.last -= 10
    with pytest.raises(JobStopped):
        pace.done(1)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED and export_file(job=job) is None
    assert not export_write(job_id=job.pk)
    with pytest.raises(ConflictError, match="has ended"):
        job_cancel(job=job, actor=world.cora)
    job_resume(job=job, actor=world.cora)
    with pytest.raises(ConflictError, match="not ended yet"):
        job_resume(job=job, actor=world.cora)
    assert export_write(job_id=job.pk)
    job.refresh_from_db()
    assert export_file(job=job) is not None
    done = AuditEvent.objects.filter(subject="common.job", subject_id=job.pk).order_by("pk")
    assert list(done.values_list("verb", flat=True)) == ["export_queue", "export_cancel", "export_resume"]


def test_cancelled_in_the_midst_of_writing(world: World, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.common.jobs.BEAT_SECONDS", 0.0)
    job = export_queue(vertical=world.vertical, format_name="stl", actor=world.cora)
    tell = Pace.done

    def cancel_first(pace: Pace, number: int) -> None:
        Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
        tell(pace, number)

    monkeypatch.setattr(Pace, "done", cancel_first)
    assert not export_write(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert not folder(job).exists()


def test_the_file_of_who_took_over_stays(world: World, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.common.jobs.BEAT_SECONDS", 0.0)
    job = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    tell = Pace.done

    def silent_then_back(pace: Pace, number: int) -> None:
        monkeypatch.setattr(Pace, "done", tell)
        Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - 2 * SILENT_AFTER)
        assert export_write(job_id=job.pk)
        tell(pace, number)

    monkeypatch.setattr(Pace, "done", silent_then_back)
    assert not export_write(job_id=job.pk)
    job.refresh_from_db()
    path = export_file(job=job)
    assert job.state == Job.State.DONE and path is not None and path.stat().st_size == job.result["bytes"]


def test_only_one_worker_has_a_job(world: World, pairs: list[Pair]) -> None:
    job = export_queue(vertical=world.vertical, format_name="coco", actor=world.cora)
    first = job_take(job_id=job.pk)
    assert first is not None and job_take(job_id=job.pk) is None
    assert jobs_to_nudge(kinds=[EXPORT]) == []
    # It fell silent: the next one takes over, and the first, should it come back, has no say any more.
    Job.objects.filter(pk=job.pk).update(updated_at=timezone.now() - 2 * SILENT_AFTER)
    assert jobs_to_nudge(kinds=[EXPORT]) == [job.pk]
    assert export_write(job_id=job.pk)
    pace = Pace(first)
    pace.last -= 10
    with pytest.raises(JobStopped):
        pace.done(1)
    job.refresh_from_db()
    assert job.state == Job.State.DONE and export_file(job=job) is not None


def test_time_left_is_at_the_pace_so_far() -> None:
    now = timezone.now()
    job = Job(
        state=Job.State.RUNNING, done=30, total=90, parameters={"from": 10}, started_at=now - timedelta(seconds=10)
    )
    job.updated_at = now
    assert seconds_left(job) == pytest.approx(30.0)
    job.done = 10
    assert seconds_left(job) is None
    assert seconds_left(Job(state=Job.State.WAITING, total=5)) is None


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_full_disk_in_the_midst_of_an_export(name: str, world: World, pairs: list[Pair]) -> None:
    with files_up_to(400):
        job, path = exported(world, name)
    assert path is None and job.state == Job.State.FAILED
    assert "no room for the file" in job.message and "then resume" in job.message
    assert not [each for each in folder(job).rglob("*") if each.is_file()]
    job_resume(job=job, actor=world.cora)
    assert export_write(job_id=job.pk)
    job.refresh_from_db()
    assert export_file(job=job) is not None and job.message == ""


def test_a_full_disk_is_told_by_the_command(world: World, pairs: list[Pair], tmp_path: Path) -> None:
    with files_up_to(400), pytest.raises(CommandError, match="Nothing of it was kept"):
        call_command("export_pairs", tmp_path / "out" / "a.json", "--format", "coco")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_picture_that_is_gone(world: World, pairs: list[Pair]) -> None:
    (Path(settings.MEDIA_ROOT) / world.scene.image).unlink()
    job, path = exported(world, "yolo", pictures=True)
    assert path is None and job.state == Job.State.FAILED
    assert world.scene.image in job.message and "export without pictures" in job.message


def test_old_files_go(world: World, pairs: list[Pair]) -> None:
    job, path = exported(world)
    assert exports_drop() == 0 and path is not None and path.exists()
    Job.objects.update(finished_at=timezone.now() - timedelta(days=15))
    assert exports_drop() == 1
    job.refresh_from_db()
    assert not path.exists() and export_file(job=job) is None and job.result["pairs"] == 3


def test_the_command(world: World, pairs: list[Pair], tmp_path: Path) -> None:
    call_command("export_pairs", tmp_path / "home", "--vertical", "home")
    assert {each.name for each in (tmp_path / "home").iterdir()} == {
        "README.md", "home.json", "home-cat.json", "home-scenes.json",
    }  # fmt: skip
    snapshot_freeze(vertical=world.vertical)
    call_command("export_pairs", tmp_path / "a.json", "--format", "coco", "--snapshot", "1")
    assert sum(len(each.objects) for each in FORMATS["coco"].read(tmp_path / "a.json")) == 3
    with pytest.raises(CommandError, match=r"no snapshot 7\. Known: 1"):
        call_command("export_pairs", tmp_path / "b.json", "--format", "coco", "--snapshot", "7")
    with pytest.raises(CommandError, match="Known: home"):
        call_command("export_pairs", tmp_path / "b.json", "--vertical", "garden")
    Vertical.objects.create(slug="garden", name="Garden")
    with pytest.raises(CommandError, match="Known: garden, home"):
        call_command("export_pairs", tmp_path / "b.json")


def folder(job: Job) -> Path:
    """Where its file would be."""
    return Path(settings.EXPORT_ROOT) / str(job.pk)


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """The system refuses to let any file of this process grow further, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
