"""What a curator does with single pairs, and what a brand owner's ruling adds."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.common.audit import audit_record
from labeling.datasets.models import Pair
from labeling.tags.models import TagReview


@transaction.atomic
def pair_withdraw(*, pair: Pair, actor: User) -> Pair:
    """Take a pair out of what is exported and frozen from now on; snapshots that hold it stay as they are."""
    pair = Pair.objects.select_for_update().get(pk=pair.pk)
    if pair.withdrawn_at is None:
        pair.withdrawn_at, pair.withdrawn_by = timezone.now(), actor
        pair.save(update_fields=["withdrawn_at", "withdrawn_by", "updated_at"])
        audit_record(actor=actor, verb="pair_withdraw", subject=pair)
    return pair


@transaction.atomic
def pair_readmit(*, pair: Pair, actor: User) -> Pair:
    """Take a withdrawal back."""
    pair = Pair.objects.select_for_update().get(pk=pair.pk)
    if pair.withdrawn_at is not None:
        pair.withdrawn_at = pair.withdrawn_by = None
        pair.save(update_fields=["withdrawn_at", "withdrawn_by", "updated_at"])
        audit_record(actor=actor, verb="pair_readmit", subject=pair)
    return pair


@transaction.atomic
def pair_admit_review(*, review: TagReview) -> Pair | None:
    """Make a brand-confirmed pair of an approval or a correction; a tag that was hidden makes none."""
    if review.ruling == TagReview.Ruling.HIDE:
        return None
    tag = review.tag
    pair, _ = Pair.objects.get_or_create(
        review=review,
        defaults={
            **tag.box._asdict(),
            "vertical_id": tag.scene.vertical_id,
            "scene": tag.scene,
            "category": tag.category,
            "product": review.product or tag.product,
            "grade": tag.grade,
            "source": Pair.Source.BRAND,
        },
    )
    return pair
