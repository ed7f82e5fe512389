"""Setting up automation: what it must keep, what it learned, and when it ends."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.selectors import wrong_products_taken
from labeling.catalog.models import Category, Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError
from labeling.tags.evidence import Evidence, evidence_of
from labeling.tags.fitting import WRONG_TAKEN, policy_calibrated, wrong_taken
from labeling.tags.models import AutomationPolicy, Tag, TagEvent
from labeling.tags.reasons import STOPPED
from labeling.tags.selectors import slates_under
from labeling.tags.services.telling import tags_move

FIT_AGAIN = 1.1


@transaction.atomic
def policy_set(
    *,
    vertical: Vertical,
    category: Category | None,
    enabled: bool,
    target_precision: float,
    audit_share: float,
    actor: User,
    reach: str = AutomationPolicy.Reach.OBJECT,
) -> AutomationPolicy:
    """Switch automation on or off for a category, or with none for the whole vertical, and say how right it must be.

    Switched on again it forgets why it was stopped, and only audits from then on watch over it. Fit it afterwards: a new
    target needs a new threshold.
    """
    if not 0 < target_precision < 1:
        raise ApplicationError("The target lies between 0 and 1, say 0.95.", fields={"target_precision": "range"})
    if not 0 <= audit_share <= 1:
        raise ApplicationError("The audited share lies between 0 and 1, say 0.05.", fields={"audit_share": "range"})
    if category is not None and category.vertical_id != vertical.pk:
        raise ApplicationError(f"{category} belongs to another vertical.", fields={"category": "wrong vertical"})
    values = {
        "enabled": enabled,
        "target_precision": target_precision,
        "audit_share": audit_share,
        "reach": str(reach),
    }
    before = AutomationPolicy.objects.select_for_update().filter(vertical=vertical, category=category).first()
    was = before is not None and before.enabled
    changed: dict[str, object] = {}
    if enabled and not was:
        changed = {"stopped_reason": "", "stopped_at": None, "resumed_at": timezone.now()}
    elif was and not enabled:
        changed = {"stopped_at": timezone.now()}
    policy, _ = AutomationPolicy.objects.update_or_create(
        vertical=vertical, category=category, defaults=values | changed
    )
    audit_record(
        actor=actor, verb="automation_set", subject=policy, category=category.slug if category else None, **values
    )
    return policy


def policy_refresh(*, policy: AutomationPolicy, evidence: Evidence) -> AutomationPolicy:
    """Fit a policy again where other versions went live or people have decided a tenth more since; else leave it.

    Each fit is one more chance to be fooled, so it is not done whenever there is one decision more.
    """
    known = policy.report
    more = len(evidence.decided) >= FIT_AGAIN * known.get("decided", 0) and len(evidence.decided) > 0
    if policy.fitted_at is None or more or known.get("versions") != list(evidence.versions):
        return policy_fit(policy=policy, evidence=evidence, keep_proven=True)
    return policy


@transaction.atomic
def policy_fit(
    *, policy: AutomationPolicy, evidence: Evidence | None = None, keep_proven: bool = False
) -> AutomationPolicy:
    """Calibrate on what people have decided so far and set the threshold that keeps the target, or none.

    ``evidence`` is that of the policy's vertical, where the caller has read it already. With ``keep_proven`` a threshold
    that was proven for these versions stands where the new fit proves none: a proof is not undone by failing to find
    another, and audits watch over it; it is where gold has since proven people to let more pass than was paid for.
    """
    policy = (
        AutomationPolicy.objects.select_for_update(of=("self",))
        .select_related("vertical", "category")
        .get(pk=policy.pk)
    )
    evidence = evidence or evidence_of(vertical=policy.vertical)
    taken, shown = wrong_products_taken(vertical=policy.vertical)
    wrong = wrong_taken(taken=taken, shown=shown)
    fit = policy_calibrated(
        evidence,
        mine=slates_under(policy=policy, slates=evidence.slates),
        target=policy.target_precision,
        surest_only=policy.reach == AutomationPolicy.Reach.SCENE,
        wrong=wrong,
    )
    news = {"decided": len(evidence.decided), "versions": list(evidence.versions)}
    stands = policy.threshold is not None and policy.report.get("versions") == news["versions"]
    stands = stands and wrong.proven <= policy.report.get("wrong_taken", WRONG_TAKEN)
    if keep_proven and stands and fit.threshold is None:
        policy.report = policy.report | news
    else:
        policy.calibration, policy.threshold, policy.report = fit.confidence, fit.threshold, fit.report | news
    policy.evidence, policy.fitted_at = fit.evidence, timezone.now()
    policy.save()
    return policy


@transaction.atomic
def policy_stop(*, policy: AutomationPolicy, reason: str, actor: User | None = None) -> AutomationPolicy:
    """Switch a category's automation off and hold what it has published until people have looked."""
    policy = AutomationPolicy.objects.select_for_update().get(pk=policy.pk)
    policy.enabled, policy.stopped_reason, policy.stopped_at = False, reason[:300], timezone.now()
    policy.save(update_fields=["enabled", "stopped_reason", "stopped_at", "updated_at"])
    # Also what a closed place hides or an owner has not seen yet: a change of that place's policy must not show it.
    doubtful = Tag.objects.filter(source=Tag.Source.MODEL, ruled=False, scene__vertical=policy.vertical_id)
    if policy.category_id is not None:
        doubtful = doubtful.filter(category=policy.category_id)
    words = f"{STOPPED}{reason}"[:300]
    held = doubtful.exclude(was_state="").update(was_state=Tag.State.HELD, was_reason=words)
    held += tags_move(
        tags=doubtful.filter(was_state="").exclude(state=Tag.State.HIDDEN),
        state=Tag.State.HELD,
        reason=words,
        cause=TagEvent.Cause.STOP,
        policy=policy,
        actor=actor,
    )
    audit_record(actor=actor, verb="automation_stop", subject=policy, reason=reason, held=held)
    return policy
