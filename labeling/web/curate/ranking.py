"""The live ranking: its versions, what the guards see, and the switches; and the experiments that put it to the proof."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.common.jobs import OPEN, jobs_recent
from labeling.common.models import Job
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import snapshots_of
from labeling.serving import trials
from labeling.serving.experiments import MEASURES, arms_of, experiments_of, points_of
from labeling.serving.models import Experiment, RankerState
from labeling.serving.selectors import ranker_history, ranker_live
from labeling.serving.services import (
    FIT,
    experiment_start,
    experiment_stop,
    fit_queue,
    plan_of,
    ranker_freeze,
    ranker_resume,
    ranker_step_back,
)
from labeling.serving.tasks import fit_to_snapshot
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.charts import band_chart, rate_chart
from labeling.web.curate.jobs import worker_lacks

VERSIONS_SHOWN = 20
SNAPSHOTS_OFFERED = 50
CHARTED = 60
EXPERIMENTS_A_PAGE = 10


class ReasonForm(forms.Form):
    """Why somebody reaches into the ranking."""

    act = forms.ChoiceField(choices=[(each, each) for each in ("freeze", "back", "resume", "skip")])
    reason = forms.CharField(max_length=200, required=False, label=_("Reason"))


class PlanForm(forms.Form):
    """An experiment as people write it, in percent."""

    name = forms.CharField(max_length=100, label=_("Name"))
    share = forms.FloatField(min_value=1, max_value=99, initial=50, label=_("Visitors with the re-ranker, %"))
    lift = forms.FloatField(min_value=0.1, max_value=500, initial=7, label=_("Lift to be found, %"))


@require_GET
@role_required(Role.CURATOR)
def curate_ranking(request: HttpRequest) -> HttpResponse:
    """Each vertical's versions, with what people's word and the log say of them."""
    jobs = jobs_recent(kinds=[FIT])
    context = {
        "verticals": [_ranking(vertical, jobs) for vertical in Vertical.objects.order_by("name")],
        "no_worker": worker_lacks(jobs.filter(state__in=OPEN)),
    }
    return render(request, "curate/ranking.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_ranking_fit(request: HttpRequest, vertical_id: int) -> HttpResponse:
    """Have a worker fit a version to a snapshot."""
    vertical = get_object_or_404(Vertical, pk=vertical_id)
    asked = request.POST.get("snapshot", "")
    pk = int(asked) if asked.isascii() and asked.isdigit() else 0
    snapshot = get_object_or_404(snapshots_of(vertical=vertical), pk=pk)
    with rules_as_messages(request, _("A worker fits it. It serves as soon as nothing speaks against it.")):
        job = fit_queue(snapshot=snapshot, actor=person(request))
        fit_to_snapshot.delay_on_commit(job.pk)
    return back(request, "curate-ranking")


@require_POST
@role_required(Role.CURATOR)
def curate_ranking_act(request: HttpRequest, vertical_id: int) -> HttpResponse:
    """Freeze the live ranking, go one step back, or let it learn on."""
    vertical = get_object_or_404(Vertical, pk=vertical_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-ranking")
    act, reason, who = form.cleaned_data["act"], form.cleaned_data["reason"], person(request)
    with rules_as_messages(request, _("Done. It holds from the next look on.")):
        if act == "freeze":
            ranker_freeze(vertical=vertical, reason=reason, actor=who)
        elif act == "back":
            ranker_step_back(vertical=vertical, reason=reason, actor=who)
        else:
            ranker_resume(vertical=vertical, actor=who, skip=act == "skip")
    return back(request, "curate-ranking")


@require_GET
@role_required(Role.CURATOR)
def curate_experiments(request: HttpRequest, vertical_id: int) -> HttpResponse:
    """What is running and what was found; and, for a plan that was filled in, its power before it starts."""
    vertical = get_object_or_404(Vertical, pk=vertical_id)
    asked = "lift" in request.GET
    form = PlanForm(request.GET if asked else None)
    plan = None
    if asked and form.is_valid():
        plan = plan_of(vertical=vertical, share=form.cleaned_data["share"] / 100, lift=form.cleaned_data["lift"] / 100)
    page = Paginator(experiments_of(vertical=vertical), EXPERIMENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "vertical": vertical,
        "form": form,
        "plan": plan,
        "power": [(days, 100 * power) for days, power in plan["power"]] if plan else [],
        "page": page,
        "experiments": [_experiment(each) for each in page],
        "tab": "ranking",
    }
    return render(request, "curate/experiments.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_experiment_start(request: HttpRequest, vertical_id: int) -> HttpResponse:
    """Split the visitors from the next look on."""
    vertical = get_object_or_404(Vertical, pk=vertical_id)
    form = PlanForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-experiments", vertical_id)
    given = form.cleaned_data
    with rules_as_messages(request, _("Started. Visitors are split from the next look on.")):
        experiment_start(
            vertical=vertical,
            name=given["name"],
            share=given["share"] / 100,
            lift=given["lift"] / 100,
            actor=person(request),
        )
    return back(request, "curate-experiments", vertical_id)


@require_POST
@role_required(Role.CURATOR)
def curate_experiment_stop(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Give everybody the re-ranker again, with what was concluded."""
    experiment = get_object_or_404(Experiment, pk=experiment_id)
    with rules_as_messages(request, _("Stopped. What was found stays here.")):
        experiment_stop(experiment=experiment, conclusion=request.POST.get("conclusion", ""), actor=person(request))
    return back(request, "curate-experiments", experiment.vertical_id)


