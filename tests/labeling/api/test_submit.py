"""POST /api/assignments/<id>/submit/, and what follows from it: resolutions, tags and pairs, or nothing at all."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.annotation.models import Annotation, Assignment, Resolution
from labeling.brands.models import DomainClaim, Policy
from labeling.datasets.models import Pair
from labeling.tags.models import Tag
from tests.labeling.api.desk import call, lend, signed_in, submission
from tests.labeling.deciding import as_json, decide, reject
from tests.world import World


def test_it_works(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    response = call(client, f"/api/assignments/{lent['id']}/submit/", submission(world, lent))
    assert response.status_code == 201
    assert response.json() == {"assignment": lent["id"], "annotations": 2}
    tags = Tag.objects.order_by("pk").values_list("product", "state", "source", "grade")
    assert list(tags) == [
        (world.sofas[0].pk, "live", "human", "exact"),
        (world.lamps[0].pk, "live", "human", "exact"),
    ]
    pairs = [(pair.scene, pair.box, pair.product, pair.grade) for pair in Pair.objects.order_by("pk")]
    assert pairs == [
        (world.scene, world.proposals[0].box, world.sofas[0], "exact"),
        (world.scene, world.proposals[1].box, world.lamps[0], "exact"),
    ]
    assert lend(client, world) == []


def test_a_repeat_is_a_200_with_the_same_body(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body, path = submission(world, lent), f"/api/assignments/{lent['id']}/submit/"
    first, again = call(client, path, body), call(client, path, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (Annotation.objects.count(), Resolution.objects.count(), Tag.objects.count(), Pair.objects.count()) == (
        2,
        2,
        2,
        2,
    )


def test_rejected_and_unmatched_objects_make_no_tag_and_no_pair(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    nothing = [reject(world.proposals[0]), decide(world.proposals[1], product=None, grade="none")]
    body = submission(world, lent, decisions=[as_json(each) for each in nothing])
    assert call(client, f"/api/assignments/{lent['id']}/submit/", body).status_code == 201
    assert Resolution.objects.count() == 2
    assert not Tag.objects.exists() and not Pair.objects.exists()


def test_a_missing_proposal_is_named_and_nothing_is_kept(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body = submission(world, lent, decisions=[as_json(reject(world.proposals[0]))])
    response = call(client, f"/api/assignments/{lent['id']}/submit/", body)
    assert response.status_code == 400
    assert str(world.proposals[1].pk) in response.json()["error"]["message"]
    assert not Annotation.objects.exists()
    assert Assignment.objects.get().state == "waiting"


@pytest.mark.parametrize(
    ("field", "value"), [("box", [0.5, 0.1, 0.2, 0.3]), ("box", [0, 0, 1]), ("verdict", "maybe"), ("uuid", "x")]
)
def test_a_malformed_decision_is_named(world: World, field: str, value: object) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    odd = as_json(reject(world.proposals[0])) | {field: value}
    body = submission(world, lent, decisions=[odd, as_json(reject(world.proposals[1]))])
    response = call(client, f"/api/assignments/{lent['id']}/submit/", body)
    assert response.status_code == 400
    assert any(name.startswith(f"decisions.0.{field}") for name in response.json()["error"]["fields"])


@pytest.mark.parametrize(
    ("policy", "states"),
    [(Policy.OPEN, ["live", "live"]), (Policy.REVIEW_FIRST, ["held", "held"]), (Policy.CLOSED, [])],
)
def test_the_owner_of_the_place_decides_what_shoppers_see(world: World, policy: Policy, states: list[str]) -> None:
    DomainClaim.objects.create(
        owner=world.bram, domain="blog.example", token="t", state=DomainClaim.State.VERIFIED, policy=policy
    )
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    assert call(client, f"/api/assignments/{lent['id']}/submit/", submission(world, lent)).status_code == 201
    assert [tag.state for tag in Tag.objects.all()] == states
    assert all(tag.reason for tag in Tag.objects.all())
    assert Pair.objects.count() == 2


def test_pairs_are_admitted_only_where_the_campaign_says_so(world: World) -> None:
    world.campaign.admit_pairs = False
    world.campaign.save()
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    assert call(client, f"/api/assignments/{lent['id']}/submit/", submission(world, lent)).status_code == 201
    assert Tag.objects.count() == 2 and not Pair.objects.exists()


def test_late_work_is_kept_on_an_extra_seat(world: World) -> None:
    ann, arif = signed_in(world.ann), signed_in(world.arif)
    (mine,) = lend(ann, world)
    Assignment.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    (theirs,) = lend(arif, world)
    late = call(ann, f"/api/assignments/{mine['id']}/submit/", submission(world, mine))
    assert late.status_code == 201
    assert late.json()["assignment"] != mine["id"]
    assert call(arif, f"/api/assignments/{theirs['id']}/submit/", submission(world, theirs)).status_code == 201
    assert sorted(Resolution.objects.values_list("agreement", flat=True)) == [1.0, 1.0]
    assert Annotation.objects.count() == 4 and Pair.objects.count() == 2


def test_a_stranger_token_is_a_lost_lease(world: World) -> None:
    client = signed_in(world.ann)
    (lent,) = lend(client, world)
    body = submission(world, lent, token=str(uuid.uuid4()))
    response = call(client, f"/api/assignments/{lent['id']}/submit/", body)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "lease_lost")


def test_another_annotator_finds_nothing_and_mallory_may_not(world: World) -> None:
    (lent,) = lend(signed_in(world.ann), world)
    path, body = f"/api/assignments/{lent['id']}/submit/", submission(world, lent)
    assert call(signed_in(world.arif), path, body).status_code == 404
    assert call(signed_in(world.mallory), path, body).status_code == 403
    assert not Annotation.objects.exists()
