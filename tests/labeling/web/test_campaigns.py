"""A curator sets up campaigns of every kind of work, is told what is wrong, and sees how far each kind is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.annotation.models import BurstItem, Campaign, Kind, PriorityRule, SkipReason
from labeling.annotation.selectors import kinds_progress
from labeling.annotation.services import assignment_skip
from labeling.catalog.models import Category, Vertical
from tests.labeling.api.desk import signed_in
from tests.labeling.bursting import campaign_of, lend_shown, said, send
from tests.labeling.tagging import propose
from tests.world import World, picture

OPEN = "/curate/campaigns/open/"


def upload(name: str, color: str = "white") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture(color), "image/jpeg")


def filled(world: World, **changes: Any) -> dict[str, Any]:
    """A form as a browser sends it."""
    form = {"vertical": world.vertical.pk, "name": "Second", "kinds": ["scene"], "scenes": 10, "overlap": 1}
    return form | {"burst_size": 24, "burst_floor": 0.5, "admit_pairs": "on"} | changes


def refused(world: World, **changes: Any) -> str:
    """The page that comes back where the form is not sound; nothing was made."""
    before = Campaign.objects.count()
    response = signed_in(world.cora).post(OPEN, filled(world, **changes))
    assert response.status_code == 422
    assert Campaign.objects.count() == before
    return response.content.decode()


def test_it_works(world: World) -> None:
    cora = signed_in(world.cora)
    assert cora.post(OPEN, filled(world, overlap=2)).status_code == 302
    campaign = Campaign.objects.get(name="Second")
    assert (campaign.assignments.count(), campaign.admit_pairs, campaign.bulk_confirm) == (2, True, False)
    assert campaign.created_by == world.cora
    cora.post(f"/curate/campaigns/{campaign.pk}/state/", {"state": "paused"})
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert signed_in(world.ann).post(f"/curate/campaigns/{campaign.pk}/state/", {"state": "open"}).status_code == 404


def test_a_campaign_keeps_to_a_place(world: World) -> None:
    propose(world, 1, score=0.7)
    cora = signed_in(world.cora)
    cora.post(OPEN, filled(world, name="There", place="https://www.blog.example/room-1/"))
    cora.post(OPEN, filled(world, name="Nowhere", place="shop.example"))
    there, nowhere = (Campaign.objects.get(name=name) for name in ("There", "Nowhere"))
    assert [seat.scene for seat in there.assignments.all()] == [world.scene]
    assert not nowhere.assignments.exists()
    assert "shop.example shows no such scene" in cora.get("/curate/campaigns/").content.decode()
    assert "is not a domain" in refused(world, place="no place")


def test_a_campaign_has_kinds_categories_pictures_and_bursts_of_a_size(world: World) -> None:
    for number in range(3):
        propose(world, number, score=0.7)
    chosen = {
        "kinds": ["match_burst", "coverage"], "categories": [world.sofa.pk], "priority_rule": "unsure", "burst_size": 2,
        "burst_floor": 0, "pictures": [upload("good.jpg"), upload("bad.jpg", "red")], "captions": "The very same sofa\n",
    }  # fmt: skip
    signed_in(world.cora).post(OPEN, filled(world, **chosen))
    campaign = Campaign.objects.get(name="Second")
    assert (campaign.kinds, campaign.priority_rule) == (["match_burst", "coverage"], "unsure")
    assert (campaign.burst_size, campaign.burst_floor) == (2, 0.0)
    assert [each.caption for each in campaign.pictures.all()] == ["The very same sofa", "bad.jpg"]
    assert sorted(campaign.assignments.values_list("kind", flat=True)) == ["coverage"] * 4 + ["match_burst"] * 2
    assert set(BurstItem.objects.values_list("category__slug", flat=True)) == {"sofa"}


@pytest.mark.parametrize("rule", PriorityRule)
def test_every_order_can_be_asked_for(world: World, rule: PriorityRule) -> None:
    cora = signed_in(world.cora)
    assert f'<option value="{rule}"' in cora.get("/curate/campaigns/").content.decode()
    cora.post(OPEN, filled(world, priority_rule=rule.value))
    assert Campaign.objects.get(name="Second").priority_rule == rule
    assert str(rule.label) in cora.get("/curate/campaigns/").content.decode()


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_asked_for(world: World, kind: Kind) -> None:
    cora = signed_in(world.cora)
    assert f'value="{kind}"' in cora.get("/curate/campaigns/").content.decode()
    cora.post(OPEN, filled(world, kinds=[kind.value]))
    campaign = Campaign.objects.get(name="Second")
    assert set(campaign.assignments.values_list("kind", flat=True)) == {kind.value}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kinds": []}, "Choose at least one kind of work."),
        ({"kinds": ["video"]}, "Select a valid choice"),
        ({"name": " "}, "This field is required."),
        ({"overlap": 0}, "greater than or equal to 1"),
        ({"burst_size": 97}, "less than or equal to 96"),
        ({"burst_floor": 1.5}, "less than or equal to 1"),
        ({"scenes": "many"}, "Enter a whole number."),
        ({"captions": "One\nTwo"}, "There are 2 lines for 0 pictures."),
        ({"name": "First looks"}, "has a campaign “First looks” already"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    world: World, changes: dict[str, Any], words: str
) -> None:
    page = refused(world, **({"instructions": "Look twice."} | changes))
    assert words in page
    assert "Look twice." in page, "what was typed stays"
    assert 'role="alert"' in page


def test_a_category_of_another_vertical_is_named(world: World) -> None:
    fashion = Vertical.objects.create(slug="fashion", name="Fashion")
    shoes = Category.objects.create(vertical=fashion, slug="shoes", name="Shoes")
    assert "Shoes: of another vertical." in refused(world, categories=[shoes.pk, world.sofa.pk])


def test_a_broken_picture_leaves_no_campaign(world: World) -> None:
    broken = SimpleUploadedFile("broken.jpg", b"no picture", "image/jpeg")
    assert "broken.jpg" in refused(world, pictures=[upload("good.jpg"), broken])


def test_too_many_pictures_are_counted(world: World) -> None:
    assert "13 pictures are too many" in refused(world, pictures=[upload(f"{n}.jpg") for n in range(13)])


def test_a_campaign_that_finds_nothing_says_why(world: World) -> None:
    rug = Category.objects.create(vertical=world.vertical, slug="rug", name="Rug")
    page = signed_in(world.cora).post(OPEN, filled(world, categories=[rug.pk]), follow=True).content.decode()
    assert "no scene shows an object of its categories" in page
    assert not Campaign.objects.get(name="Second").assignments.exists()


def test_progress_is_told_by_kind(world: World) -> None:
    campaign = campaign_of(world, Kind.MATCH_BURST, Kind.COVERAGE, overlap=2)
    for shown in lend_shown(world.ann, campaign, want=9):
        if shown["kind"] == Kind.COVERAGE:
            token = UUID(shown["token"])
            assignment_skip(
                annotator=world.ann, assignment_id=shown["id"], uuid=token, token=token, reason=SkipReason.UNSAFE
            )
        else:
            send(world.ann, shown, [said(thing) for thing in shown["objects"]])
    BurstItem.objects.create(
        campaign=campaign, kind=Kind.BOX_BURST, scene=world.scene, proposal=world.proposals[0], category=world.sofa
    )
    told = kinds_progress(campaigns=[world.campaign, campaign])
    counts = [(each.kind, each.seats, each.done, each.skipped, each.loose) for each in told[campaign.pk]]
    assert counts == [(Kind.MATCH_BURST, 4, 2, 0, 0), (Kind.COVERAGE, 2, 0, 1, 0)]
    assert [(each.kind, each.seats, each.done) for each in told[world.campaign.pk]] == [(Kind.SCENE, 1, 0)]
    page = signed_in(world.cora).get("/curate/campaigns/").content.decode()
    assert "2 of 4 done" in page and "0 of 2 done · 1 skipped" in page


def test_the_list_costs_the_same_however_long_it_is(world: World) -> None:
    cora = signed_in(world.cora)
    costs = []
    for more in (1, 5):
        for _ in range(more):
            campaign_of(world, Kind.MATCH_BURST, Kind.COVERAGE)
        with CaptureQueriesContext(connection) as queries:
            cora.get("/curate/campaigns/")
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_only_curators_set_up_campaigns(world: World) -> None:
    for outsider in (world.ann, world.bram, world.mallory):
        assert signed_in(outsider).get("/curate/campaigns/").status_code == 404
        assert signed_in(outsider).post(OPEN, filled(world)).status_code == 404
    assert not Campaign.objects.filter(name="Second").exists()
