"""What pairs are found by stands in them and stays true, whoever writes."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction

from labeling.annotation.models import Annotation, Assignment, Verdict
from labeling.brands.models import Policy
from labeling.catalog.models import Brand, Product, Scene
from labeling.datasets.models import Pair, PairVoice
from labeling.datasets.services import pairs_admit, review_conclude
from labeling.inference.models import Candidate
from labeling.tags.models import TagReview
from labeling.tags.services import Ruling
from tests.labeling.tagging import hold_place, propose, resolve, tagged
from tests.world import World


def test_it_works(world: World) -> None:
    proposal = propose(world, 1, score=0.9, domain="www.Rooms.example")
    Candidate.objects.create(proposal=proposal, product=world.sofas[1], rank=5, score=0.25)
    pairs_admit(resolutions=[resolve(world, proposal=proposal, product=world.sofas[1])])
    pair = Pair.objects.get()
    assert (pair.filed_under, pair.brand, pair.domain) == (world.sofa, world.brand, "rooms.example")
    assert (pair.agreement, pair.score) == (1.0, 0.25)


def test_what_is_on_no_slate_has_no_score(world: World) -> None:
    pairs_admit(resolutions=[resolve(world, product=world.lamps[0])])
    assert Pair.objects.get().score is None


def test_it_follows_the_catalogue(world: World) -> None:
    pairs_admit(resolutions=[resolve(world)])
    other = Brand.objects.create(name="Other")
    Pair.objects.update(category=None)
    Product.objects.filter(pk=world.sofas[0].pk).update(brand=other, category=world.lamp)
    Scene.objects.filter(pk=world.scene.pk).update(source_url="https://new.example/a/b", domain="")
    pair = Pair.objects.get()
    assert (pair.filed_under, pair.brand, pair.domain) == (world.lamp, other, "new.example")
    Product.objects.filter(pk=world.sofas[0].pk).update(brand=None)
    Scene.objects.filter(pk=world.scene.pk).update(source_url="")
    pair.refresh_from_db()
    assert (pair.brand, pair.domain) == (None, "")


def test_whoever_judged_it_has_a_voice(world: World) -> None:
    resolution = resolve(world, proposal=world.proposals[0])
    seats = [
        Assignment.objects.create(
            campaign=world.campaign, scene=world.other_scene, slot=slot, annotator=person, state="submitted"
        )
        for slot, person in enumerate((world.ann, world.arif))
    ]

    def answer(seat: Assignment) -> Annotation:
        return Annotation.objects.create(
            **resolution.box._asdict(), assignment=seat, campaign=world.campaign, annotator=seat.annotator,
            scene=world.scene, proposal=world.proposals[0], verdict=Verdict.CONFIRMED, client_uuid=uuid.uuid4(),
        )  # fmt: skip

    resolution.annotations.add(answer(seats[0]), answer(seats[0]))
    pairs_admit(resolutions=[resolution])
    pair = Pair.objects.get()
    assert [voice.person for voice in pair.voices.all()] == [world.ann]
    # Somebody else says the same later.
    resolution.annotations.add(answer(seats[1]))
    assert {voice.person for voice in pair.voices.all()} == {world.ann, world.arif}
    assert {voice.created_at for voice in pair.voices.all()} == {pair.created_at}
    # What people said stays known when the decision is overruled.
    resolution.delete()
    assert PairVoice.objects.count() == 2 and Pair.objects.get().agreement == 1.0


def test_a_brand_owner_has_a_voice(world: World) -> None:
    hold_place(world, Policy.OPEN)
    tag = tagged(world, scene=world.other_scene)
    said = Ruling(tag=tag.pk, ruling=TagReview.Ruling.APPROVE, uuid=uuid.uuid4())
    review_conclude(said=said, reviewer=world.bram)
    assert Pair.objects.get().voices.get().person == world.bram


def test_one_voice_a_person(world: World) -> None:
    pairs_admit(resolutions=[resolve(world)])
    pair = Pair.objects.get()
    PairVoice.objects.create(pair=pair, person=world.ann, created_at=pair.created_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        PairVoice.objects.create(pair=pair, person=world.ann, created_at=pair.created_at)
