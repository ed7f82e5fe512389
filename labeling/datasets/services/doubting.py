"""What a curator does with suspicious pairs: send them back for a second look, or vouch for them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.services import dispute_ask
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.datasets.models import Pair
from labeling.datasets.selectors import pairs_suspicious, suspects_shown


@transaction.atomic
def pairs_doubt(
    *, vertical: Vertical, actor: User, chosen: Collection[int] | None = None, most: int | None = None
) -> int:
    """Ask an adjudicator about suspicious pairs: the ``chosen`` by id, else all; of these the ``most`` contradicted.

    A pair stays admitted until the ruling says otherwise. What is not suspicious, or was sent back before, is passed
    over: sent twice is sent once. Returns how many were sent.
    """
    doubts = pairs_suspicious(vertical=vertical)
    if chosen is not None:
        doubts = [doubt for doubt in doubts if doubt.pair in chosen]
    suspects = suspects_shown(doubts=doubts[:most])
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
