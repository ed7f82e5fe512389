"""The registry's pages: curators see versions, compare two, promote and go back; others find nothing there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from labeling.datasets.models import Snapshot
from labeling.datasets.services import pairs_admit, snapshot_freeze
from labeling.inference.models import ModelVersion
from labeling.inference.services import version_go_live
from labeling.training.models import Comparison, Promotion, Schedule, TrainingRun
from labeling.training.services import comparison_record, run_queue
from labeling.web.charts import step_chart
from labeling.web.templatetags.measures import signed
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import resolve
from tests.world import World, make_version

REPORT = {
    "figure": "map50", "ours": 0.61, "theirs": 0.52, "difference": 0.09, "low": 0.03, "high": 0.15, "scenes": 40,
    "better": True,
    "per_category": [{"category": "sofa", "ours": 0.61, "theirs": None, "asked": 12}],
    "pictures": [
        {
            "scene": "room-1", "gain": 1,
            "ours": [{"box": [0.1, 0.4, 0.6, 0.9], "label": "sofa 0.91", "found": "", "state": "right"}],
            "theirs": [{"box": [0.1, 0.4, 0.6, 0.9], "label": "sofa", "found": "", "state": "missed"}],
        }
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the pages enqueue, instead of a broker that other tests' workers listen to."""
    messages: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, args=(), *rest, **more: messages.append((self.name, *args))
    )
    return messages


@pytest.fixture
def snapshot(world: World) -> Snapshot:
    pairs_admit(resolutions=[resolve(world)])
    return snapshot_freeze(vertical=world.vertical)


@pytest.fixture
def compared(world: World, snapshot: Snapshot) -> Comparison:
    """A second detector beside the live one."""
    version = make_version(world.vertical, "detector", number=2, live=False)
    comparison = Comparison.objects.create(snapshot=snapshot, version=version, other=world.detector)
    return comparison_record(comparison_id=comparison.pk, report=REPORT)


def pages(world: World, compared: Comparison) -> list[str]:
    run = run_queue(snapshot=compared.snapshot, kind="detector", config={"steps": 5})
    return [
        "/curate/models/",
        f"/curate/models/{compared.version_id}/",
        f"/curate/models/compare/{compared.pk}/",
        f"/curate/runs/{run.pk}/",
    ]


def test_curators_open_them_and_others_do_not(world: World, compared: Comparison) -> None:
    for page in pages(world, compared):
        assert signed_in(world.cora).get(page).status_code == 200, page
        assert Client().get(page).status_code == 302
        for other in (world.ann, world.bram):
            assert signed_in(other).get(page).status_code == 404, page


def test_what_changes_is_refused_to_others(world: World, compared: Comparison, snapshot: Snapshot) -> None:
    version = compared.version
    posts = {
        f"/curate/models/{version.pk}/promote/": {"reason": "x"},
        f"/curate/models/{world.vertical.pk}/detector/back/": {},
        "/curate/models/compare/": {"version": version.pk, "other": world.detector.pk, "snapshot": snapshot.pk},
        "/curate/runs/schedule/": {"vertical": world.vertical.pk, "kind": "detector", "every_pairs": 5, "minutes": 1},
    }
    for path, body in posts.items():
        assert Client().post(path, body).status_code == 302
        for other in (world.ann, world.bram):
            assert signed_in(other).post(path, body).status_code == 404, path
        assert signed_in(world.cora).get(path).status_code == 405
    assert not Promotion.objects.exists() and not Schedule.objects.exists() and Comparison.objects.count() == 1


def test_a_comparison_shows_the_gain_and_where_they_differ(world: World, compared: Comparison) -> None:
    page = signed_in(world.cora).get(f"/curate/models/compare/{compared.pk}/").content.decode()
    assert "+0.090" in page and "+0.030 … +0.150" in page and "Better beyond noise" in page
    assert 'data-outline="right"' in page and 'data-outline="missed"' in page
    assert "room-1, home detector 2: 1 right, 0 wrong, 0 missed" in page
    assert page.count("<tr><td>sofa</td>") == 1
    assert f"/media/{world.scene.image}" in page


def test_a_comparison_is_asked_for_once(world: World, snapshot: Snapshot, sent: list[Any]) -> None:
    other = make_version(world.vertical, "detector", number=2, live=False)
    cora, body = signed_in(world.cora), {"version": other.pk, "other": world.detector.pk, "snapshot": snapshot.pk}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda call, **_: call())
        answers = [cora.post("/curate/models/compare/", body) for _ in "ab"]
    comparison = Comparison.objects.get()
    assert {answer.url for answer in answers} == {f"/curate/models/compare/{comparison.pk}/"}  # type: ignore[attr-defined]
    assert "A worker is looking at the scenes." in cora.get(f"/curate/models/compare/{comparison.pk}/").content.decode()
    assert ("labeling.training.tasks.compare_versions", comparison.pk) in sent
    wrong = cora.post("/curate/models/compare/", {**body, "other": world.embedder.pk}, follow=True).content.decode()
    assert "do different work. Choose two of one kind." in wrong
    same = cora.post("/curate/models/compare/", {**body, "other": other.pk}, follow=True).content.decode()
    assert "is the same as itself. Choose two versions." in same


