"""Freezing the dataset."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import snapshots_of
from labeling.datasets.services import snapshot_freeze
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.paging import before_of, next_link

PAGE = 50


class FreezeForm(forms.Form):
    """What to freeze, and why."""

    vertical = forms.ModelChoiceField(Vertical.objects.order_by("name"), empty_label=None, label=_("Vertical"))
    note = forms.CharField(max_length=300, required=False, label=_("Note"))


@require_GET
@role_required(Role.CURATOR)
def curate_snapshots(request: HttpRequest) -> HttpResponse:
    """Snapshots with their splits and content hash."""
    before = before_of(request)
    snapshots = list((snapshots_of() if before is None else snapshots_of().filter(pk__lt=before))[: PAGE + 1])
    context = {
        "snapshots": [(snapshot, _splits(snapshot)) for snapshot in snapshots[:PAGE]],
        "form": FreezeForm(),
        "next": next_link(request, snapshots[PAGE - 1].pk if len(snapshots) > PAGE else None),
    }
    return render(request, "curate/snapshots.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_freeze(request: HttpRequest) -> HttpResponse:
    """Freeze the admitted pairs of a vertical."""
    form = FreezeForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-snapshots")
    with rules_as_messages(request, _("Frozen. Start a training run on it, or export it.")):
        snapshot_freeze(actor=person(request), **form.cleaned_data)
    return back(request, "curate-snapshots")


def _splits(snapshot: Snapshot) -> list[tuple[str, int, str]]:
    """Each split with its pairs and its share of the bar, in percent."""
    counts = {name: int(snapshot.splits.get(name, 0)) for name in ("train", "val", "test")}
    whole = max(sum(counts.values()), 1)
    return [(name, count, f"{100 * count / whole:.2f}") for name, count in counts.items()]
