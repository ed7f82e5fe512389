"""Retrievals: candidates asked for again by a person, answered once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Category, Scene
from labeling.inference.findings import Wishes
from labeling.inference.models import IndexBuild, Retrieval
from labeling.inference.selectors import RETRIEVAL_GIVEN_UP, products_fitting, retrievals_to_nudge
from models_ml.types import Box, Match


def retrieval_queue(
    *, scene: Scene, box: Box, category: Category | None, asked_by: User, wishes: Wishes | None = None
) -> Retrieval:
    """Ask for candidates again. Enqueue ``retrieve_candidates`` with its id on commit."""
    left, top, right, bottom = box
    return Retrieval.objects.create(
        scene=scene,
        category=category,
        asked_by=asked_by,
        wishes=wishes.record() if wishes else {},
        left=left,
        top=top,
        right=right,
        bottom=bottom,
    )


def retrieval_hold(*, retrieval_id: int) -> Retrieval | None:
    """Lock a waiting retrieval for the rest of the transaction; None where it is answered or another worker has it."""
    rows = Retrieval.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "scene__vertical", "category"
    )
    return rows.filter(pk=retrieval_id, state=Retrieval.State.WAITING).first()


@transaction.atomic
def retrieval_record(*, retrieval_id: int, matches: Sequence[Match], index: IndexBuild | None = None) -> None:
    """Answer a retrieval, once; what is not on offer any more, or costs something else by now, is left out."""
    wishes = Wishes.of(Retrieval.objects.values_list("wishes", flat=True).get(pk=retrieval_id))
    fitting = products_fitting(product_ids=[match.product_id for match in matches], wishes=wishes)
    kept = [match for match in matches if match.product_id in fitting]
    slate = [
        {"product": match.product_id, "score": match.score, "rank": rank} for rank, match in enumerate(kept, start=1)
    ]
    Retrieval.objects.filter(pk=retrieval_id, state=Retrieval.State.WAITING).update(
        state=Retrieval.State.DONE, candidates=slate, index=index, updated_at=timezone.now()
    )


def retrieval_fail(*, retrieval_id: int, error: str) -> None:
    """Give a retrieval up, with the reason."""
    Retrieval.objects.filter(pk=retrieval_id, state=Retrieval.State.WAITING).update(
        state=Retrieval.State.FAILED, error=error, updated_at=timezone.now()
    )


@transaction.atomic
def retrievals_sweep(*, limit: int) -> list[int]:
    """Retrievals to nudge again; those nobody can be waiting for any more are given up."""
    rows = list(retrievals_to_nudge().select_for_update(skip_locked=True)[:limit])
    late = timezone.now() - RETRIEVAL_GIVEN_UP
    for retrieval in rows:
        if retrieval.created_at < late:
            retrieval_fail(retrieval_id=retrieval.pk, error="No worker answered in time. Ask again.")
    return [retrieval.pk for retrieval in rows if retrieval.created_at >= late]
