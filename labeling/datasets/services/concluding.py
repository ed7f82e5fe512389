"""Admitting what people decided to the dataset, and the whole chain from one submit to tags and pairs."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Campaign, Grade, Resolution, SkipReason
from labeling.annotation.services import (
    Decision,
    Submission,
    assignment_skip,
    assignment_submit,
    resolutions_drop,
    scene_resolve,
)
from labeling.catalog.models import Product, Scene
from labeling.datasets.models import Pair
from labeling.datasets.services.curating import pair_admit_review
from labeling.tags.models import Tag, TagReview
from labeling.tags.services import tag_confirm, tag_review, tags_withdraw_for_resolution


@transaction.atomic
def assignment_conclude(
    *,
    annotator: User,
    assignment_id: int,
    uuid: uuids.UUID,
    token: uuids.UUID,
    seconds: float,
    decisions: list[Decision],
) -> Submission:
    """Take a submit and, where it is the last of its scene, all that follows from it: one transaction, all or nothing."""
    submission = assignment_submit(
        annotator=annotator, assignment_id=assignment_id, uuid=uuid, token=token, seconds=seconds, decisions=decisions
    )
    if not submission.repeated:
        scene_conclude(campaign=submission.assignment.campaign, scene=submission.assignment.scene)
    return submission


@transaction.atomic
def skip_conclude(
    *, annotator: User, assignment_id: int, uuid: uuids.UUID, token: uuids.UUID, reason: SkipReason
) -> Submission:
    """Take a skip; where nobody else is to see the scene, what others said of it is concluded."""
    submission = assignment_skip(
        annotator=annotator, assignment_id=assignment_id, uuid=uuid, token=token, reason=reason
    )
    if not submission.repeated:
        scene_conclude(campaign=submission.assignment.campaign, scene=submission.assignment.scene)
    return submission


@transaction.atomic
def scene_conclude(*, campaign: Campaign, scene: Scene) -> list[Resolution]:
    """Resolve a scene that nobody still looks at, and carry what is new or overruled to tags and pairs.

    Returns the new resolutions. A blind audit only measures: its resolutions become neither tags nor pairs.
    """
    resolved = scene_resolve(campaign=campaign, scene=scene)
    tags_withdraw_for_resolution(resolutions=resolved.overruled)
    Pair.objects.filter(resolution__in=resolved.overruled, withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now()
    )
    resolutions_drop(resolutions=resolved.overruled)
    if not campaign.blind_audit:
        for resolution in resolved.created:
            tag_confirm(resolution=resolution)
        if campaign.admit_pairs:
            pairs_admit(resolutions=resolved.created)
    return resolved.created


@transaction.atomic
def review_conclude(
    *, tag: Tag, reviewer: User, ruling: TagReview.Ruling, product: Product | None = None, reason: str = ""
) -> TagReview:
    """Take a brand owner's ruling and what follows from it for the dataset.

    A correction withdraws the pairs that said otherwise; an approval of what is a pair already makes no second one.
    """
    review = tag_review(tag=tag, reviewer=reviewer, ruling=ruling, product=product, reason=reason)
    standing = Pair.objects.filter(withdrawn_at__isnull=True).filter(
        Q(review__tag=tag) | Q(resolution__isnull=False, resolution=tag.resolution_id)
    )
    if ruling == TagReview.Ruling.CORRECT:
        standing.update(withdrawn_at=timezone.now(), withdrawn_by=reviewer)
    if not standing.exists():
        pair_admit_review(review=review)
    return review


@transaction.atomic
def pairs_admit(*, resolutions: Iterable[Resolution]) -> int:
    """Make a pair of each resolution that names a product; one a resolution, however often it is asked. Returns the new."""
    matched = [
        resolution
        for resolution in resolutions
        if resolution.accepted
        and resolution.product_id is not None
        and resolution.grade in (Grade.EXACT, Grade.SIMILAR)
    ]
    known = set(Pair.objects.filter(resolution__in=matched).values_list("resolution", flat=True))
    pairs = [
        Pair(
            **resolution.box._asdict(),
            vertical_id=resolution.scene.vertical_id,
            scene=resolution.scene,
            category=resolution.category,
            product=resolution.product,
            grade=resolution.grade,
            source=Pair.Source.ANNOTATORS,
            resolution=resolution,
        )
        for resolution in matched
        if resolution.pk not in known
    ]
    Pair.objects.bulk_create(pairs, ignore_conflicts=True)
    return len(pairs)
