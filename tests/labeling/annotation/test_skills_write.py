"""Skills are rows that a worker writes from what people said; a submit only reads what is there."""

from __future__ import annotations

import pytest

from labeling.annotation.models import Skill
from labeling.annotation.selectors import abilities_of, verticals_to_measure
from labeling.annotation.services import skills_write
from labeling.annotation.tasks import measure_skills
from labeling.datasets.tasks import settle_waiting
from tests.labeling.trusting import annotator, gold_scene, measured, visit
from tests.world import World


def test_it_works(world: World) -> None:
    campaign = measured(world, scenes=8, gold_share=0.0)
    while visit(world.ann, campaign) is not None:
        pass
    assert skills_write(vertical=world.vertical) == 3
    assert {skill.question: skill.answers for skill in Skill.objects.all()} == {
        "object": 8,
        "category": 8,
        "product": 8,
    }
    abilities = abilities_of(vertical_id=world.vertical.pk, annotators=[world.ann.pk, world.arif.pk])
    assert set(abilities) == {(world.ann.pk, question) for question in ("object", "category", "product")}
    assert abilities[world.ann.pk, "product"].keep > 0.9


def test_a_submit_writes_no_skill(world: World) -> None:
    campaign = measured(world, scenes=1)
    visit(world.ann, campaign)
    settle_waiting()
    assert not Skill.objects.exists()


def test_gold_shows_who_waves_mistakes_through(world: World) -> None:
    for n in range(10):
        gold_scene(world, f"gold-{n}")
    campaign = measured(world, scenes=24, gold_share=0.4, trick_share=1.0)
    careful = annotator("careful")
    for n in range(12):
        visit(world.ann, campaign)
        settle_waiting()
        visit(careful, campaign, accept=n % 2 == 0)
        settle_waiting()
    skills_write(vertical=world.vertical)
    catches = dict(Skill.objects.filter(question="object").values_list("annotator__username", "catch"))
    assert catches["careful"] != catches["ann"]
    assert Skill.objects.get(annotator=world.ann, question="product").catch < 0.7


def test_it_is_written_anew_where_somebody_said_something_since(world: World) -> None:
    assert verticals_to_measure() == []
    campaign = measured(world, scenes=2, gold_share=0.0)
    visit(world.ann, campaign)
    assert verticals_to_measure() == [world.vertical]
    measure_skills()
    assert verticals_to_measure() == []
    visit(world.ann, campaign)
    assert verticals_to_measure() == [world.vertical]
    measure_skills()
    measure_skills()
    assert Skill.objects.get(question="object").answers == 2


@pytest.mark.parametrize("question", ["object", "category", "product"])
def test_nothing_said_is_nothing_written(world: World, question: str) -> None:
    assert skills_write(vertical=world.vertical) == 0
    assert not Skill.objects.filter(question=question).exists()
