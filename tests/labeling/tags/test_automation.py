"""Publishing without a person: what is fitted, what is published, what never is."""

from __future__ import annotations

import pytest

from labeling.brands.models import Policy
from labeling.common.errors import ApplicationError
from labeling.common.models import AuditEvent
from labeling.tags.evidence import evidence_of, half_of
from labeling.tags.fitting import FEWEST_LESSONS
from labeling.tags.models import Audit, AutomationPolicy, Tag, TagEvent
from labeling.tags.selectors import policies_of
from labeling.tags.services import policy_fit, policy_refresh, policy_set, policy_stop, sure_publish
from labeling.tags.tasks import publish_sure
from models_ml.precision import precision_lower_bound
from tests.labeling.tagging import hold_place, propose, resolve, tagged
from tests.world import World, make_version

DECISIONS = 200


def switch_on(world: World, *, target: float = 0.8, audit_share: float = 0.0) -> AutomationPolicy:
    """The vertical's pooled automation, not fitted yet."""
    return policy_set(
        vertical=world.vertical, category=None, enabled=True, target_precision=target, audit_share=audit_share,
        actor=world.cora,
    )  # fmt: skip


def decide_many(world: World, count: int = DECISIONS) -> list[tuple[int, int, float, bool]]:
    """Sure proposals were right, doubtful ones wrong; returns (proposal, half, score, right) as decided."""
    decided = []
    for number in range(1, count + 1):
        score = 0.95 if number % 4 < 2 else 0.4
        right = score > 0.9
        proposal = propose(world, number, score=score)
        resolve(world, proposal=proposal, product=world.sofas[0] if right else world.sofas[1])
        decided.append((proposal.pk, half_of(proposal.scene.sha256), score, right))
    return decided


def published(world: World, **options: object) -> list[Tag]:
    policy = policy_fit(policy=switch_on(world, **options))  # type: ignore[arg-type]
    sure_publish(policy=policy)
    return list(Tag.objects.filter(source="model").order_by("proposal"))


def test_it_works(world: World) -> None:
    decided = decide_many(world)
    assert evidence_of(vertical=world.vertical).decided == {proposal: right for proposal, _, _, right in decided}
    sure, doubtful = propose(world, 1000, score=0.95), propose(world, 1001, score=0.4)
    tags = published(world)
    assert sure.pk in {tag.proposal_id for tag in tags}
    assert doubtful.pk not in {tag.proposal_id for tag in tags}
    assert all(tag.state == "live" and tag.confidence is not None for tag in tags)
    [told] = TagEvent.objects.filter(tag__proposal=sure)
    policy = AutomationPolicy.objects.get()
    assert (told.cause, told.policy, told.threshold) == ("automation", policy, policy.threshold)


def test_the_threshold_keeps_the_target_as_a_loop_sees_it(world: World) -> None:
    decided = decide_many(world)
    policy = policy_fit(policy=switch_on(world, target=0.85))
    assert policy.threshold is not None
    assert (policy.evidence, policy.report["lessons"]) == (DECISIONS, sum(half == 0 for _, half, _, _ in decided))
    kept = [right for _, half, score, right in decided if half == 1 and score > 0.9]
    assert (policy.report["right"], policy.report["kept"]) == (sum(kept), len(kept))
    assert policy.report["precision_low"] == precision_lower_bound(sum(kept), len(kept)) >= 0.85


def test_thin_evidence_publishes_nothing(world: World) -> None:
    decide_many(world, FEWEST_LESSONS)
    propose(world, 1000, score=0.95)
    assert published(world) == []
    assert AutomationPolicy.objects.get().threshold is None


def test_wrong_decisions_publish_nothing(world: World) -> None:
    for number in range(60):
        resolve(world, proposal=propose(world, number, score=0.95), product=world.sofas[number % 2])
    propose(world, 1000, score=0.95)
    assert published(world) == []


def test_twice_is_once(world: World) -> None:
    decide_many(world)
    propose(world, 1000, score=0.95)
    first = published(world)
    assert publish_sure() == 0
    assert list(Tag.objects.filter(source="model")) == first != []


def test_never_in_a_closed_place_and_held_for_review(world: World) -> None:
    decide_many(world)
    hold_place(world, Policy.CLOSED)
    hold_place(world, Policy.REVIEW_FIRST, "uk.bram.example")
    closed = propose(world, 1000, score=0.95, domain="bram.example")
    review = propose(world, 1001, score=0.95, domain="uk.bram.example")
    states = {tag.proposal_id: tag.state for tag in published(world)}
    assert closed.pk not in states
    assert states[review.pk] == "held"


