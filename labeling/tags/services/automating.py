"""Publishing without a person what is sure enough, and stopping when audits say otherwise."""

from __future__ import annotations

import random

from django.db import transaction
from django.db.models import Q

from labeling.accounts.models import User
from labeling.annotation.models import Grade
from labeling.brands.models import Policy
from labeling.brands.selectors import policy_for
from labeling.catalog.models import Category, Scene, Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError
from labeling.inference.models import Proposal
from labeling.tags import selectors
from labeling.tags.calibration import calibration_fit, probability_of
from labeling.tags.models import Audit, AutomationPolicy, Tag, TagEvent
from labeling.tags.reasons import ASKS_AGAIN, STOPPED, WITHDRAWN
from labeling.tags.rulings import Leave, leave_of
from labeling.tags.services.telling import tags_move, tags_tell

FEWEST_DECISIONS = 20


@transaction.atomic
def policy_set(
    *,
    vertical: Vertical,
    category: Category | None,
    enabled: bool,
    target_precision: float,
    audit_share: float,
    actor: User,
) -> AutomationPolicy:
    """Switch automation on or off for a category, or with none for the whole vertical, and say how right it must be.

    Switched on again it forgets why it was stopped. Fit it afterwards: a new target needs a new threshold.
    """
    if not 0 < target_precision < 1:
        raise ApplicationError("The target lies between 0 and 1, say 0.95.", fields={"target_precision": "range"})
    if not 0 <= audit_share <= 1:
        raise ApplicationError("The audited share lies between 0 and 1, say 0.05.", fields={"audit_share": "range"})
    if category is not None and category.vertical_id != vertical.pk:
        raise ApplicationError(f"{category} belongs to another vertical.", fields={"category": "wrong vertical"})
    values = {"enabled": enabled, "target_precision": target_precision, "audit_share": audit_share}
    policy, _ = AutomationPolicy.objects.update_or_create(
        vertical=vertical, category=category, defaults=values | ({"stopped_reason": ""} if enabled else {})
    )
    audit_record(
        actor=actor, verb="automation_set", subject=policy, category=category.slug if category else None, **values
    )
    return policy


@transaction.atomic
def policy_fit(*, policy: AutomationPolicy) -> AutomationPolicy:
    """Calibrate on what people have decided so far and set the threshold that keeps the target, or none."""
    policy = AutomationPolicy.objects.select_for_update().get(pk=policy.pk)
    decisions = list(selectors.evidence(vertical=policy.vertical, category=policy.category))
    policy.evidence = len(decisions)
    if len(decisions) >= FEWEST_DECISIONS:
        fit = calibration_fit(evidence=decisions, target=policy.target_precision)
        policy.calibration, policy.threshold = fit.calibration, fit.threshold
    else:
        policy.calibration, policy.threshold = {}, None
    policy.save()
    return policy


@transaction.atomic
def sure_publish(*, policy: AutomationPolicy, limit: int = 500) -> int:
    """Publish the undecided proposals that are sure enough; a random share of them is marked for a blind audit.

    Run twice it publishes once: a proposal has at most one automatic tag, by a database constraint.
    """
    policy = AutomationPolicy.objects.select_for_update().get(pk=policy.pk)
    if not policy.enabled or policy.threshold is None:
        return 0
    published = 0
    for proposal in selectors.proposals_undecided(policy=policy).iterator(chunk_size=500):
        published += _publish(policy, proposal)
        if published >= limit:
            break
    return published


@transaction.atomic
def policy_stop(*, policy: AutomationPolicy, reason: str, actor: User | None = None) -> AutomationPolicy:
    """Switch a category's automation off and hold what it has published until people have looked."""
    policy = AutomationPolicy.objects.select_for_update().get(pk=policy.pk)
    policy.enabled, policy.stopped_reason = False, reason
    policy.save(update_fields=["enabled", "stopped_reason", "updated_at"])
    # Also what a closed place hides or an owner has not seen yet: a change of that place's policy must not show it.
    doubtful = Tag.objects.filter(source=Tag.Source.MODEL, ruled=False, scene__vertical=policy.vertical).filter(
        Q(state__in=[Tag.State.LIVE, Tag.State.HELD]) | Q(reason=WITHDRAWN)
    )
    if policy.category_id is not None:
        doubtful = doubtful.filter(category=policy.category_id)
    held = tags_move(
        tags=doubtful,
        state=Tag.State.HELD,
        reason=f"{STOPPED}{reason}"[:300],
        cause=TagEvent.Cause.STOP,
        policy=policy,
        actor=actor,
    )
    audit_record(actor=actor, verb="automation_stop", subject=policy, reason=reason, held=held)
    return policy


def _publish(policy: AutomationPolicy, proposal: Proposal) -> int:
    candidate = next(iter(proposal.candidates.all()), None)
    place = policy_for(scene=proposal.scene)
    if candidate is None or place == Policy.CLOSED or policy.threshold is None:
        return 0
    confidence = probability_of(calibration=policy.calibration, score=selectors.raw_score(proposal, candidate))
    if confidence < policy.threshold:
        return 0
    # A scene that somebody else is at is left for the next time: waiting for several could deadlock with them.
    if not Scene.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=proposal.scene_id).exists():
        return 0
    leave = leave_of(scene=proposal.scene, box=proposal.box, product=candidate.product)
    if leave == Leave.NONE:
        return 0
    held = place == Policy.REVIEW_FIRST or leave == Leave.ASK
    words = f"Automation was {confidence:.1%} sure; {policy.threshold:.1%} keeps {policy.target_precision:.0%} right."
    if held:
        words = f"{words} Waits for the owner of the place."
    tag, created = Tag.objects.get_or_create(
        proposal=proposal,
        source=Tag.Source.MODEL,
        defaults={
            **proposal.box._asdict(),
            "scene": proposal.scene,
            "category": proposal.category,
            "product": candidate.product,
            "grade": Grade.EXACT,
            "confidence": confidence,
            "state": Tag.State.HELD if held else Tag.State.LIVE,
            "reason": ASKS_AGAIN if leave == Leave.ASK else words,
        },
    )
    if created:
        tags_tell(
            tags=[tag],
            cause=TagEvent.Cause.AUTOMATION,
            policy=policy,
            confidence=confidence,
            threshold=policy.threshold,
        )
    # Seeded by the tag, so that who is audited can be checked afterwards and a repeated run draws the same.
    if created and random.Random(tag.pk).random() < policy.audit_share:
        Audit.objects.create(tag=tag, policy=policy)
    return int(created)
