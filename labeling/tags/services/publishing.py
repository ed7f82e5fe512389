"""Publishing without a person what is sure enough."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from django.db import transaction

from labeling.annotation.models import Grade
from labeling.brands.models import Policy
from labeling.brands.selectors import policies_for
from labeling.catalog.models import Product, Scene
from labeling.inference.models import Proposal
from labeling.tags.calibration import probabilities_of
from labeling.tags.evidence import Evidence, evidence_of
from labeling.tags.fitting import surest_of
from labeling.tags.models import Audit, AutomationPolicy, Tag, TagEvent
from labeling.tags.reasons import ASKS_AGAIN
from labeling.tags.rulings import Leave, leave_of
from labeling.tags.selectors import slates_under
from labeling.tags.services.obeying import tags_obey
from labeling.tags.services.telling import tags_tell
from models_ml.boxes import as_array, box_iou
from models_ml.types import Box

SAME_OBJECT_IOU = 0.5
BATCH = 500
REACH = AutomationPolicy.Reach


class Sure(NamedTuple):
    """A proposal that may be published: its first product, and how sure that is right."""

    proposal: int
    product: int
    confidence: float


@transaction.atomic
def sure_publish(*, policy: AutomationPolicy, evidence: Evidence | None = None, limit: int = 500) -> int:
    """Publish up to ``limit`` undecided proposals that are sure enough, the surest first; a random share is marked for audit.

    Never in a closed place, never where a tag stands on the object already, and with the reach of one a scene only where
    the scene has none. Run twice it publishes once: a proposal has at most one automatic tag, by a database constraint.
    """
    policy = (
        AutomationPolicy.objects.select_for_update(of=("self",))
        .select_related("vertical", "category")
        .get(pk=policy.pk)
    )
    if not policy.enabled or policy.threshold is None:
        return 0
    sure = _sure(policy, evidence or evidence_of(vertical=policy.vertical))
    published = 0
    for start in range(0, len(sure), BATCH):
        published += _publish(policy, sure[start : start + BATCH], limit - published)
        if published >= limit:
            break
    return published


def _sure(policy: AutomationPolicy, evidence: Evidence) -> list[Sure]:
    """What the policy may publish and is sure of, the surest first."""
    mine = slates_under(policy=policy, slates=evidence.slates)
    if not mine.any() or policy.threshold is None:
        return []
    probabilities = probabilities_of(
        confidence=policy.calibration, signals=evidence.signals, categories=evidence.categories
    )
    wanted = mine & (probabilities >= policy.threshold)
    if policy.reach == REACH.SCENE:
        wanted &= surest_of(evidence.slates, np.where(mine, probabilities, -1.0))
    tagged = set(Tag.objects.filter(proposal__scene__vertical=policy.vertical).values_list("proposal", flat=True))
    order = sorted(np.flatnonzero(wanted).tolist(), key=lambda i: -probabilities[i])
    return [
        Sure(slate.proposal, slate.products[0], float(probabilities[i]))
        for i in order
        if (slate := evidence.slates[i]).proposal not in tagged and slate.proposal not in evidence.decided
    ]


def _publish(policy: AutomationPolicy, sure: Sequence[Sure], room: int) -> int:
    proposals = Proposal.objects.in_bulk([each.proposal for each in sure])
    # A scene that somebody else is at is left for the next time: waiting for several could deadlock with them.
    at = Scene.objects.filter(pk__in={proposal.scene_id for proposal in proposals.values()})
    scenes = {scene.pk: scene for scene in at.select_for_update(no_key=True, skip_locked=True).order_by("pk")}
    products = Product.objects.in_bulk([each.product for each in sure])
    places, boxes = policies_for(scenes=scenes.values()), _boxes(scenes)
    ruled = set(Tag.objects.filter(scene__in=scenes, ruled=True).values_list("scene", flat=True))
    tags: list[Tag] = []
    for each in sure:
        proposal, product = proposals[each.proposal], products[each.product]
        there = boxes[proposal.scene_id]
        free = not there if policy.reach == REACH.SCENE else not _overlaps(proposal.box, there)
        if proposal.scene_id not in scenes or not free or len(tags) >= room:
            continue
        scene = scenes[proposal.scene_id]
        leave = leave_of(scene=scene, box=proposal.box, product=product) if scene.pk in ruled else Leave.FREE
        if places[scene.pk] == Policy.CLOSED or leave == Leave.NONE:
            continue
        there.append(proposal.box)
        tags.append(_tag(policy, proposal, each, leave))
    Tag.objects.bulk_create(tags)
    tags_tell(tags=tags, cause=TagEvent.Cause.AUTOMATION, policy=policy, threshold=policy.threshold)
    tags_obey(scenes=[scenes[pk] for pk in sorted({tag.scene_id for tag in tags})])
    # Seeded by the tag, so that who is audited can be checked afterwards and a repeated run draws the same.
    drawn = [tag for tag in tags if random.Random(tag.pk).random() < policy.audit_share]
    Audit.objects.bulk_create([Audit(tag=tag, policy=policy) for tag in drawn])
    return len(tags)


def _tag(policy: AutomationPolicy, proposal: Proposal, sure: Sure, leave: Leave) -> Tag:
    words = (
        f"Automation was {sure.confidence:.1%} sure; {policy.threshold:.1%} keeps {policy.target_precision:.0%} right."
    )
    return Tag(
        **proposal.box._asdict(),
        scene_id=proposal.scene_id,
        category_id=proposal.category_id,
        product_id=sure.product,
        grade=Grade.EXACT,
        source=Tag.Source.MODEL,
        proposal=proposal,
        confidence=sure.confidence,
        state=Tag.State.LIVE if leave == Leave.FREE else Tag.State.HELD,
        reason=words if leave == Leave.FREE else ASKS_AGAIN,
    )


def _boxes(scenes: Iterable[int]) -> dict[int, list[Box]]:
    """The boxes of the tags that stand in these scenes, by scene, whoever they are from."""
    boxes: dict[int, list[Box]] = defaultdict(list)
    for tag in Tag.objects.filter(scene__in=list(scenes)).exclude(state=Tag.State.HIDDEN):
        boxes[tag.scene_id].append(tag.box)
    return boxes


def _overlaps(box: Box, boxes: Sequence[Box]) -> bool:
    return bool(boxes) and bool((box_iou(as_array([box]), as_array(boxes)) >= SAME_OBJECT_IOU).any())
