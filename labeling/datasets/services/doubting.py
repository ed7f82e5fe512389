"""Writing down which pairs are suspicious, and what a curator does with them: send them back for a second look, or vouch."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.services import dispute_ask
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.datasets.models import Pair, PairDoubt, Weighing
from labeling.datasets.selectors import (
    as_doubts,
    doubts_open,
    pairs_moved,
    pairs_suspicious,
    suspects_shown,
    weighing_of,
)

BATCH = 2000


@transaction.atomic
def doubts_write(*, vertical: Vertical) -> int:
    """Weigh the pairs of a vertical and write which of them are suspicious, in place of what was; returns how many are.

    Whoever comes while somebody else weighs them waits, and weighs what has come since.
    """
    Weighing.objects.get_or_create(vertical=vertical)
    weighing = Weighing.objects.select_for_update(of=("self",)).get(vertical=vertical)
    # Noted before they are read: what comes meanwhile counts as new the next time.
    stands = weighing_of(vertical=vertical)
    doubts = pairs_suspicious(vertical=vertical)
    PairDoubt.objects.filter(vertical=vertical).exclude(pair__in=[doubt.pair for doubt in doubts]).delete()
    rows = [
        PairDoubt(
            pair_id=doubt.pair,
            vertical=vertical,
            category=doubt.category,
            product=doubt.product,
            strength=doubt.strength,
        )
        for doubt in doubts
    ]
    PairDoubt.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["pair"],
        update_fields=["category", "product", "strength"],
    )
    weighing.pairs, weighing.last_pair, weighing.weighed_at = stands.pairs, stands.last_pair, stands.weighed_at
    weighing.save()
    return len(rows)


@transaction.atomic
def doubts_refresh(*, vertical: Vertical) -> None:
    """Weigh the pairs of a vertical that is due; where a count of all shows that none came or went, only note that it holds."""
    before, now = Weighing.objects.filter(vertical=vertical).first(), weighing_of(vertical=vertical)
    if before is not None and not pairs_moved(since=before, most=1) and before.pairs == now.pairs:
        Weighing.objects.filter(vertical=vertical, weighed_at=before.weighed_at).update(weighed_at=now.weighed_at)
    else:
        doubts_write(vertical=vertical)


@transaction.atomic
def pairs_doubt(
    *, vertical: Vertical, actor: User, chosen: Collection[int] | None = None, most: int | None = None
) -> int:
    """Ask an adjudicator about suspicious pairs: the ``chosen`` by id, else all; of these the ``most`` contradicted.

    A pair stays admitted until the ruling says otherwise. What was not found suspicious, or was sent back before, is passed
    over: sent twice is sent once. Returns how many were sent.
    """
    doubts = doubts_open(vertical=vertical)
    if chosen is not None:
        doubts = doubts.filter(pair__in=chosen)
    suspects = suspects_shown(doubts=as_doubts(doubts[:most]))
    pairs = Pair.objects.filter(
        pk__in=[suspect.pair.pk for suspect in suspects],
        withdrawn_at=None,
        vouched_at=None,
        resolution__isnull=False,
    )
    # In one order, so that two curators with overlapping choices wait for and never lock out each other.
    held = set(pairs.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    sent = 0
    for suspect in suspects:
        resolution = suspect.pair.resolution
        if suspect.pair.pk in held and resolution is not None:
            sent += dispute_ask(resolution=resolution, actor=actor, reason=suspect.reason)
    return sent


@transaction.atomic
def pair_vouch(*, pair: Pair, actor: User) -> Pair:
    """Keep a pair whatever the models say: it is not called suspicious again."""
    pair = Pair.objects.select_for_update().get(pk=pair.pk)
    if pair.vouched_at is None:
        pair.vouched_at, pair.vouched_by = timezone.now(), actor
        pair.save(update_fields=["vouched_at", "vouched_by", "updated_at"])
        audit_record(actor=actor, verb="pair_vouch", subject=pair)
    return pair
