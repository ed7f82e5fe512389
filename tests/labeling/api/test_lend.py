"""POST /api/campaigns/<id>/lend/."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from labeling.annotation.models import Assignment
from labeling.inference.models import Candidate, Proposal, Scan
from tests.labeling.api.desk import call, lend, signed_in
from tests.labeling.deciding import add_scenes
from tests.world import World, make_product, make_scene


def test_it_works(world: World) -> None:
    (lent,) = lend(signed_in(world.ann), world)
    seat = Assignment.objects.get()
    assert (lent["id"], lent["token"], lent["revision"], lent["draft"]) == (seat.pk, str(seat.token), 0, None)
    assert lent["scene"] == {
        "id": world.scene.pk,
        "external_id": "room-1",
        "image_url": f"/media/{world.scene.image}",
        "width": 64,
        "height": 48,
        "title": "",
        "description": "",
        "domain": "blog.example",
    }
    sofa, lamp = lent["objects"]
    assert (sofa["proposal"], sofa["category"], sofa["score"]) == (world.proposals[0].pk, "sofa", 0.9)
    assert sofa["box"] == [0.1, 0.4, 0.6, 0.9]
    assert [each["product"] for each in lamp["candidates"]] == [product.pk for product in world.lamps]
    assert sofa["candidates"][0] == {
        "product": world.sofas[0].pk,
        "external_id": "sofa-0",
        "rank": 1,
        "score": 0.8,
        "title": "Sofa sofa-0",
        "brand": "Bram",
        "price": "100.00",
        "currency": "EUR",
        "image_url": world.sofas[0].images.get().image_url,
        "url": "",
        "category": "sofa",
    }


def test_the_number_of_queries_does_not_grow(world: World, django_assert_max_num_queries: Any) -> None:
    for number in range(2):
        scene = make_scene(world.vertical, f"busy-{number}")
        scan = Scan.objects.create(scene=scene, detector=world.detector, embedder=world.embedder, state="done")
        Assignment.objects.create(campaign=world.campaign, scene=scene, priority=1)
        for position in range(6):
            box = {"left": 0.1, "top": 0.1, "right": 0.5, "bottom": 0.5}
            proposal = Proposal.objects.create(
                scan=scan, scene=scene, position=position, category=world.sofa, detector_class="sofa", score=0.5, **box
            )
            for rank in range(1, 5):
                product = make_product(world.sofa, f"busy-{number}-{position}-{rank}")
                Candidate.objects.create(proposal=proposal, product=product, rank=rank, score=0.5)
    client = signed_in(world.ann)
    # Session, person, campaign; savepoints and the person's lock; held, lend, order; seats, proposals, slates, pictures.
    with django_assert_max_num_queries(16):
        lent = lend(client, world)
    assert [len(each["objects"]) for each in lent] == [6, 6, 2]


def test_an_unknown_campaign_is_not_found(world: World) -> None:
    response = call(signed_in(world.ann), "/api/campaigns/999999/lend/", {"want": 3})
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def test_a_wrong_number_is_named(world: World) -> None:
    response = call(signed_in(world.ann), f"/api/campaigns/{world.campaign.pk}/lend/", {"want": "many"})
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid"
    assert "want" in response.json()["error"]["fields"]


def test_mallory_may_not(world: World) -> None:
    response = call(signed_in(world.mallory), f"/api/campaigns/{world.campaign.pk}/lend/", {"want": 3})
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"
    assert Assignment.objects.get().annotator is None


def test_what_the_page_has_is_renewed_and_not_shown_again(world: World) -> None:
    add_scenes(world, 3)
    client = signed_in(world.ann)
    first, second, third = lend(client, world)
    Assignment.objects.update(leased_until=timezone.now())
    path = f"/api/campaigns/{world.campaign.pk}/lend/"
    again = call(client, path, {"want": 4, "have": [first["id"], third["id"]]}).json()["assignments"]
    assert len(again) == 2 and again[0]["id"] == second["id"]
    held = Assignment.objects.filter(annotator=world.ann, leased_until__gt=timezone.now())
    assert set(held.values_list("pk", flat=True)) == {first["id"], third["id"], *(each["id"] for each in again)}


def test_what_another_has_is_not_renewed_by_naming_it(world: World) -> None:
    (theirs,) = lend(signed_in(world.arif), world)
    before = Assignment.objects.get().leased_until
    body = {"want": 3, "have": [theirs["id"]]}
    assert call(signed_in(world.ann), f"/api/campaigns/{world.campaign.pk}/lend/", body).json()["assignments"] == []
    seat = Assignment.objects.get()
    assert (seat.annotator, seat.leased_until) == (world.arif, before)