def test_scenes_of_businesses_are_left_alone(world: World) -> None:
    decide_many(world)
    proposal = propose(world, 1000, score=0.95)
    proposal.scene.business_account = "acme"
    proposal.scene.save()
    assert proposal.pk not in {tag.proposal_id for tag in published(world)}


def test_the_audited_share(world: World) -> None:
    decide_many(world)
    for number in range(60):
        propose(world, 1000 + number, score=0.95)
    tags = published(world, audit_share=0.5)
    audited = Audit.objects.count()
    assert len(tags) >= 60
    assert 0.25 * len(tags) < audited < 0.75 * len(tags)


def test_a_category_of_its_own_is_not_pooled(world: World) -> None:
    decide_many(world)
    propose(world, 1000, score=0.95)
    pooled = policy_fit(policy=switch_on(world))
    own = policy_set(
        vertical=world.vertical,
        category=world.sofa,
        enabled=True,
        target_precision=0.8,
        audit_share=0.0,
        actor=world.cora,
    )
    own = policy_fit(policy=own)
    assert sure_publish(policy=pooled) == 0
    assert sure_publish(policy=own) > 0


def test_a_stop_holds_what_was_published(world: World) -> None:
    decide_many(world)
    propose(world, 1000, score=0.95)
    published(world)
    policy = policy_stop(policy=AutomationPolicy.objects.get(), reason="audits found 3 of 9 wrong")
    assert not policy.enabled
    assert {(tag.state, tag.reason) for tag in Tag.objects.filter(source="model")} == {
        ("held", "Automation was stopped: audits found 3 of 9 wrong")
    }
    assert publish_sure() == 0
    assert switch_on(world).stopped_reason == ""


def test_a_category_that_was_stopped_is_not_pooled(world: World) -> None:
    decide_many(world)
    propose(world, 1000, score=0.95)
    own = AutomationPolicy.objects.create(vertical=world.vertical, category=world.sofa, enabled=True)
    policy_stop(policy=own, reason="audits")
    assert published(world) == []


def test_the_surest_object_of_each_scene(world: World) -> None:
    decide_many(world)
    scan = propose(world, 1000, score=0.95).scan
    second = propose(world, 1001, score=0.95, scan=scan)
    second.left, second.right = 0.6, 0.9
    second.save()
    whole = published(world)
    assert {tag.proposal_id for tag in whole if tag.scene_id == scan.scene_id} == {second.pk, second.pk - 1}
    Tag.objects.all().delete()
    policy = policy_set(
        vertical=world.vertical, category=None, enabled=True, target_precision=0.8, audit_share=0.0, actor=world.cora,
        reach="scene",
    )  # fmt: skip
    sure_publish(policy=policy_fit(policy=policy))
    assert Tag.objects.filter(scene=scan.scene).count() == 1


def test_never_twice_on_one_object(world: World) -> None:
    decide_many(world)
    proposal = propose(world, 1000, score=0.95)
    tagged(world, scene=proposal.scene)
    assert proposal.pk not in {tag.proposal_id for tag in published(world)}


def test_other_versions_ask_for_another_fit(world: World) -> None:
    decide_many(world)
    policy = policy_fit(policy=switch_on(world))
    evidence = evidence_of(vertical=world.vertical)
    assert policy_refresh(policy=policy, evidence=evidence).fitted_at == policy.fitted_at
    world.embedder.live = False
    world.embedder.save()
    make_version(world.vertical, "embedder", number=2)
    later = policy_refresh(policy=policy, evidence=evidence_of(vertical=world.vertical))
    assert later.threshold is None and later.calibration == {}


def test_a_proof_stands_where_a_later_fit_finds_none(world: World) -> None:
    decide_many(world)
    policy = policy_fit(policy=switch_on(world))
    for number in range(2000, 2040):
        resolve(world, proposal=propose(world, number, score=0.95), product=world.sofas[1])
    evidence = evidence_of(vertical=world.vertical)
    kept = policy_refresh(policy=policy, evidence=evidence)
    assert (kept.threshold, kept.calibration) == (policy.threshold, policy.calibration)
    assert kept.report["decided"] == DECISIONS + 40
    # Who asks for a fit gets what it says.
    assert policy_fit(policy=kept, evidence=evidence).threshold is None


def test_setting_is_audited_and_checked(world: World) -> None:
    policy = switch_on(world)
    assert switch_on(world, target=0.9).pk == policy.pk
    assert AuditEvent.objects.filter(verb="automation_set", subject_id=policy.pk).count() == 2
    with pytest.raises(ApplicationError, match="between 0 and 1"):
        switch_on(world, target=1.0)
    assert [each.category for each in policies_of(vertical=world.vertical)] == [None, world.lamp, world.sofa]
