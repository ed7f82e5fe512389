"""What a curator does with many pairs at one go, and taking it back at one go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labeling.accounts.models import User
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError
from labeling.datasets.models import Curation, Pair, PairChoice

AT_ONCE = 10_000
"""Pairs of one go: what a request does while a person waits."""


@transaction.atomic
def pairs_curate(*, pairs: Collection[int], verb: str, actor: User) -> Curation:
    """Withdraw these pairs, or admit them again. Those that stand so already are left alone, and are not in the record.

    Raises ApplicationError for more than :data:`AT_ONCE`, ConflictError where none of them is left to change.
    """
    if len(pairs) > AT_ONCE:
        raise ApplicationError(f"{len(pairs)} pairs are more than {AT_ONCE} at once. Narrow the choice down.")
    withdraw = verb == Curation.Verb.WITHDRAW
    # In one order, so that two curators with overlapping choices wait for and never lock out each other.
    rows = Pair.objects.filter(pk__in=list(pairs), withdrawn_at__isnull=withdraw).order_by("pk").select_for_update()
    before = [
        [pk, at and at.isoformat(), by, ruling]
        for pk, at, by, ruling in rows.values_list("pk", "withdrawn_at", "withdrawn_by", "overruled")
    ]
    if not before:
        raise ConflictError("None of these pairs is left to change: somebody was there first. Load the page again.")
    now = timezone.now()
    changed = Pair.objects.filter(pk__in=[each[0] for each in before])
    if withdraw:
        changed.update(withdrawn_at=now, withdrawn_by=actor, updated_at=now)
    else:
        changed.update(withdrawn_at=None, withdrawn_by=None, updated_at=now)
    curation = Curation.objects.create(verb=verb, actor=actor, before=before, made_at=now)
    audit_record(actor=actor, verb=f"pairs_{verb}", subject=curation, pairs=len(before))
    return curation


@transaction.atomic
def curation_undo(*, curation: Curation, actor: User) -> int:
    """Put the pairs of a curation back as they stood; those that somebody has changed since stay as they are.

    Undone twice is undone once. Returns how many were put back.
    """
    curation = Curation.objects.select_for_update().get(pk=curation.pk)
    if curation.undone_at is not None:
        return 0
    before: dict[int, list[Any]] = {each[0]: each[1:] for each in curation.before}
    if curation.verb == Curation.Verb.WITHDRAW:
        untouched = Q(withdrawn_at=curation.made_at)
    else:
        untouched = Q(withdrawn_at=None, updated_at=curation.made_at)
    rows = list(Pair.objects.filter(untouched, pk__in=before).order_by("pk").select_for_update())
    now = timezone.now()
    for pair in rows:
        at, by, ruling = before[pair.pk]
        pair.withdrawn_at = datetime.fromisoformat(at) if at else None
        pair.withdrawn_by_id, pair.overruled_id, pair.updated_at = by, ruling, now
    Pair.objects.bulk_update(rows, ["withdrawn_at", "withdrawn_by", "overruled", "updated_at"], batch_size=2000)
    curation.undone_at = now
    curation.save(update_fields=["undone_at"])
    audit_record(actor=actor, verb="curation_undo", subject=curation, pairs=len(rows))
    return len(rows)


@transaction.atomic
def pairs_choose(*, pairs: Collection[int], person: User) -> PairChoice:
    """Keep pairs that a person picked out, so that a page can list them. Raises ApplicationError for none or too many."""
    if not 0 < len(pairs) <= AT_ONCE:
        raise ApplicationError(f"{len(pairs)} pairs cannot be listed. Choose between 1 and {AT_ONCE}.")
    PairChoice.objects.filter(person=person).delete()
    return PairChoice.objects.create(person=person, pairs=sorted(set(pairs)))
