"""Pairs of many kinds, for tests of finding, freezing and comparing them."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from django.utils import timezone

from labeling.annotation.models import Annotation, Assignment, Resolution, Verdict
from labeling.catalog.models import Brand, Product
from labeling.datasets.models import Pair, PairVoice
from labeling.inference.models import Candidate
from tests.labeling.tagging import propose
from tests.world import World, make_product, make_scene

DOMAINS = ("blog.example", "rooms.example", "bram.example")


def judged(world: World, number: int, draw: random.Random) -> Pair:
    """A pair as work makes it: a proposal with a slate, answers of one or two people, their resolution, and the pair of it."""
    product: Product = draw.choice([*world.sofas, *world.lamps])
    proposal = propose(world, number, score=0.8, domain=draw.choice(DOMAINS))
    Candidate.objects.filter(proposal=proposal).delete()
    if draw.random() < 0.7:
        Candidate.objects.create(proposal=proposal, product=product, rank=1, score=round(draw.uniform(-1, 1), 2))
    resolution = Resolution.objects.create(
        **proposal.box._asdict(), campaign=world.campaign, scene=proposal.scene, proposal=proposal, accepted=True,
        category=draw.choice([product.category, None]), product=product, grade=draw.choice(["exact", "similar"]),
        agreement=draw.choice([0.5, 2 / 3, 1.0]),
    )  # fmt: skip
    people = draw.sample([world.ann, world.arif], draw.choice([1, 2]))
    for slot, person in enumerate(people):
        seat = Assignment.objects.create(
            campaign=world.campaign, scene=proposal.scene, slot=slot, annotator=person, state="submitted"
        )
        resolution.annotations.add(
            Annotation.objects.create(
                **proposal.box._asdict(), assignment=seat, campaign=world.campaign, annotator=person,
                scene=proposal.scene, proposal=proposal, verdict=Verdict.CONFIRMED, category=resolution.category,
                product=product, grade=resolution.grade, client_uuid=uuid.uuid4(),
            )
        )  # fmt: skip
    pair = Pair.objects.create(
        **proposal.box._asdict(), vertical=world.vertical, scene=proposal.scene, category=resolution.category,
        product=product, grade=resolution.grade, source="annotators", resolution=resolution,
        withdrawn_at=timezone.now() if draw.random() < 0.3 else None,
    )  # fmt: skip
    aged(pair, dt.timedelta(days=draw.randrange(8)))
    return pair


def aged(pair: Pair, age: dt.timedelta) -> None:
    """Make a pair so much older, and the voices with it."""
    moment = pair.created_at - age
    Pair.objects.filter(pk=pair.pk).update(created_at=moment)
    PairVoice.objects.filter(pair=pair).update(created_at=moment)
    pair.refresh_from_db()


def motley(world: World, count: int = 40, seed: int = 5) -> list[Pair]:
    """Pairs that differ in everything one can ask for."""
    draw = random.Random(seed)
    Product.objects.filter(pk=world.lamps[0].pk).update(brand=Brand.objects.create(name="Brigitte"))
    return [judged(world, number, draw) for number in range(count)]


def plain(world: World, scenes: int, *, each: int = 1, name: str = "plain") -> list[Pair]:
    """Pairs that nobody in particular confirmed, ``each`` in as many scenes."""
    pairs = []
    for number in range(scenes):
        scene = make_scene(world.vertical, f"{name}-{number}", domain="blog.example")
        for at in range(each):
            product = make_product(world.sofa, f"{name}-{number}-{at}")
            pairs.append(
                Pair.objects.create(
                    vertical=world.vertical, scene=scene, category=world.sofa, product=product, grade="exact",
                    source="annotators", left=0.1, top=0.2 + at / 10, right=0.5, bottom=0.9,
                )
            )  # fmt: skip
    return pairs
