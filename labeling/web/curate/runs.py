"""Training runs: start one, watch it, make what it came to live, have them start by themselves."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.datasets.models import Snapshot
from labeling.inference.models import ModelVersion
from labeling.training.models import TrainingRun
from labeling.training.selectors import promotions_recent, run_log, runs_recent, schedules_all
from labeling.training.services import promotion_ask, run_cancel, run_queue, schedule_set
from labeling.training.tasks import conclude_promotion, execute_run
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.curate.figures import drawn, figures_chart, loss_chart
from labeling.web.curate.forms import ReasonForm

SHOWN = 50


class RunForm(forms.Form):
    """One attempt: a snapshot, what to train, how long."""

    snapshot = forms.ModelChoiceField(
        Snapshot.objects.select_related("vertical").order_by("-id"), empty_label=None, label=_("Snapshot")
    )
    kind = forms.ChoiceField(choices=ModelVersion.Kind.choices, label=_("Model"))
    minutes = forms.FloatField(min_value=0.1, max_value=10_000, required=False, label=_("Minutes, at most"))
    steps = forms.IntegerField(min_value=1, max_value=10_000_000, required=False, label=_("Steps"))
    learning_rate = forms.FloatField(min_value=1e-8, max_value=10, required=False, label=_("Learning rate"))
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=0, label=_("Seed"))
    promotes = forms.BooleanField(required=False, label=_("Promote it if it is better"))

    def config(self) -> dict[str, float]:
        """The knobs that were turned; the trainer has defaults for the rest."""
        given = {name: self.cleaned_data[name] for name in ("minutes", "steps", "learning_rate")}
        return {name: value for name, value in given.items() if value is not None}


class ScheduleForm(forms.Form):
    """When to retrain by itself."""

    vertical = forms.ModelChoiceField(Vertical.objects.order_by("name"), empty_label=None, label=_("Vertical"))
    kind = forms.ChoiceField(choices=ModelVersion.Kind.choices, label=_("Model"))
    every_pairs = forms.IntegerField(
        min_value=1, max_value=10_000_000, initial=1000, label=_("After so many new pairs")
    )
    minutes = forms.FloatField(min_value=0.1, max_value=10_000, initial=60, label=_("Minutes, at most"))
    promotes = forms.BooleanField(required=False, label=_("Promote it if it is better"))
    enabled = forms.BooleanField(required=False, initial=True, label=_("On"))


@require_GET
@role_required(Role.CURATOR)
def curate_runs(request: HttpRequest) -> HttpResponse:
    """Runs with progress and figures, and what was promoted."""
    runs = list(runs_recent()[:SHOWN])
    moving = {TrainingRun.State.WAITING, TrainingRun.State.RUNNING}
    context = {
        "runs": [{"run": run, "moves": run.state in moving} for run in runs],
        "moving": any(run.state in moving for run in runs),
        "promotions": promotions_recent()[:SHOWN],
        "form": RunForm(),
        "schedules": schedules_all(),
        "schedule_form": ScheduleForm(auto_id="schedule_%s"),
    }
    return render(request, "curate/runs.html", context)


@require_GET
@role_required(Role.CURATOR)
def curate_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: its curves, what it makes of test scenes, and what it has said."""
    run = get_object_or_404(runs_recent(), pk=run_id)
    context = {
        "tab": "runs",
        "run": run,
        "moves": run.state in {TrainingRun.State.WAITING, TrainingRun.State.RUNNING},
        "losses": loss_chart(run),
        "figures": figures_chart(run),
        "pictures": drawn(run.snapshot.vertical, run.kind, run.pictures),
        "log": run_log(run_id=run.pk),
    }
    return render(request, "curate/run.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_run_start(request: HttpRequest) -> HttpResponse:
    """Queue a run."""
    form = RunForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-runs")
    given = form.cleaned_data
    with rules_as_messages(request, _("Queued. A trainer takes it up as soon as one is free.")):
        run = run_queue(
            snapshot=given["snapshot"],
            kind=ModelVersion.Kind(given["kind"]),
            config=form.config(),
            seed=given["seed"],
            promotes=given["promotes"],
            actor=person(request),
        )
        execute_run.delay_on_commit(run.pk)
    return back(request, "curate-runs")


@require_POST
@role_required(Role.CURATOR)
def curate_run_cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop a run at its next step."""
    run = get_object_or_404(TrainingRun, pk=run_id)
    with rules_as_messages(request, _("Cancelled. It stops at its next step.")):
        run_cancel(run=run, actor=person(request))
    return back(request, "curate-runs")


@require_POST
@role_required(Role.CURATOR)
def curate_run_promote(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask for a promotion. A trainer does it, since an embedder's index has to be built first; the list below tells."""
    run = get_object_or_404(TrainingRun, pk=run_id, state=TrainingRun.State.DONE, version__isnull=False)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-runs")
    assert run.version is not None
    with rules_as_messages(request, _("Asked for. The outcome stands under “Promotions” in a moment.")):
        promotion = promotion_ask(
            version=run.version, actor=person(request), reason=form.cleaned_data["reason"], snapshot=run.snapshot
        )
        conclude_promotion.delay_on_commit(promotion.pk)
    return back(request, "curate-runs")


@require_POST
@role_required(Role.CURATOR)
def curate_schedule(request: HttpRequest) -> HttpResponse:
    """Say when a kind of model is trained anew by itself, or that it is not."""
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-runs")
    given = dict(form.cleaned_data)
    with rules_as_messages(request, _("Noted. New pairs are counted from now on.")):
        schedule_set(config={"minutes": given.pop("minutes")}, actor=person(request), **given)
    return back(request, "curate-runs")
