"""The pages of the ranking and its experiments: what a curator sees and may do, and what others get."""

from __future__ import annotations

import pytest

from labeling.common.models import Job
from labeling.datasets.models import LeakReport
from labeling.serving.models import Experiment, ExperimentPoint, ExperimentVisitor, RankerState
from labeling.serving.ranker import Ranking
from labeling.serving.services import FIT, experiment_start, version_open
from labeling.serving.tasks import fit_to_snapshot
from labeling.web.charts import band_chart, rate_chart
from tests.labeling.api.desk import signed_in
from tests.labeling.serving.test_frozen import frozen_world, own_folder  # noqa: F401
from tests.world import World


def versions(world: World, *, count: int = 3) -> RankerState:
    """Some fitted versions, the last but one refused."""
    worth = {"mean": 0.05, "error": 0.002, "effective": 900.0, "impressions": 4000}
    made = None
    for number in range(count):
        refused = number == count - 2
        made = version_open(
            vertical=world.vertical, ranking=Ranking(examination=(1.0, 0.6)), live=not refused,
            reason="Refused: <b>worse</b>" if refused else "Fitted to 40 products at tags.",
            report={"ndcg5": 0.9 + number / 100, "usual_ndcg5": 0.89, "pull": 0.2, "worth": {
                "new": worth, "live": worth | {"mean": None}}},
        )  # fmt: skip
    assert made is not None
    return made


def test_it_works(world: World) -> None:
    versions(world)
    page = signed_in(world.cora).get("/curate/ranking/").content.decode()
    assert page.count("<polyline") == 2
    assert "Refused: &lt;b&gt;worse&lt;/b&gt;" in page
    assert "new: 5.0 ± 0.4 %" in page and "worth 900 impressions" in page
    assert "similarity" in page and ">60</td>" in page


def test_before_anything_was_learned(world: World) -> None:
    assert "Nobody has looked at anything yet" in signed_in(world.cora).get("/curate/ranking/").content.decode()


def test_freezing_going_back_and_learning_on(world: World) -> None:
    live = versions(world)
    cora, address = signed_in(world.cora), f"/curate/ranking/{world.vertical.pk}/"
    cora.post(address, {"act": "freeze", "reason": "odd clicks"})
    live.refresh_from_db()
    assert (live.frozen, live.reason) == (True, "odd clicks")
    assert "odd clicks" in cora.get("/curate/ranking/").content.decode()
    cora.post(address, {"act": "resume"})
    live.refresh_from_db()
    assert not live.frozen
    cora.post(address, {"act": "back", "reason": "go back"})
    now = RankerState.objects.get(live=True)
    assert (now.number, now.frozen) == (1, True), "the refused one in between never served"
    answer = cora.post(address, {"act": "back"}, follow=True).content.decode()
    assert "There is no earlier ranking to go back to." in answer
    answer = cora.post(address, {"act": "burn"}, follow=True).content.decode()
    assert "Select a valid choice" in answer


def test_a_version_is_fitted_to_a_snapshot(world: World) -> None:
    tags, snapshot = frozen_world(world)
    assert tags
    cora, address = signed_in(world.cora), f"/curate/ranking/{world.vertical.pk}/fit/"
    assert f'<option value="{snapshot.pk}">' in cora.get("/curate/ranking/").content.decode()
    cora.post(address, {"snapshot": snapshot.pk})
    job = Job.objects.get(kind=FIT)
    assert (job.owner, job.state) == (world.cora, "waiting")
    assert "A worker fits a version to a snapshot" in cora.get("/curate/ranking/").content.decode()
    assert "is being fitted already" in cora.post(address, {"snapshot": snapshot.pk}, follow=True).content.decode()
    fit_to_snapshot(job.pk)
    live = RankerState.objects.get(live=True)
    assert live.snapshot_hash == snapshot.content_hash
    page = cora.get("/curate/ranking/").content.decode()
    assert f'title="{snapshot.content_hash}">{snapshot.content_hash[:8]}<' in page
    assert f'href="/curate/snapshots/{snapshot.pk}/">{snapshot.number}</a>' in page
    assert f"Fitted to snapshot {snapshot.number} and what" in page
    for odd in ("", "x", "999999", "²"):
        assert cora.post(address, {"snapshot": odd}).status_code == 404


def test_a_fit_that_failed_says_why(world: World) -> None:
    _, snapshot = frozen_world(world, scenes=3)
    cora = signed_in(world.cora)
    cora.post(f"/curate/ranking/{world.vertical.pk}/fit/", {"snapshot": snapshot.pk})
    LeakReport.objects.create(snapshot=snapshot, counts={"scene": 2})
    fit_to_snapshot(Job.objects.get(kind=FIT).pk)
    page = cora.get("/curate/ranking/").content.decode()
    assert "The last fit to a snapshot failed" in page and "leak (2 scene)" in page
    assert not RankerState.objects.exclude(snapshot_hash="").exists()


