"""The registry: every version with its figures and where it came from, two side by side, one step back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.datasets.models import Snapshot
from labeling.datasets.selectors import snapshots_of
from labeling.inference.models import ModelVersion
from labeling.inference.selectors import version_before, version_live, versions_recent
from labeling.training.models import Comparison
from labeling.training.selectors import comparisons_all, promotions_recent, runs_recent
from labeling.training.services import comparison_ask, promotion_ask, version_step_back
from labeling.training.tasks import compare_versions, conclude_promotion
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.curate.figures import drawn, headline
from labeling.web.curate.forms import ReasonForm
from labeling.web.paging import before_of, next_link

PAGE = 40


class CompareForm(forms.Form):
    """Two versions and what to judge them on."""

    version = forms.ModelChoiceField(ModelVersion.objects.select_related("vertical"), label=_("Version"))
    other = forms.ModelChoiceField(ModelVersion.objects.select_related("vertical"), label=_("Beside"))
    snapshot = forms.ModelChoiceField(Snapshot.objects.select_related("vertical"), label=_("On what is held out in"))


@require_GET
@role_required(Role.CURATOR)
def curate_models(request: HttpRequest) -> HttpResponse:
    """Versions, newest first, with what can be gone back to and what is on its way."""
    before = before_of(request)
    versions = versions_recent() if before is None else versions_recent().filter(pk__lt=before)
    shown = list(versions[: PAGE + 1])
    hashes = {version.snapshot_hash for version in shown}
    snapshots = {each.content_hash: each for each in snapshots_of().filter(content_hash__in=hashes)}
    context = {
        "versions": [(each, headline(each), snapshots.get(each.snapshot_hash)) for each in shown[:PAGE]],
        "steps": list(_steps_back()),
        "promotions": promotions_recent()[:10],
        "moving": promotions_recent().filter(accepted=None, error="").exists(),
        "form": _compare_form(),
        "next": next_link(request, shown[PAGE - 1].pk if len(shown) > PAGE else None),
    }
    return render(request, "curate/models.html", context)


@require_GET
@role_required(Role.CURATOR)
def curate_model(request: HttpRequest, version_id: int) -> HttpResponse:
    """All that is known of one version."""
    version = get_object_or_404(versions_recent(), pk=version_id)
    context = {
        "tab": "models",
        "version": version,
        "figure": headline(version),
        "snapshot": snapshots_of(vertical=version.vertical).filter(content_hash=version.snapshot_hash or "-").first(),
        "runs": runs_recent().filter(version=version),
        "promotions": promotions_recent().filter(version=version)[:PAGE],
        "comparisons": comparisons_all().filter(version=version)[:PAGE],
        "parts": _parts(version),
    }
    return render(request, "curate/model.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_model_promote(request: HttpRequest, version_id: int) -> HttpResponse:
    """Ask that a version goes live."""
    version = get_object_or_404(versions_recent(), pk=version_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-models")
    with rules_as_messages(request, _("Asked for. The outcome stands under “Promotions” in a moment.")):
        promotion = promotion_ask(version=version, actor=person(request), reason=form.cleaned_data["reason"])
        conclude_promotion.delay_on_commit(promotion.pk)
    return back(request, "curate-models")


@require_POST
@role_required(Role.CURATOR)
def curate_model_back(request: HttpRequest, vertical_id: int, kind: str) -> HttpResponse:
    """Ask that the version that was live before goes live again."""
    vertical = get_object_or_404(Vertical, pk=vertical_id)
    with rules_as_messages(request, _("Going back. It is live in a moment.")):
        promotion = version_step_back(vertical=vertical, kind=kind, actor=person(request))
        conclude_promotion.delay_on_commit(promotion.pk)
    return back(request, "curate-models")


@require_POST
@role_required(Role.CURATOR)
def curate_compare(request: HttpRequest) -> HttpResponse:
    """Ask for two versions side by side."""
    form = CompareForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-models")
    asked: list[Comparison] = []
    with rules_as_messages(request, _("Asked for. It stands here as soon as a worker has made it.")):
        asked.append(comparison_ask(**form.cleaned_data))
    for comparison in asked:
        if not comparison.report:
            compare_versions.delay_on_commit(comparison.pk)
        return redirect("curate-comparison", comparison.pk)
    return back(request, "curate-models")


@require_GET
@role_required(Role.CURATOR)
def curate_comparison(request: HttpRequest, comparison_id: int) -> HttpResponse:
    """Two versions side by side: the gain with its interval, by category, and the scenes where they differ."""
    comparison = get_object_or_404(comparisons_all(), pk=comparison_id)
    pictures = _pictures(comparison)
    context = {"tab": "models", "comparison": comparison, "report": comparison.report, "pictures": pictures}
    return render(request, "curate/comparison.html", context)


def _compare_form() -> CompareForm:
    """With the newest version that is not live beside the one that is, on the newest snapshot of their vertical."""
    newest = versions_recent().filter(live=False).first() or versions_recent().first()
    if newest is None:
        return CompareForm()
    return CompareForm(
        initial={
            "version": newest,
            "other": version_live(vertical=newest.vertical, kind=newest.kind),
            "snapshot": snapshots_of(vertical=newest.vertical).first(),
        }
    )


def _steps_back() -> Iterable[dict[str, object]]:
    for vertical in Vertical.objects.order_by("name"):
        for kind, label in ModelVersion.Kind.choices:
            before = version_before(vertical=vertical, kind=kind)
            if before is not None:
                yield {"vertical": vertical, "kind": kind, "label": label, "before": before}


def _parts(version: ModelVersion) -> list[tuple[str, float]]:
    """The figure of each category that the version was judged by when it was trained."""
    found = version.metrics.get("per_class") or version.metrics.get("per_category") or {}
    return sorted((str(name), float(value)) for name, value in found.items())


def _pictures(comparison: Comparison) -> list[dict[str, Any]]:
    told = comparison.report.get("pictures", [])
    vertical, kind = comparison.snapshot.vertical, comparison.version.kind
    ours, theirs = (
        drawn(vertical, kind, [{"scene": each["scene"], "outlines": each[side]} for each in told])
        for side in ("ours", "theirs")
    )
    gains = {each["scene"]: each["gain"] for each in told}
    return [
        {
            "scene": mine["scene"],
            "gain": gains[mine["scene"].external_id],
            "ours": mine["outlines"],
            "theirs": other["outlines"],
        }
        for mine, other in zip(ours, theirs, strict=True)
    ]
