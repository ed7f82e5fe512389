"""What a proof pays for wrong products that people let pass is what gold shows of those who decide in the vertical."""

from __future__ import annotations

import uuid

import pytest
from scipy.stats import beta

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, Burst, Campaign, Kind, Mark, Plant
from labeling.annotation.selectors import wrong_products_taken
from labeling.datasets.tasks import settle_waiting
from labeling.tags.fitting import FEWEST_GOLD, GOLD_SURE, WRONG_TAKEN, target_seen
from labeling.tags.models import AutomationPolicy
from labeling.tags.services import policy_fit
from tests.labeling.tags.test_automation import decide_many, switch_on
from tests.labeling.trusting import gold_scene, measured, visit
from tests.labeling.verticals import make_vertical_like
from tests.world import World


def seat_of(who: User, campaign: Campaign, purpose: str = "work") -> Assignment:
    burst = Burst.objects.create(campaign=campaign, kind=Kind.MATCH_BURST)
    return Assignment.objects.create(
        campaign=campaign, kind=burst.kind, burst=burst, annotator=who, state="submitted", purpose=purpose, settled=True
    )


def marked(
    world: World, who: User, *, taken: int, shown: int, wrong: str = "product", grade: str = "exact",
    purpose: str = "work", campaign: Campaign | None = None,
) -> None:  # fmt: skip
    """This person's answers to gold that shows something wrong: so many were let pass of so many shown."""
    [gold] = gold_scene(world, f"gold-{Annotation.objects.count()}")
    seat = seat_of(who, campaign or world.campaign, purpose)
    for number in range(shown):
        said = Annotation.objects.create(
            **gold.box._asdict(), assignment=seat, campaign=seat.campaign, annotator=who, scene=gold.scene,
            proposal=gold.proposal, verdict="confirmed", category=world.sofa, product=world.sofas[1], grade=grade,
            planted=True, client_uuid=uuid.uuid4(),
        )  # fmt: skip
        Mark.objects.create(
            plant=Plant.objects.create(**gold.box._asdict(), gold=gold), campaign=seat.campaign, annotator=who,
            annotation=said, wrong=wrong, fooled=number < taken, right=number >= taken,
        )  # fmt: skip


def decides(world: World, *people: User, campaign: Campaign | None = None) -> None:
    """One decision of each, in the world's vertical unless told otherwise."""
    for who in people:
        seat = seat_of(who, campaign or world.campaign)
        Annotation.objects.create(
            left=0.1, top=0.1, right=0.5, bottom=0.5, assignment=seat, campaign=seat.campaign, annotator=who,
            scene=world.scene, verdict="added", category=world.sofa, product=world.sofas[0], grade="exact",
            client_uuid=uuid.uuid4(),
        )  # fmt: skip


def test_it_works(world: World) -> None:
    """As work makes it: gold among the work that shows something wrong each time, to a person who confirms whatever is shown."""
    for n in range(12):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=12, gold_share=0.5, trick_share=1.0)
    while visit(world.ann, campaign) is not None:
        settle_waiting()
    marks = list(Mark.objects.select_related("annotation"))
    shown = [mark for mark in marks if mark.wrong == "product"]
    taken = [mark for mark in shown if mark.fooled and mark.annotation.grade == "exact"]
    assert len(marks) > len(shown) > 0 and taken == shown
    assert wrong_products_taken(vertical=world.vertical) == (len(taken), len(shown))


def test_only_wrong_products_kept_as_exact_by_those_who_decide_there(world: World) -> None:
    other = make_vertical_like(world, score=0.9)
    decides(world, world.ann, world.arif)
    decides(world, world.cora, campaign=other)
    marked(world, world.ann, taken=2, shown=5)
    marked(world, world.arif, taken=0, shown=4)
    assert wrong_products_taken(vertical=world.vertical) == (2, 9)
    # Kept as similar it would make no right tag.
    marked(world, world.ann, taken=3, shown=3, grade="similar")
    assert wrong_products_taken(vertical=world.vertical) == (2, 12)
    marked(world, world.ann, taken=5, shown=5, wrong="box")
    marked(world, world.ann, taken=5, shown=5, wrong="")
    marked(world, world.ann, taken=5, shown=5, purpose="training")
    marked(world, world.ann, taken=5, shown=5, campaign=other)
    marked(world, world.cora, taken=5, shown=5)
    assert wrong_products_taken(vertical=world.vertical) == (2, 12)


@pytest.mark.parametrize(("taken", "shown"), [(0, 0), (0, FEWEST_GOLD - 1), (1, 120), (12, 120)])
def test_the_fit_pays_for_what_gold_shows(taken: int, shown: int, world: World) -> None:
    decide_many(world)
    decides(world, world.ann)
    marked(world, world.ann, taken=taken, shown=shown)
    report = policy_fit(policy=switch_on(world)).report
    enough = shown >= FEWEST_GOLD
    share = beta.ppf(GOLD_SURE, taken + 1, shown - taken) if enough else WRONG_TAKEN
    assert report["wrong_taken"] == pytest.approx(share)
    assert report["target_seen"] == pytest.approx(target_seen(0.8, share))
    assert (report["gold_taken"], report["gold_shown"]) == (taken, shown)


def test_people_who_take_whatever_they_are_shown_prove_nothing(world: World) -> None:
    decide_many(world)
    decides(world, world.ann)
    marked(world, world.ann, taken=FEWEST_GOLD, shown=FEWEST_GOLD)
    policy = policy_fit(policy=switch_on(world))
    assert policy.threshold is None and policy.report["bins"] and policy.report["target_seen"] == 1


def test_a_proof_stands_until_gold_proves_that_it_was_paid_too_little(world: World) -> None:
    decide_many(world)
    decides(world, world.ann)
    proven = policy_fit(policy=switch_on(world)).threshold
    assert proven is not None
    # So that a new fit proves none.
    AutomationPolicy.objects.update(target_precision=0.999)
    policy = AutomationPolicy.objects.get()
    marked(world, world.ann, taken=5, shown=60)
    kept = policy_fit(policy=policy, keep_proven=True)
    assert kept.threshold == proven and kept.report["wrong_taken"] == WRONG_TAKEN
    marked(world, world.ann, taken=20, shown=60)
    assert policy_fit(policy=policy, keep_proven=True).threshold is None
