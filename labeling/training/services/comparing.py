"""Comparisons: asked for once, made by a worker, kept."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from labeling.common.errors import ConflictError
from labeling.datasets.models import Snapshot
from labeling.inference.models import ModelVersion
from labeling.training import selectors
from labeling.training.models import Comparison


@transaction.atomic
def comparison_ask(*, version: ModelVersion, other: ModelVersion, snapshot: Snapshot) -> Comparison:
    """The comparison of two versions on what a snapshot holds out; one that failed is asked for anew.

    Enqueue ``compare_versions`` with it where its report is empty. Raises :class:`ConflictError` for two that cannot be compared.
    """
    if version.pk == other.pk:
        raise ConflictError(f"{version} is the same as itself. Choose two versions.")
    if version.kind != other.kind:
        raise ConflictError(f"{version} and {other} do different work. Choose two of one kind.")
    verticals = {version.vertical_id, other.vertical_id, snapshot.vertical_id}
    if len(verticals) > 1:
        raise ConflictError(f"{version}, {other} and {snapshot} are not of one vertical. Choose three of one.")
    # Whoever asks enqueues it too: the sweep must not do so at once again.
    now = timezone.now()
    comparison, _ = Comparison.objects.get_or_create(
        snapshot=snapshot, version=version, other=other, defaults={"nudged_at": now}
    )
    if comparison.error:
        Comparison.objects.filter(pk=comparison.pk).update(error="", nudged_at=now)
        comparison.error = ""
    return comparison


@transaction.atomic
def comparison_record(*, comparison_id: int, report: Mapping[str, object]) -> Comparison:
    """Keep what two versions came to; what was kept before stays."""
    comparison = Comparison.objects.select_for_update(of=("self",)).get(pk=comparison_id)
    if not comparison.report:
        comparison.report, comparison.error = dict(report), ""
        comparison.save(update_fields=["report", "error", "updated_at"])
    return comparison


def comparison_fail(*, comparison_id: int, error: str) -> None:
    """Note why two versions could not be compared."""
    Comparison.objects.filter(pk=comparison_id, report={}).update(error=error)


@transaction.atomic
def comparisons_sweep() -> list[int]:
    """Comparisons that nobody has worked on for a while; they are marked as nudged."""
    rows = list(selectors.comparisons_to_nudge().select_for_update(skip_locked=True).values_list("pk", flat=True))
    Comparison.objects.filter(pk__in=rows).update(nudged_at=timezone.now())
    return rows
