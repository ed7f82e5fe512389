"""What each maker puts first at a fixed set of served boxes, asked once and blind, and what the grades come to."""

from __future__ import annotations

import json
import math
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labeling.accounts.models import User
from labeling.annotation.services import assignment_submit
from labeling.common.errors import ApplicationError, ConflictError
from labeling.datasets.services import assignment_settle
from labeling.inference.models import Candidate, Proposal, Scan
from labeling.tags.judging import cost_of, judge_figures, judge_next, report_of
from labeling.tags.models import JudgeItem, Judgement, JudgeSet, Tag
from labeling.tags.services import judge_set_draw, judge_set_enter, judgement_give, judgement_take_back
from labeling.tags.services.judging import SERVED
from tests.labeling.deciding import all_confirmed, decide, lend_one
from tests.labeling.tagging import propose, tagged
from tests.world import World, make_version

OLD, NEW = "home embedder 1", "home embedder 2"


def served(world: World, count: int = 6) -> JudgeSet:
    """A set over ``count`` scenes, each with a live sofa; the embedder puts the first sofa first."""
    for number in range(count):
        tagged(world, proposal=propose(world, number, score=0.9), product=world.sofas[number % 2])
    return judge_set_draw(vertical=world.vertical, seed=3, count=count)


def second_version(world: World, product: int) -> None:
    """Another embedder looks at every proposed scene and puts another sofa first."""
    embedder = make_version(world.vertical, "embedder", number=2, live=False)
    for old in Proposal.objects.filter(scene__external_id__startswith="proposed-"):
        scan = Scan.objects.create(scene=old.scene, detector=world.detector, embedder=embedder, state="done")
        fresh = Proposal.objects.create(
            scan=scan, scene=old.scene, position=0, category=old.category, detector_class="sofa", score=0.9,
            **old.box._asdict(),
        )  # fmt: skip
        Candidate.objects.create(proposal=fresh, product=world.sofas[product], rank=1, score=0.8)


def grade_all(judge_set: JudgeSet, judge: User, grades: dict[int, str]) -> int:
    """Grade every question by its product; returns how many there were."""
    asked = 0
    while (item := judge_next(judge_set=judge_set, judge=judge)[0]) is not None:
        judgement_give(item=item, judge=judge, grade=grades[item.product_id], seconds=2.0)
        asked += 1
    return asked


def test_it_works(world: World) -> None:
    drawn = served(world)
    second_version(world, 2)
    drawn = judge_set_enter(judge_set=drawn)
    assert set(drawn.makers) == {OLD, NEW, SERVED}
    grades = {world.sofas[0].pk: "exact", world.sofas[1].pk: "similar", world.sofas[2].pk: "none"}
    # Served and old agree on half the boxes: those are one question.
    assert grade_all(drawn, world.ann, grades) == JudgeItem.objects.count() == 6 + 3 + 6
    found = {each.maker: (each.judged, each.exact, each.similar) for each in judge_figures(judge_set=drawn)}
    assert found == {OLD: (6, 6, 0), NEW: (6, 0, 0), SERVED: (6, 3, 3)}


def test_the_interval_is_wilsons(world: World) -> None:
    drawn = served(world)
    grade_all(drawn, world.ann, {world.sofas[0].pk: "exact", world.sofas[1].pk: "none"})
    mine = next(each for each in judge_figures(judge_set=drawn) if each.maker == SERVED)
    n, p, z = 6, 0.5, 1.959963984540054
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert (mine.value, mine.low, mine.high) == (0.5, pytest.approx(0.5 - spread), pytest.approx(0.5 + spread))


def test_the_same_seed_is_the_same_set(world: World) -> None:
    first = served(world, 4)
    boxes = list(first.boxes.values_list("pk", "scene"))
    tagged(world, proposal=propose(world, 99, score=0.9))
    again = judge_set_draw(vertical=world.vertical, seed=3, count=100)
    assert (again.pk, list(again.boxes.values_list("pk", "scene"))) == (first.pk, boxes)
    other = judge_set_draw(vertical=world.vertical, seed=4, count=2)
    assert other.boxes.count() == 2


def test_where_a_maker_puts_nothing_first_it_misses(world: World) -> None:
    drawn = served(world, 3)
    proposal = Proposal.objects.filter(scene=drawn.boxes.earliest("pk").scene)[0]
    second_version(world, 0)
    Proposal.objects.filter(scene=proposal.scene, scan__embedder__number=2).delete()
    drawn = judge_set_enter(judge_set=drawn)
    grade_all(drawn, world.ann, {product.pk: "exact" for product in world.sofas})
    found = {each.maker: (each.judged, each.exact) for each in judge_figures(judge_set=drawn)}
    assert found[NEW] == (3, 2) and found[OLD] == (3, 3)


def test_the_majority_of_judges_counts_and_a_tie_goes_to_the_worse(world: World) -> None:
    drawn = served(world, 1)
    item = JudgeItem.objects.get()
    for judge, grade in ((world.ann, "exact"), (world.arif, "similar")):
        judgement_give(item=item, judge=judge, grade=grade)
    assert {each.exact for each in judge_figures(judge_set=drawn)} == {0}
    judgement_give(item=item, judge=world.cora, grade="exact")
    assert {each.exact for each in judge_figures(judge_set=drawn)} == {1}
    judgement_give(item=item, judge=world.ann, grade="none")
    assert Judgement.objects.count() == 3


def test_a_grade_is_taken_back_and_asked_again(world: World) -> None:
    drawn = served(world, 3)
    item, left = judge_next(judge_set=drawn, judge=world.ann)
    assert item is not None
    judgement_give(item=item, judge=world.ann, grade="exact")
    assert judge_next(judge_set=drawn, judge=world.ann)[1] == left - 1
    assert judgement_take_back(judge_set=drawn, judge=world.ann)
    assert judge_next(judge_set=drawn, judge=world.ann) == (item, left)
    assert not judgement_take_back(judge_set=drawn, judge=world.ann)
    with pytest.raises(ApplicationError, match="Say one of"):
        judgement_give(item=item, judge=world.ann, grade="perfect")


def test_what_a_pair_costs(world: World) -> None:
    seat = lend_one(world.ann, world)
    assert seat.token is not None
    decisions = [
        decide(world.proposals[0], product=world.sofas[0].pk, seconds=4.0),
        decide(world.proposals[1], product=None, grade="none", seconds=2.0),
    ]
    assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, uuid=seat.token, token=seat.token, seconds=6.0, decisions=decisions
    )
    assignment_settle(assignment_id=seat.pk)
    found = cost_of(vertical=world.vertical)
    assert (found.decisions, found.pairs, found.seconds_per_pair, found.actions_per_pair) == (2, 1, 6.0, 2.0)
    assert all_confirmed(world)


def test_the_command(world: World) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="nothing to judge"):
        call_command("judge_report", draw=5)
    with pytest.raises(CommandError, match="Draw one"):
        call_command("judge_report", seed=3)
    drawn = served(world)
    call_command("judge_report", seed=3, json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert told == json.loads(json.dumps(report_of(judge_set=drawn)))
    assert [each["value"] for each in told["extremely_similar_at_1"]] == [None, None]
    call_command("judge_report", seed=3, stdout=out)
    assert "nothing judged yet" in out.getvalue()


def test_nothing_served_is_nothing_to_judge(world: World) -> None:
    Tag.objects.all().delete()
    with pytest.raises(ConflictError, match="shows no tag yet"):
        judge_set_draw(vertical=world.vertical, seed=1, count=5)