def test_an_experiment_is_planned_started_watched_and_stopped(world: World) -> None:
    cora, address = signed_in(world.cora), f"/curate/experiments/{world.vertical.pk}/"
    assert "No experiment yet." in cora.get(address).content.decode()
    planned = cora.get(address, {"name": "live order", "share": "50", "lift": "7"}).content.decode()
    assert "too little traffic yet" in planned and "Start it" in planned
    cora.post(f"{address}start/", {"name": "live order", "share": "50", "lift": "7"})
    experiment = Experiment.objects.get()
    assert (experiment.name, experiment.share, experiment.plan["lift"]) == ("live order", 0.5, 0.07)
    ExperimentVisitor.objects.bulk_create(
        ExperimentVisitor(experiment=experiment, visitor=str(n), arm=arm, impressions=20, clicks=clicks)
        for arm, clicks, many in (("control", 1, 300), ("treatment", 4, 310)) for n in range(many)
    )  # fmt: skip
    ExperimentPoint.objects.bulk_create(
        ExperimentPoint(experiment=experiment, visitors=100 * n, lift=0.1, low=-0.1, high=0.3) for n in (1, 2)
    )
    page = cora.get(address).content.decode()
    assert "300 visitors with the usual order, 310 with the re-ranker" in page
    assert "5.00 %" in page and "20.00 %" in page and "300.0 %" in page and "decided" in page
    assert "<polygon" in page and "Believe nothing below" not in page
    cora.post(f"/curate/experiments/{experiment.pk}/stop/", {"conclusion": "<i>it pays</i>"})
    experiment.refresh_from_db()
    assert (experiment.running, experiment.conclusion) == (False, "<i>it pays</i>")
    assert "&lt;i&gt;it pays&lt;/i&gt;" in cora.get(address).content.decode()


def test_a_lopsided_split_warns(world: World) -> None:
    experiment = experiment_start(vertical=world.vertical, name="x", share=0.5, lift=0.1, actor=world.cora)
    ExperimentVisitor.objects.bulk_create(
        ExperimentVisitor(experiment=experiment, visitor=str(n), arm="control", impressions=1) for n in range(200)
    )
    page = signed_in(world.cora).get(f"/curate/experiments/{world.vertical.pk}/").content.decode()
    assert "Believe nothing below" in page


def test_bad_plans_are_said(world: World) -> None:
    cora, address = signed_in(world.cora), f"/curate/experiments/{world.vertical.pk}/"
    page = cora.get(address, {"name": "x", "share": "0", "lift": "-1"}).content.decode()
    assert "greater than or equal to 1" in page and "Start it" not in page
    cora.post(f"{address}start/", {"name": "", "share": "50", "lift": "7"})
    assert not Experiment.objects.exists()


@pytest.mark.parametrize("name", ["ann", "bram", "mallory"])
def test_others_find_nothing_there(world: World, name: str) -> None:
    versions(world)
    experiment = experiment_start(vertical=world.vertical, name="x", share=0.5, lift=0.1, actor=world.cora)
    client, pk = signed_in(getattr(world, name)), world.vertical.pk
    for address in ("/curate/ranking/", f"/curate/experiments/{pk}/"):
        assert client.get(address).status_code == 404
    for address in (
        f"/curate/ranking/{pk}/",
        f"/curate/ranking/{pk}/fit/",
        f"/curate/experiments/{pk}/start/",
        f"/curate/experiments/{experiment.pk}/stop/",
    ):
        assert client.post(address, {"act": "freeze", "name": "y", "share": 50, "lift": 7}).status_code == 404
    experiment.refresh_from_db()
    assert experiment.running and not RankerState.objects.get(live=True).frozen


def test_charts_are_where_their_numbers_say() -> None:
    points = [{"visitors": n, "lift": 0.1, "low": -0.1, "high": 0.3} for n in (100, 200)]
    chart = band_chart("lift", points)
    assert chart is not None and band_chart("lift", points[:1]) is None
    # 216 units from -10 % at 230 up to +30 % at 14.
    assert (chart.zero, chart.lines[0].points) == ("176.0", "46.0,122.0 628.0,122.0")
    assert chart.band == "46.0,14.0 628.0,14.0 628.0,230.0 46.0,230.0"
    assert [tick.label for tick in chart.up] == ["-10%", "+0%", "+10%", "+20%", "+30%"]
    assert rate_chart([1], [("a", [0.5])]) is None
    rates = rate_chart([1, 3], [("a", [0.5, 0.6])])
    assert rates is not None and rates.lines[0].last == "0.600"