def _ranking(vertical: Vertical, jobs: QuerySet[Job]) -> dict[str, Any]:
    versions = list(ranker_history(vertical=vertical)[:CHARTED])
    snapshots = list(snapshots_of(vertical=vertical)[:SNAPSHOTS_OFFERED])
    latest = jobs.filter(parameters__vertical=vertical.pk).first()
    fitted = [each for each in reversed(versions) if each.report.get("ndcg5") is not None]
    live = ranker_live(vertical=vertical)
    return {
        "vertical": vertical,
        "live": live,
        "versions": _versions(vertical, versions[:VERSIONS_SHOWN]),
        "snapshots": snapshots,
        "fit": latest if latest is not None and latest.state in {*OPEN, Job.State.FAILED} else None,
        "relevance": rate_chart(
            [each.number for each in fitted],
            [
                (str(_("nDCG@5 of the version")), [each.report["ndcg5"] for each in fitted]),
                (str(_("nDCG@5 of the usual order")), [each.report["usual_ndcg5"] for each in fitted]),
            ],
        ),
        "examination": list(enumerate((100 * each for each in _of(live, "examination", [])), start=1)),
        "weights": _weights(live),
    }


def _versions(vertical: Vertical, versions: Sequence[RankerState]) -> list[dict[str, Any]]:
    """Each with what it saw, and the snapshot it was fitted to."""
    hashes = {each.snapshot_hash for each in versions} - {""}
    fitted_to = {each.content_hash: each for each in snapshots_of(vertical=vertical).filter(content_hash__in=hashes)}
    return [_version(each, fitted_to.get(each.snapshot_hash)) for each in versions]


def _version(version: RankerState, snapshot: Snapshot | None) -> dict[str, Any]:
    worth = version.report.get("worth", {})
    return {
        "version": version,
        "snapshot": snapshot,
        "usual": version.report.get("usual_ndcg5"),
        "ndcg": version.report.get("ndcg5"),
        "pull": version.report.get("pull"),
        "worth": [
            (name, 100 * each["mean"], 196 * each["error"], each["effective"])
            for name, each in worth.items()
            if each["mean"] is not None
        ],
    }


def _of(live: RankerState | None, name: str, default: Any) -> Any:
    return live.state.get(name, default) if live else default


def _weights(live: RankerState | None) -> list[tuple[str, float]]:
    model = _of(live, "model", {})
    named = zip(model.get("names", ()), model.get("merit", ()), strict=True)
    return sorted(((name, weight) for name, weight in named if weight), key=lambda item: -abs(item[1]))


def _experiment(experiment: Experiment) -> dict[str, Any]:
    measured = {what: arms_of(experiment=experiment, what=what) for what in MEASURES}
    rows = [(what, trials.finding(arms["control"], arms["treatment"])) for what, arms in measured.items()]
    arms = measured["clicks"]
    split = trials.mismatch(arms["control"].visitors, arms["treatment"].visitors, experiment.share)
    return {
        "experiment": experiment,
        "arms": arms,
        "rows": [_row(what, found) for what, found in rows],
        "split": split,
        "mismatch": split < trials.MISMATCH_ALPHA,
        "chart": band_chart(str(_("lift of clicks")), points_of(experiment=experiment)),
    }


def _row(what: str, found: trials.Finding) -> dict[str, Any]:
    """Percentages."""
    names = ("control", "treatment", "lift", "low", "high")
    told = {name: None if (value := getattr(found, name)) is None else 100 * value for name in names}
    return {"what": what, "p": f"{found.p:.4f}" if found.p >= 1e-4 else "< 0.0001", "decided": found.decided, **told}
