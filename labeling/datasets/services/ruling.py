"""What a brand owner's ruling means for the dataset, and what taking it back means."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.consensus import same_place
from labeling.annotation.models import Resolution
from labeling.common.errors import NotFoundError
from labeling.datasets.models import Pair
from labeling.datasets.services.curating import pair_admit_review
from labeling.tags.models import Tag, TagReview
from labeling.tags.selectors import reviews_of_owner, tags_of_owner
from labeling.tags.services import Ruling, review_undo, tag_confirm, tag_review


@transaction.atomic
def review_conclude(*, said: Ruling, reviewer: User) -> TagReview:
    """Take a brand owner's ruling and what follows from it for the dataset.

    A product that is refused withdraws the pairs that name it; an approval of what is a pair already makes no second one.
    """
    review = tag_review(said=said, reviewer=reviewer)
    standing = _pairs_of(review.tag)
    if review.refused_id is not None:
        standing.filter(product=review.refused_id).update(
            withdrawn_at=timezone.now(), withdrawn_by=reviewer, overruled=review
        )
    if not standing.exists():
        pair_admit_review(review=review)
    return review


@transaction.atomic
def reviews_conclude(*, said: Sequence[Ruling], owner: User) -> list[TagReview]:
    """Take many rulings of one owner, all or none; those said before stay as they are.

    Raises NotFoundError for a tag that stands on no place of theirs.
    """
    mine = tags_of_owner(tag_ids=[ruling.tag for ruling in said], owner=owner)
    for ruling in said:
        if ruling.tag not in mine:
            raise NotFoundError(f"There is no tag {ruling.tag} on a place of yours.")
    # Scene by scene in the order in which everybody locks scenes.
    ordered = sorted(said, key=lambda ruling: (mine[ruling.tag].scene_id, ruling.tag))
    reviews = {ruling: review_conclude(said=ruling, reviewer=owner) for ruling in ordered}
    return [reviews[ruling] for ruling in said]


@transaction.atomic
def reviews_undo(*, rulings: Sequence[tuple[uuids.UUID, uuids.UUID]], owner: User) -> list[TagReview]:
    """Take rulings back, all or none, each named by its UUID and with a UUID for the taking back.

    Their pairs go, the pairs that they withdrew return, and what people came to in the meantime is heard again. Raises
    NotFoundError for a ruling on no place of this owner, ConflictError where a later ruling stands.
    """
    known = {
        review.client_uuid: review for review in reviews_of_owner(uuids=[uuid for uuid, _ in rulings], owner=owner)
    }
    for uuid, _ in rulings:
        if uuid not in known:
            raise NotFoundError(f"There is no ruling {uuid} on a place of yours.")
    ordered = sorted(rulings, key=lambda pair: (known[pair[0]].tag.scene_id, known[pair[0]].tag_id))
    return [_undo(known[uuid], owner, fresh) for uuid, fresh in ordered]


def _undo(review: TagReview, owner: User, uuid: uuids.UUID) -> TagReview:
    undoing = review_undo(review=review, reviewer=owner, uuid=uuid)
    Pair.objects.filter(review=review, withdrawn_at=None).update(withdrawn_at=timezone.now(), withdrawn_by=owner)
    Pair.objects.filter(overruled=review).update(withdrawn_at=None, withdrawn_by=None, overruled=None)
    tag = undoing.tag
    if not tag.ruled:
        since = Resolution.objects.filter(scene=tag.scene_id, tags=None, campaign__blind_audit=False)
        for resolution in since.select_related("scene", "product").order_by("pk"):
            if same_place(resolution.box, tag.box):
                tag_confirm(resolution=resolution)
    return undoing


def _pairs_of(tag: Tag) -> QuerySet[Pair]:
    return Pair.objects.filter(withdrawn_at=None).filter(
        Q(review__tag=tag) | Q(resolution__isnull=False, resolution=tag.resolution_id)
    )
