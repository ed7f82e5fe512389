"""Freezing the dataset, and what is in a snapshot: figures, leaks, its card, and how it differs from another."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.common.jobs import OPEN, jobs_recent
from labeling.common.models import Job
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import leak_report_of, pairs_shown, rows_changed, snapshots_of
from labeling.datasets.services import FREEZE, freeze_queue
from labeling.datasets.tasks import freeze_snapshot, report_leaks
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.curate.jobs import cancelled, worker_lacks
from labeling.web.paging import before_of, next_link

PAGE = 50
SHOWN = 12
"""Pairs with pictures of each kind of difference."""


class FreezeForm(forms.Form):
    """What to freeze, and why."""

    vertical = forms.ModelChoiceField(Vertical.objects.order_by("name"), empty_label=None, label=_("Vertical"))
    note = forms.CharField(max_length=300, required=False, label=_("Note"))
    licence = forms.CharField(
        max_length=100, required=False, label=_("Licence"), help_text=_("Such as cc-by-4.0, for the dataset card.")
    )


@require_GET
@role_required(Role.CURATOR)
def curate_snapshots(request: HttpRequest) -> HttpResponse:
    """Snapshots with their splits and content hash, and those on the way."""
    jobs = _freezes()
    names = Vertical.objects.in_bulk([job.parameters["vertical"] for job in jobs])
    before = before_of(request)
    snapshots = list((snapshots_of() if before is None else snapshots_of().filter(pk__lt=before))[: PAGE + 1])
    context = {
        "snapshots": [(snapshot, _splits(snapshot)) for snapshot in snapshots[:PAGE]],
        "freezes": [(job, names.get(job.parameters["vertical"]), job.state in OPEN) for job in jobs],
        "moving": any(job.state in OPEN for job in jobs),
        "no_worker": worker_lacks(jobs),
        "form": FreezeForm(),
        "next": next_link(request, snapshots[PAGE - 1].pk if len(snapshots) > PAGE else None),
    }
    return render(request, "curate/snapshots.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_freeze(request: HttpRequest) -> HttpResponse:
    """Have a worker freeze the admitted pairs of a vertical."""
    form = FreezeForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-snapshots")
    with rules_as_messages(request, _("A worker freezes it. You may leave this page meanwhile.")):
        job = freeze_queue(actor=person(request), **form.cleaned_data)
        freeze_snapshot.delay_on_commit(job.pk)
    return back(request, "curate-snapshots")


@require_POST
@role_required(Role.CURATOR)
def curate_freeze_cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop a freeze at its next step; nothing of it stays."""
    words = _("Cancelled. It stops at its next step, and nothing of it stays.")
    return cancelled(request, job_id, kinds=[FREEZE], words=words, page="curate-snapshots")


@require_GET
@role_required(Role.CURATOR)
def curate_snapshot(request: HttpRequest, snapshot_id: int) -> HttpResponse:
    """One snapshot; ``?against=`` compares it with another of its vertical."""
    snapshot = get_object_or_404(snapshots_of(), pk=snapshot_id)
    siblings = snapshots_of(vertical=snapshot.vertical).exclude(pk=snapshot.pk)
    asked = request.GET.get("against", "")
    against = get_object_or_404(siblings, pk=int(asked)) if asked.isascii() and asked.isdigit() else None
    context: dict[str, object] = {
        "snapshot": snapshot,
        "splits": _splits(snapshot),
        "report": leak_report_of(snapshot=snapshot),
        "others": siblings[:PAGE],
        "against": against,
        "categories": _categories(snapshot),
    }
    if against is not None:
        changes = rows_changed(old=against, new=snapshot)
        context["changes"] = changes
        context["differing"] = [
            (_("Added"), pairs_shown(pairs=changes.first_added[:SHOWN])),
            (_("Removed"), pairs_shown(pairs=changes.first_removed[:SHOWN])),
            (_("Changed"), pairs_shown(pairs=changes.first_changed[:SHOWN])),
        ]
    return render(request, "curate/snapshot.html", context)


@require_GET
@role_required(Role.CURATOR)
def curate_snapshot_card(request: HttpRequest, snapshot_id: int) -> HttpResponse:
    """The dataset card as a file."""
    snapshot = get_object_or_404(snapshots_of(), pk=snapshot_id)
    answer = HttpResponse(snapshot.card, content_type="text/markdown; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{snapshot.vertical.slug}-{snapshot.number}-README.md"'
    return answer


@require_POST
@role_required(Role.CURATOR)
def curate_snapshot_search(request: HttpRequest, snapshot_id: int) -> HttpResponse:
    """Have a worker search a snapshot for leaks."""
    snapshot = get_object_or_404(snapshots_of(), pk=snapshot_id)
    report_leaks.delay_on_commit(snapshot.pk, again=True)
    messages.success(request, _("A worker searches it. Load the page again in a while."))
    return back(request, "curate-snapshot", snapshot.pk)


def _freezes() -> list[Job]:
    """The freezes that wait or run, and the last of all where it failed."""
    jobs = jobs_recent(kinds=[FREEZE])
    latest = jobs.first()
    failed = [latest] if latest is not None and latest.state == Job.State.FAILED else []
    return [*failed, *jobs.filter(state__in=OPEN)[:PAGE]]


def _splits(snapshot: Snapshot) -> list[tuple[str, int, str]]:
    """Each split with its pairs and its share of the bar, in percent."""
    counts = {name: int(snapshot.splits.get(name, 0)) for name in ("train", "val", "test")}
    whole = max(sum(counts.values()), 1)
    return [(name, count, f"{100 * count / whole:.2f}") for name, count in counts.items()]


def _categories(snapshot: Snapshot) -> list[tuple[str, int, int, int, str]]:
    """Each category with its pairs by split and its share of the largest, in percent."""
    counts = snapshot.statistics.get("categories", {})
    most = max((sum(each.values()) for each in counts.values()), default=1)
    ordered = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return [
        (slug, *(int(each.get(name, 0)) for name in ("train", "val", "test")), f"{100 * sum(each.values()) / most:.1f}")
        for slug, each in ordered
    ]
