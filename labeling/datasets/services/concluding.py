"""Admitting what people decided to the dataset, and the whole chain from finished work to tags and pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from labeling.annotation.models import Assignment, Campaign, Grade, Resolution
from labeling.annotation.selectors import scenes_of
from labeling.annotation.services import (
    burst_promote,
    bursts_compose,
    golds_plant,
    marks_write,
    resolutions_drop,
    scene_resolve,
)
from labeling.catalog.models import Scene
from labeling.datasets.models import Pair
from labeling.inference.models import Retrieval
from labeling.tags.rulings import is_refused
from labeling.tags.services import audits_judge, tag_confirm, tags_withdraw_for_resolution


@transaction.atomic
def assignment_settle(*, assignment_id: int) -> list[Retrieval]:
    """Draw what follows from finished work: resolutions, tags and pairs of its scenes, and the next question of a burst.

    Gold is marked, and planted anew where it is due. All or nothing, once for each submission; work in another worker's
    hands is passed over. Returns the retrievals to enqueue.
    """
    finished = Assignment.objects.filter(settled=False).exclude(state=Assignment.State.WAITING)
    seat = (
        finished.select_for_update(skip_locked=True, of=("self",))
        .select_related("campaign__vertical", "scene", "burst", "annotator")
        .filter(pk=assignment_id)
        .first()
    )
    if seat is None:
        return []
    asked: list[Retrieval] = []
    if seat.burst is not None:
        asked = burst_promote(burst=seat.burst)
    for scene in scenes_of(seat=seat):
        scene_conclude(campaign=seat.campaign, scene=scene)
    if seat.burst is not None:
        # What is asked next of its objects, and once more of those on which people are tied.
        bursts_compose(campaign=seat.campaign)
    if seat.annotator is not None and seat.state == Assignment.State.SUBMITTED:
        marks_write(seat=seat)
        golds_plant(campaign=seat.campaign, annotator=seat.annotator)
    Assignment.objects.filter(pk=seat.pk).update(settled=True)
    return asked


@transaction.atomic
def scene_conclude(*, campaign: Campaign, scene: Scene) -> list[Resolution]:
    """Resolve a scene that nobody still looks at, and carry what is new or overruled to tags and pairs.

    Returns the new resolutions. A blind audit only measures: its resolutions become neither tags nor pairs, but judge the
    automatic tags they were asked about.
    """
    resolved = scene_resolve(campaign=campaign, scene=scene)
    resolutions_go_back_on(resolutions=resolved.overruled)
    if campaign.blind_audit:
        audits_judge(resolutions=resolved.created)
    else:
        for resolution in resolved.created:
            tag_confirm(resolution=resolution)
        if campaign.admit_pairs:
            pairs_admit(resolutions=[found for found in resolved.created if not _contradicts_owner(found)])
    return resolved.created


@transaction.atomic
def resolutions_go_back_on(*, resolutions: Sequence[Resolution]) -> None:
    """Take back the tags and pairs of resolutions that hold no more, and drop them."""
    tags_withdraw_for_resolution(resolutions=resolutions)
    gone = Pair.objects.filter(resolution__in=resolutions)
    gone.filter(withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
    # What an owner's ruling withdrew does not return either, should the ruling be taken back.
    gone.update(overruled=None)
    resolutions_drop(resolutions=resolutions)


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


def _contradicts_owner(resolution: Resolution) -> bool:
    product = resolution.product
    return product is not None and is_refused(scene=resolution.scene, box=resolution.box, product=product)
