"""Training runs: start one, watch it, make what it came to live."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.datasets.models import Snapshot
from labeling.inference.models import ModelVersion
from labeling.training.models import TrainingRun
from labeling.training.selectors import promotions_recent, runs_recent
from labeling.training.services import run_cancel, run_queue
from labeling.training.tasks import execute_run, promote_run
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults

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

    def config(self) -> dict[str, float]:
        """The knobs that were turned; the trainer has defaults for the rest."""
        given = {name: self.cleaned_data[name] for name in ("minutes", "steps", "learning_rate")}
        return {name: value for name, value in given.items() if value is not None}


class PromoteForm(forms.Form):
    """A reason overrides the gate."""

    reason = forms.CharField(max_length=300, required=False, label=_("Reason"))


@require_GET
@role_required(Role.CURATOR)
def curate_runs(request: HttpRequest) -> HttpResponse:
    """Runs with progress and figures, and what was promoted."""
    runs = list(runs_recent()[:SHOWN])
    moving = {TrainingRun.State.WAITING, TrainingRun.State.RUNNING}
    context = {
        "runs": [{"run": run, "moves": run.state in moving, "better": _better(run)} for run in runs],
        "moving": any(run.state in moving for run in runs),
        "promotions": promotions_recent()[:SHOWN],
        "form": RunForm(),
    }
    return render(request, "curate/runs.html", context)


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
    form = PromoteForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-runs")
    promote_run.delay_on_commit(run.pk, person(request).pk, form.cleaned_data["reason"])
    messages.success(request, str(_("Asked for. The outcome stands under “Promotions” in a moment.")))
    return back(request, "curate-runs")


def _better(run: TrainingRun) -> bool | None:
    """Whether a finished run beats what is live; None where it has no figures yet."""
    if "figure" not in run.report:
        return None
    baseline = run.report.get("baseline")
    return baseline is None or bool(run.report["figure"] > baseline)
