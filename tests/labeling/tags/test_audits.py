"""Blind audits: who is asked, what they judge, and when they stop the automation. Through the real services."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.annotation.models import Campaign, Kind
from labeling.annotation.services import Decision
from labeling.common.models import AuditEvent
from labeling.datasets.models import Pair
from labeling.tags.auditing import policies_watched
from labeling.tags.calibration import ALPHA, precision_watch
from labeling.tags.models import Audit, AutomationPolicy, Tag
from labeling.tags.services import audits_ask, audits_judge, policies_stop_failing, policy_set, sure_publish
from labeling.tags.services.auditing import CAMPAIGN, DISAGREED
from labeling.tags.tasks import audit_published
from tests.labeling.api.desk import signed_in
from tests.labeling.bursting import lend_shown, said, work_through
from tests.labeling.tagging import as_sure_of_all, propose, resolve
from tests.world import World


def publish(world: World, count: int, *, share: float = 1.0, category: bool = False) -> AutomationPolicy:
    """Automation that is sure of all, having published ``count`` sofas in scenes of their own, all of them audited."""
    policy = policy_set(
        vertical=world.vertical, category=world.sofa if category else None, enabled=True, target_precision=0.95,
        audit_share=share, actor=world.cora,
    )  # fmt: skip
    policy.calibration, policy.threshold = as_sure_of_all(), 0.5
    policy.save()
    for number in range(count):
        propose(world, number, score=0.9)
    sure_publish(policy=policy)
    return policy


def audit(world: World, *, wrong: int = 0) -> None:
    """Ann judges all that waits: the first ``wrong`` sofas are none."""
    left = [wrong]

    def say(shown: dict[str, Any], each: dict[str, Any]) -> Decision:
        if each["category"] == "sofa" and left[0] > 0:
            left[0] -= 1
            return said(each, product=None, grade="none")
        return said(each)

    work_through(world.ann, Campaign.objects.get(name=CAMPAIGN), say)


def test_it_works(world: World) -> None:
    publish(world, 6)
    assert audits_ask(vertical=world.vertical) == Audit.objects.count() == 8
    assert audits_ask(vertical=world.vertical) == 0
    audit(world, wrong=2)
    judged = Audit.objects.filter(judged_at__isnull=False)
    assert (judged.count(), judged.filter(correct=False).count()) == (8, 2)
    assert set(Tag.objects.filter(audit__correct=False).values_list("state", "reason")) == {("held", DISAGREED)}
    assert set(Tag.objects.filter(audit__correct=True).values_list("state", flat=True)) == {"live"}


def test_it_is_blind_and_only_measures(world: World) -> None:
    publish(world, 2)
    audits_ask(vertical=world.vertical)
    campaign = Campaign.objects.get(name=CAMPAIGN)
    assert (campaign.kinds, campaign.blind_audit, campaign.admit_pairs) == ([Kind.MATCH_BURST], True, False)
    [shown, *_] = lend_shown(world.ann, campaign)
    words = str(shown).lower()
    assert not any(word in words for word in ("tag", "automat", "published", "confidence", "live"))
    for page in ("/annotate/", f"/annotate/{campaign.pk}/"):
        assert "audit" not in signed_in(world.ann).get(page).content.decode().lower()
    audit(world)
    assert not Pair.objects.exists()
    assert set(Tag.objects.values_list("source", flat=True)) == {"model"}


def test_it_is_judged_once(world: World) -> None:
    publish(world, 1)
    audits_ask(vertical=world.vertical)
    audit(world)
    tag = Audit.objects.order_by("pk")[0].tag
    assert audits_judge(resolutions=[resolve(world, proposal=tag.proposal, accepted=False)]) == 0
    assert Audit.objects.get(tag=tag).correct is True


def test_what_was_never_asked_is_not_judged(world: World) -> None:
    publish(world, 1)
    tag = Audit.objects.order_by("pk")[0].tag
    assert audits_judge(resolutions=[resolve(world, proposal=tag.proposal)]) == 0


def test_a_product_of_the_same_photo_is_right(world: World) -> None:
    publish(world, 0)
    for product in world.sofas[:2]:
        product.same_photo_group = "both"
        product.save()
    audits_ask(vertical=world.vertical)
    tag = Tag.objects.get(proposal=world.proposals[0])
    audits_judge(resolutions=[resolve(world, proposal=world.proposals[0], product=world.sofas[1])])
    assert Audit.objects.get(tag=tag).correct is True


def test_proof_of_a_miss_stops_the_category_alone(world: World) -> None:
    pooled = publish(world, 16)
    audit_published()
    audit(world, wrong=12)
    [stopped] = policies_stop_failing(vertical=world.vertical)
    assert (stopped.category, stopped.enabled) == (world.sofa, False)
    assert "wrong, which proves less than 95% right" in stopped.stopped_reason
    assert stopped.stopped_at is not None
    assert {tag.state for tag in Tag.objects.filter(category=world.sofa)} == {"held"}
    assert Tag.objects.get(category=world.lamp).state == "live"
    assert AuditEvent.objects.filter(verb="automation_stop", subject_id=stopped.pk).exists()
    propose(world, 100, score=0.9)
    assert sure_publish(policy=pooled) == 0
    # The rest goes on, and what was judged of sofas no longer counts against it.
    assert policies_stop_failing(vertical=world.vertical) == []
    pooled.refresh_from_db()
    assert pooled.enabled


def test_a_category_of_its_own_stops_itself(world: World) -> None:
    policy = publish(world, 16, category=True)
    audit_published()
    audit(world, wrong=10)
    audit_published()
    policy.refresh_from_db()
    assert not policy.enabled
    assert AutomationPolicy.objects.count() == 1


def test_switched_on_again_only_new_audits_count(world: World) -> None:
    policy = publish(world, 16, category=True)
    audit_published()
    audit(world, wrong=10)
    audit_published()
    publish(world, 0, category=True)
    [watched] = policies_watched(vertical=world.vertical)
    assert (watched.policy, watched.precision.judged) == (policy, 0)


def test_a_few_faults_are_no_proof(world: World) -> None:
    publish(world, 30)
    audit_published()
    audit(world, wrong=1)
    assert policies_stop_failing(vertical=world.vertical) == []
    whole = next(each for each in policies_watched(vertical=world.vertical) if each.category is None)
    found = whole.precision
    assert (found.judged, found.right) == (32, 31)
    assert found.low < 31 / 32 < found.high and found.wealth < 2 / ALPHA


def test_the_share_that_is_audited_is_drawn(world: World) -> None:
    publish(world, 40, share=0.5)
    assert 10 < Audit.objects.count() < 32


@pytest.mark.parametrize("right", [[], [True] * 5])
def test_a_watch_over_little(right: list[bool]) -> None:
    seen = precision_watch(right=right, target=0.95)
    assert not seen.alarm and seen.low <= 1.0 == seen.high