def test_promotions_are_asked_for_and_told(world: World, compared: Comparison) -> None:
    cora, version = signed_in(world.cora), compared.version
    cora.post(f"/curate/models/{version.pk}/promote/", {"reason": "The old one is blind."})
    promotion = Promotion.objects.get()
    assert (promotion.version, promotion.reason, promotion.decided_by) == (version, "The old one is blind.", world.cora)
    assert "on its way" in cora.get("/curate/models/").content.decode()
    again = cora.post(f"/curate/models/{version.pk}/promote/", follow=True).content.decode()
    assert "is being promoted already" in again
    Promotion.objects.update(error="CheckpointError: weights and config do not fit together")
    assert "do not fit together" in cora.get("/curate/models/").content.decode()


def test_one_step_back_is_one_click(world: World, compared: Comparison) -> None:
    cora = signed_in(world.cora)
    assert "Back to" not in cora.get("/curate/models/").content.decode()
    ModelVersion.objects.filter(pk=world.detector.pk).update(live_at="2026-01-01T00:00Z")
    version_go_live(version=compared.version)
    assert f"Back to {world.detector}" in cora.get("/curate/models/").content.decode()
    cora.post(f"/curate/models/{world.vertical.pk}/detector/back/")
    assert Promotion.objects.get().version == world.detector and Promotion.objects.get().back


def test_a_schedule_is_kept(world: World) -> None:
    body = {
        "vertical": world.vertical.pk,
        "kind": "embedder",
        "every_pairs": 500,
        "minutes": 30,
        "promotes": "on",
        "enabled": "on",
    }
    cora = signed_in(world.cora)
    cora.post("/curate/runs/schedule/", body)
    schedule = Schedule.objects.get()
    assert (schedule.every_pairs, schedule.config, schedule.promotes, schedule.enabled) == (
        500,
        {"minutes": 30},
        True,
        True,
    )
    assert "after 500 new pairs" in cora.get("/curate/runs/").content.decode()
    cora.post("/curate/runs/schedule/", {**body, "enabled": ""})
    assert not Schedule.objects.get().enabled


def test_a_run_shows_its_curves_pictures_and_log(world: World, snapshot: Snapshot, settings: Any) -> None:
    run = run_queue(snapshot=snapshot, kind="embedder", config={"steps": 5})
    outlines = [{"box": [0.1, 0.4, 0.6, 0.9], "label": "sofa-0", "found": "sofa-1", "state": "wrong"}]
    TrainingRun.objects.filter(pk=run.pk).update(
        curve=[[1, 2.0], [5, 1.0]],
        judgements=[{"step": 5, "seconds": 3, "loss": 1.0, "figures": {"recall_at_1": 0.4, "recall_at_5": 0.8}}],
        pictures=[{"scene": "room-1", "outlines": outlines}, {"scene": "gone", "outlines": []}],
    )
    log = settings.MODELS_ROOT / "runs" / f"{run.pk}.log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("resumed at step 3\n<b>bold</b>\n")
    page = signed_in(world.cora).get(f"/curate/runs/{run.pk}/").content.decode()
    assert page.count("<polyline") == 3
    assert f"{world.sofas[0].title} ≠ {world.sofas[1].title}" in page
    assert "resumed at step 3" in page and "&lt;b&gt;bold&lt;/b&gt;" in page


def test_a_chart_over_steps_lies_where_it_should() -> None:
    chart = step_chart([("loss", [(0.0, 4.0), (10.0, 2.0), (20.0, 0.0)])])
    assert chart is not None
    assert chart.lines[0].points == "46.0,14.0 337.0,122.0 628.0,230.0"
    assert [tick.label for tick in chart.across] == ["0", "10", "20"]
    assert [tick.label for tick in chart.up] == ["0.00", "1.00", "2.00", "3.00", "4.00"]
    assert step_chart([("none", [])]) is None
    level = step_chart([("one", [(7.0, 0.5)])], top=1.0)
    assert level is not None and level.lines[0].points == "46.0,122.0 628.0,122.0"
    assert (signed(0.25), signed(-0.25), signed(None)) == ("+0.250", "−0.250", "–")
