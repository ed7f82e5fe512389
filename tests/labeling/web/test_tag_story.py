"""Why a tag stands as it does, for curators and for owners on their own places; and what the outsider gets."""

from __future__ import annotations

from django.test import Client

from labeling.brands.models import Policy
from labeling.datasets.services import review_conclude
from labeling.tags.models import Audit, AutomationPolicy, Tag, TagReview
from labeling.tags.services import Ruling, policy_stop, sure_publish
from labeling.tags.story import story_of
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import as_sure_of_all, hold_place, propose, tagged
from tests.world import World


def published(world: World, *, domain: str = "blog.example") -> Tag:
    """A sofa that automation published and picked for audit."""
    policy = AutomationPolicy.objects.create(
        vertical=world.vertical, category=world.sofa, enabled=True, threshold=0.5, calibration=as_sure_of_all(),
        audit_share=1.0,
    )  # fmt: skip
    proposal = propose(world, 0, score=0.9, domain=domain)
    sure_publish(policy=policy)
    return Tag.objects.get(proposal=proposal)


def test_it_goes_back_to_the_first_proposal(world: World) -> None:
    tag = published(world)
    policy_stop(policy=AutomationPolicy.objects.get(), reason="no good", actor=world.cora)
    tag.refresh_from_db()
    steps = story_of(tag=tag, names=True)
    assert [str(step.what) for step in steps] == [
        "Proposed by the models", "automation", "Picked for a blind audit", "automation was stopped",
    ]  # fmt: skip
    facts = {str(name): value for step in steps for name, value in step.facts}
    assert "home detector 1" in facts["detector"]
    assert "home embedder 1: rank 1, similarity 1.000" in facts["embedder"]
    assert facts["confidence"] == "99.3%, threshold 50.0%"
    assert (steps[-1].who, steps[-1].state) == ("cora", "held")


def test_what_people_said_is_part_of_it(world: World) -> None:
    tag = tagged(world)
    assert tag.resolution is not None
    page = signed_in(world.cora).get(f"/curate/tags/{tag.pk}/").content.decode()
    assert "Confirmed by people." in page and tag.product.title in page


def test_an_audit_is_told_with_its_outcome(world: World) -> None:
    tag = published(world)
    audit = Audit.objects.get(tag=tag)
    audit.correct, audit.judged_at = False, audit.created_at
    audit.save()
    assert "Blind audit: wrong" in [str(step.what) for step in story_of(tag=Tag.objects.get(pk=tag.pk), names=True)]


def test_each_role(world: World) -> None:
    tag = published(world)
    page = f"/curate/tags/{tag.pk}/"
    assert Client().get(page).status_code == 302
    assert signed_in(world.cora).get(page).status_code == 200
    assert signed_in(world.sana).get(page).status_code == 200
    for outsider in (world.ann, world.bram):
        assert signed_in(outsider).get(page).status_code == 404
    assert signed_in(world.cora).get("/curate/tags/999999/").status_code == 404


def test_an_owner_sees_their_own_alone_and_no_names(world: World) -> None:
    hold_place(world, Policy.OPEN)
    tag = published(world, domain="bram.example")
    review_conclude(said=Ruling(tag=tag.pk, ruling=TagReview.Ruling.APPROVE), reviewer=world.bram)
    page = f"/brands/tags/{tag.pk}/history/"
    shown = signed_in(world.bram).get(page).content.decode()
    assert "ruling of the owner" in shown.lower()
    assert all(not step.who for step in story_of(tag=tag, names=False))
    assert signed_in(world.mallory).get(page).status_code == 404
    assert signed_in(world.ann).get(page).status_code == 404
    assert Client().get(page).status_code == 302
    elsewhere = tagged(world)
    assert signed_in(world.bram).get(f"/brands/tags/{elsewhere.pk}/history/").status_code == 404
