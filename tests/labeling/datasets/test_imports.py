"""Other people's labels as proposals, decisions or gold: matched, once, resumable, and nothing of a broken file."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from labeling.annotation.models import Annotation, Assignment, Campaign, Gold, Verdict
from labeling.annotation.services import assignment_lend
from labeling.catalog.models import Scene
from labeling.common.errors import ApplicationError
from labeling.common.jobs import SILENT_AFTER, job_cancel, job_resume, job_take
from labeling.common.models import Job
from labeling.datasets.formats import FORMATS, Dataset, ObjectRow, SceneRow, format_write
from labeling.datasets.models import Pair
from labeling.datasets.services import TakenAs, import_queue, import_run, importing, uploads_drop
from labeling.inference.models import ModelVersion, Proposal, Scan
from labeling.tags.models import Tag
from models_ml.types import Box
from tests.world import World, make_scene, picture

SOFA, LAMP = Box(0.1, 0.4, 0.6, 0.9), Box(0.7, 0.1, 0.9, 0.5)


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to a broker that other tests' workers listen to."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)


def labels(world: World) -> list[SceneRow]:
    """Two scenes that are here, and one that is not."""
    return [
        row(world.scene, ObjectRow(SOFA, "sofa", "sofa-0", "exact"), ObjectRow(LAMP, "lamp", "lamp-1", "similar")),
        row(world.other_scene, ObjectRow(SOFA, "Sofa")),
        SceneRow("attic", "images/attic.jpg", 64, 48, (ObjectRow(LAMP, "lamp"),)),
    ]


def row(scene: Scene, *objects: ObjectRow) -> SceneRow:
    return SceneRow(scene.external_id, scene.image, scene.width, scene.height, objects)


def brought(world: World, path: Path, name: str = "coco", **asked: object) -> Job:
    """Ask for an import and let a worker do it."""
    asked = {"taken_as": TakenAs.PROPOSALS, **asked}
    job = import_queue(
        vertical=world.vertical, path=path, name=path.name, format_name=name, actor=world.cora, **asked  # type: ignore[arg-type]
    )  # fmt: skip
    import_run(job_id=job.pk)
    job.refresh_from_db()
    return job


def file_of(world: World, folder: Path, rows: list[SceneRow], name: str = "coco") -> Path:
    path = folder / f"labels.{FORMATS[name].suffix}"
    format_write(name, Dataset("theirs", ["Sofa", "lamp", "sofa", "ufo"], rows), path)
    return path


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_it_works_from_every_format(name: str, world: World, tmp_path: Path) -> None:
    job = brought(world, file_of(world, tmp_path, labels(world), name), name)
    assert job.state == Job.State.DONE, job.message
    assert job.result["scenes_new"] == 2 and job.result["boxes_new"] == 3
    assert (job.result["missing"], job.result["missing_names"]) == (1, job.result["missing_names"][:1])
    scan = Scan.objects.exclude(detector=world.detector).get(scene=world.scene)
    first, second = scan.proposals.order_by("position")
    assert first.box == pytest.approx(SOFA, abs=1e-6) and first.category == world.sofa
    assert [(each.product, each.rank) for each in first.candidates.all()] == [(world.sofas[0], 1)]
    assert second.candidates.get().product == world.lamps[1]
    (only,) = Scan.objects.exclude(detector=world.detector).get(scene=world.other_scene).proposals.all()
    assert only.category == world.sofa and not only.candidates.exists()


def test_scenes_are_known_by_id_by_content_and_by_name(world: World, tmp_path: Path) -> None:
    third = make_scene(world.vertical, "IMG_3")
    rows = [
        SceneRow("room-1", "anything.jpg", 64, 48, (ObjectRow(SOFA, "sofa"),)),
        SceneRow("", f"elsewhere/{world.other_scene.sha256}.png", 64, 48, (ObjectRow(SOFA, "sofa"),)),
        SceneRow("", "photos/IMG_3.JPG", 64, 48, (ObjectRow(SOFA, "sofa"),)),
        SceneRow("", "room-1", 64, 48, ()),
    ]
    job = brought(world, file_of(world, tmp_path, rows))
    assert job.result["scenes_new"] == 3 and job.result["twice_names"] == ["room-1"]
    found = set(Scan.objects.exclude(detector=world.detector).values_list("scene", flat=True))
    assert found == {world.scene.pk, world.other_scene.pk, third.pk}


def test_a_second_time_nothing_is_doubled(world: World, tmp_path: Path) -> None:
    path = file_of(world, tmp_path, labels(world))
    brought(world, path)
    before = Proposal.objects.count(), ModelVersion.objects.count()
    job = brought(world, path)
    assert (job.result["scenes_new"], job.result["scenes_there"]) == (0, 2)
    assert (Proposal.objects.count(), ModelVersion.objects.count()) == before
    versions = ModelVersion.objects.filter(path__startswith="labels/")
    assert {each.kind for each in versions} == {"detector", "embedder"} and not versions.filter(live=True).exists()


def test_missing_pictures_are_told_and_brought_in_later(world: World, tmp_path: Path) -> None:
    job = brought(world, file_of(world, tmp_path, labels(world)))
    assert job.result["missing_names"] == ["images/attic.jpg"]
    attic = make_scene(world.vertical, "attic")
    job_resume(job=job, actor=world.cora)
    assert import_run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.result["scenes_new"], job.result["scenes_there"], job.result.get("missing")) == (1, 2, None)
    assert attic.proposals.count() == 1


def test_pictures_come_in_from_a_folder(world: World, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "attic.jpg").write_bytes(picture("#123456"))
    rows = [*labels(world), SceneRow("", "../../etc/passwd", 9, 9, (ObjectRow(LAMP, "lamp"),))]
    rows += [SceneRow("broken", "images/broken.jpg", 9, 9, (ObjectRow(LAMP, "lamp"),))]
    (tmp_path / "images" / "broken.jpg").write_bytes(picture("#123456")[:200])
    job = brought(world, file_of(world, tmp_path, rows), pictures=tmp_path)
    assert job.result["scenes_added"] == 1
    assert job.result["missing_names"] == ["../../etc/passwd", "images/broken.jpg"]
    attic = Scene.objects.get(external_id="attic")
    assert (attic.width, attic.height) == (64, 48) and attic.proposals.count() == 1


def test_a_campaign_shows_them_whatever_the_live_models_say(world: World, tmp_path: Path) -> None:
    rows = [row(world.scene, ObjectRow(LAMP, "lamp", "lamp-2"))]
    job = brought(world, file_of(world, tmp_path, rows), campaign="Theirs")
    campaign = Campaign.objects.get(name="Theirs")
    assert job.result["seats_new"] == campaign.assignments.count() == 1
    (lent,) = assignment_lend(annotator=world.ann, campaign_id=campaign.pk)
    seat = Assignment.objects.get(pk=lent.pk)
    assert seat.scan is not None and seat.scan.detector.path.startswith("labels/")
    assert [each.box for each in seat.scan.proposals.all()] == [pytest.approx(LAMP, abs=1e-6)]
    # The usual campaign still shows what the live models found.
    (usual,) = assignment_lend(annotator=world.ann, campaign_id=world.campaign.pk)
    assert Assignment.objects.get(pk=usual.pk).scan == world.proposals[0].scan


def test_as_decisions_they_become_pairs_and_tags(world: World, tmp_path: Path) -> None:
    job = brought(world, file_of(world, tmp_path, labels(world)), taken_as=TakenAs.DECISIONS)
    assert job.state == Job.State.DONE and job.result["decisions_new"] == 3
    said = Annotation.objects.filter(annotator=world.cora)
    assert set(said.values_list("verdict", flat=True)) == {Verdict.CONFIRMED}
    pairs = Pair.objects.order_by("pk")
    assert [(each.product.external_id, each.grade) for each in pairs] == [("sofa-0", "exact"), ("lamp-1", "similar")]
    assert Tag.objects.filter(scene=world.scene, state=Tag.State.LIVE).count() == 2
    assert not Assignment.objects.filter(settled=False).exclude(state=Assignment.State.WAITING).exists()
    # The same file as decisions again is another person's word in another campaign, not a pair twice in this one.
    job_resume(job=job, actor=world.cora)
    import_run(job_id=job.pk)
    assert Pair.objects.count() == 2 and said.count() == 3


def test_as_gold(world: World, tmp_path: Path) -> None:
    path = file_of(world, tmp_path, labels(world))
    job = brought(world, path, taken_as=TakenAs.GOLD)
    assert job.result["gold_new"] == Gold.objects.count() == 3
    gold = Gold.objects.get(product=world.sofas[0])
    assert (gold.scene, gold.category, gold.grade, gold.accepted, gold.authors) == (
        world.scene,
        world.sofa,
        "exact",
        True,
        [],
    )
    assert Gold.objects.get(scene=world.other_scene).product is None
    assert brought(world, path, taken_as=TakenAs.GOLD).result["gold_new"] == 0


def test_unknown_names_are_told(world: World, tmp_path: Path) -> None:
    world.vertical.class_map = {"ufo": "lamp"}
    world.vertical.save()
    rows = [row(world.scene, ObjectRow(SOFA, "ufo", "no-such"), ObjectRow(LAMP, "Sofa bed", "sofa-1"))]
    path = tmp_path / "labels.json"
    format_write("coco", Dataset("theirs", ["ufo", "Sofa bed"], rows), path)
    job = brought(world, path, taken_as=TakenAs.DECISIONS)
    assert job.result["unknown_products_names"] == ["no-such"]
    assert job.result["unknown_categories_names"] == ["Sofa bed"]
    mapped, unmapped = Proposal.objects.filter(detector_class__in=["ufo", "Sofa bed"]).order_by("position")
    assert (mapped.category, unmapped.category) == (world.lamp, None)
    # What is of no category of ours is proposed, but nothing is decided about it.
    assert Annotation.objects.get(annotator=world.cora).proposal == mapped


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("taken_as", list(TakenAs))
def test_of_a_broken_file_nothing_comes_in(name: str, taken_as: TakenAs, world: World, tmp_path: Path) -> None:
    many = [replace(labels(world)[0], scene=f"s{number}", image=f"images/s{number}.jpg") for number in range(60)]
    path = file_of(world, tmp_path, [*labels(world), *many], name)
    path.write_bytes(path.read_bytes()[: int(0.8 * path.stat().st_size)])
    before = [model.objects.count() for model in (Scan, Proposal, ModelVersion, Campaign, Gold, Annotation)]
    job = brought(world, path, name, taken_as=taken_as)
    assert job.state == Job.State.FAILED and path.name in job.message
    assert [model.objects.count() for model in (Scan, Proposal, ModelVersion, Campaign, Gold, Annotation)] == before


def test_an_empty_file_is_asked_about(world: World, tmp_path: Path) -> None:
    job = brought(world, file_of(world, tmp_path, []))
    assert job.state == Job.State.FAILED and "holds no pictures" in job.message
    with pytest.raises(ApplicationError, match="is not there"):
        brought(world, tmp_path / "nowhere.json")
    with pytest.raises(ApplicationError, match="no format"):
        brought(world, tmp_path, "docx")


def test_a_worker_that_dies_loses_and_doubles_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PORTION", 2)
    scenes = [make_scene(world.vertical, f"s{number}") for number in range(7)]
    path = file_of(world, tmp_path, [row(each, ObjectRow(SOFA, "sofa", "sofa-1")) for each in scenes])
    job = import_queue(
        vertical=world.vertical, path=path, name="x", format_name="coco", taken_as=TakenAs.DECISIONS, actor=world.cora
    )
    portion, calls = importing._Import._portion, []

    def dies(self: object, rows: object) -> object:
        calls.append(rows)
        found = portion(self, rows)  # type: ignore[arg-type]
        if len(calls) == 3:
            raise RuntimeError("killed")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(importing._Import, "_portion", dies)
        with pytest.raises(RuntimeError):
            import_run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (Job.State.FAILED, 4, 7)
    assert Annotation.objects.filter(annotator=world.cora).count() == 4
    job_resume(job=job, actor=world.cora)
    assert import_run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.done, job.result["scenes_new"], job.result["decisions_new"]) == (7, 7, 7)
    assert Annotation.objects.filter(annotator=world.cora).count() == Pair.objects.count() == 7
    assert Campaign.objects.count() == 2


def test_a_cancelled_import_keeps_what_is_in_and_goes_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PORTION", 1)
    path = file_of(world, tmp_path, labels(world)[:2])
    job = import_queue(
        vertical=world.vertical, path=path, name="x", format_name="coco", taken_as=TakenAs.PROPOSALS, actor=world.cora
    )
    portion = importing._Import._portion

    def cancelled(self: importing._Import, rows: list[SceneRow]) -> list[int]:
        found = portion(self, rows)
        if rows[0].scene == "room-2":
            job_cancel(job=job, actor=world.cora)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(importing._Import, "_portion", cancelled)
        assert not import_run(job_id=job.pk)
    mine = Scan.objects.filter(detector__path__startswith="labels/")
    assert list(mine.values_list("scene", flat=True)) == [world.scene.pk]
    Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
    job_resume(job=job, actor=world.cora)
    assert import_run(job_id=job.pk) and mine.count() == 2
    assert job_take(job_id=job.pk) is None


def test_no_other_worker_takes_over_what_takes_long(
    world: World, tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.common.jobs.ALIVE_SECONDS", 0.01)
    slow, taken = importing.fingerprint_of, []

    def long_silent(path: Path) -> str:
        job = Job.objects.get()
        Job.objects.update(updated_at=timezone.now() - 2 * SILENT_AFTER)
        while timezone.now() - Job.objects.get().updated_at > SILENT_AFTER:
            time.sleep(0.01)
        taken.append(job_take(job_id=job.pk))
        return slow(path)

    monkeypatch.setattr(importing, "fingerprint_of", long_silent)
    job = brought(world, file_of(world, tmp_path, labels(world)))
    assert (job.state, taken) == (Job.State.DONE, [None])


def test_the_command(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(world, tmp_path, labels(world))
    asked = [str(path), "--format", "coco", "--vertical", "home", "--by", "cora"]
    with pytest.raises(SystemExit) as ended:
        call_command("import_labels", *asked)
    told = capsys.readouterr()
    assert ended.value.code == 1 and "images/attic.jpg: not in the catalogue" in told.err
    assert "2 scenes got labels" in told.out and "3 boxes" in told.out
    make_scene(world.vertical, "attic")
    call_command("import_labels", *asked, "--as", "gold")
    assert "1 scenes got labels, 2 had them already" in capsys.readouterr().out
    with pytest.raises(CommandError, match="nobody called “nobody”"):
        call_command("import_labels", *asked[:-1], "nobody")
    path.write_text("{")
    with pytest.raises(CommandError, match=r"labels\.json:1"):
        call_command("import_labels", *asked)


def test_a_folder_of_labels(world: World, tmp_path: Path) -> None:
    format_write("yolo", Dataset("theirs", ["lamp", "sofa"], labels(world)[:1]), tmp_path / "yolo")
    shutil.rmtree(tmp_path / "yolo" / "pairs")
    (tmp_path / "yolo" / "notes.json").write_text(json.dumps({}))
    job = brought(world, tmp_path / "yolo", "yolo")
    assert (job.result["scenes_new"], job.result["boxes_new"]) == (1, 2)
    assert not Path(settings.EXPORT_ROOT).exists()


def test_old_uploads_go_and_other_files_stay(world: World, tmp_path: Path) -> None:
    sent = Path(settings.IMPORT_ROOT) / "abc" / "labels.json"
    sent.parent.mkdir(parents=True)
    own = file_of(world, tmp_path, labels(world))
    shutil.copy(own, sent)
    for path in (own, sent):
        brought(world, path)
    assert uploads_drop() == 0
    Job.objects.update(finished_at=timezone.now() - timedelta(days=15))
    assert uploads_drop() == 1
    assert own.exists() and not sent.exists()
    job = Job.objects.latest("pk")
    job_resume(job=job, actor=world.cora)
    assert not import_run(job_id=job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and "labels.json" in job.message
