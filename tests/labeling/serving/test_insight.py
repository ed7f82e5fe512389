"""What an owner is told of a place is what a loop over the rows finds, and nothing of anybody else's."""

from __future__ import annotations

import csv
import io
import random
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.accounts.models import User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import claim_over, scenes_ruled
from labeling.catalog.models import Brand, Product, Scene
from labeling.datasets.services import reviews_conclude, reviews_undo
from labeling.serving import insight
from labeling.serving.models import EngagementEvent
from labeling.tags.models import Tag, TagReview
from labeling.tags.services import Ruling
from tests.labeling.tagging import hold_place, tagged
from tests.world import World, make_scene

KINDS = ["impression", "closeup", "click", "save", "hide"]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def happen(tag: Tag, kind: str, *, days_ago: int = 0) -> EngagementEvent:
    event = EngagementEvent.objects.create(
        client_uuid=uuid.uuid4(), look=uuid.uuid4(), kind=kind, scene=tag.scene, tag=tag, product=tag.product,
        position=1, propensity=1.0, visitor="v",
    )  # fmt: skip
    EngagementEvent.objects.filter(pk=event.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    return event


def scene_at(world: World, place: str) -> Scene:
    return make_scene(world.vertical, f"at-{place}", domain=place.split("/")[0], source_url=f"https://{place}")


@pytest.fixture
def claim(world: World) -> DomainClaim:
    return hold_place(world, Policy.OPEN)


def test_it_works(world: World, claim: DomainClaim) -> None:
    """Against a loop over the events, on a world of random ones."""
    Product.objects.filter(pk=world.sofas[1].pk).update(url="https://bram.example/sofa", domain="bram.example")
    draw = random.Random(7)
    mine = [tagged(world, scene=scene_at(world, f"bram.example/{n}"), product=world.sofas[n % 3]) for n in range(4)]
    theirs = [tagged(world, scene=scene_at(world, f"other.example/{n}")) for n in range(2)]
    events = []
    for _ in range(120):
        tag, kind, ago = draw.choice([*mine, *theirs]), draw.choice(KINDS), draw.randrange(12)
        happen(tag, kind, days_ago=ago)
        events.append((tag, kind, ago))
    counted = Counter((ago, kind) for tag, kind, ago in events if tag in mine and ago < 10)
    days = insight.engagement_by_day(claim=claim, days=10)
    assert len(days) == 10
    for ago, part in enumerate(reversed(days)):
        told = part.engagement
        assert [told.impressions, told.closeups, told.clicks, told.saves] == [counted[ago, k] for k in KINDS[:4]]
    own = sum(
        tag.product_id == world.sofas[1].pk for tag, kind, ago in events if tag in mine and kind == "click" and ago < 10
    )
    assert sum(part.engagement.own_clicks for part in days) == own > 0
    for parts, key in (
        (insight.engagement_by_scene(claim=claim, days=10), "scene_id"),
        (insight.engagement_by_product(claim=claim, days=10), "product_id"),
    ):
        rows = list(parts)
        naive = Counter((getattr(tag, key), kind) for tag, kind, ago in events if tag in mine and ago < 10)
        for part in rows:
            assert [part.engagement.impressions, part.engagement.clicks] == [
                naive[part.key, k] for k in ("impression", "click")
            ]
        assert {part.key for part in rows} == {where for where, _ in naive}
        assert [part.engagement.clicks for part in rows] == sorted((p.engagement.clicks for p in rows), reverse=True)


def test_own_clicks_led_to_the_brand_whoever_sells_it(world: World, claim: DomainClaim) -> None:
    brand, scene = Brand.objects.create(name="Their own"), scene_at(world, "bram.example/1")
    Product.objects.filter(pk=world.sofas[0].pk).update(
        brand=brand, url="https://shop.example/s", domain="shop.example"
    )
    for number in range(2):
        box = (0.1, number / 2, 0.5, number / 2 + 0.4)
        happen(tagged(world, scene=scene, product=world.sofas[number], box=box), "click")
    assert [part.engagement.own_clicks for part in insight.engagement_by_scene(claim=claim, days=1)] == [0]
    DomainClaim.objects.filter(pk=claim.pk).update(brand=brand)
    [part] = insight.engagement_by_scene(claim=claim, days=1)
    assert (part.engagement.clicks, part.engagement.own_clicks) == (2, 1)


def test_scenes_are_those_that_the_claim_rules(world: World, claim: DomainClaim) -> None:
    """The set in SQL is what asking for each scene's claim gives, with claims inside claims."""
    hold_place(world, Policy.OPEN, "shop.bram.example")
    part = hold_place(world, Policy.OPEN, "bram.example/uk")
    inner = hold_place(world, Policy.OPEN, "bram.example/uk/sale")
    pages = ["bram.example", "bram.example/uk", "bram.example/uk/1", "bram.example/ukraine", "bram.example/uk/sale/2"]
    pages += ["shop.bram.example/3", "a.shop.bram.example", "news.bram.example/uk", "xbram.example", "other.example"]
    scenes = [scene_at(world, place) for place in pages]
    for each in DomainClaim.objects.all():
        naive = {scene.pk for scene in [*scenes, world.other_scene, world.scene] if claim_over(scene=scene) == each}
        assert set(scenes_ruled(claim=each).values_list("pk", flat=True)) == naive
    assert scenes_ruled(claim=part).count() == 2 and scenes_ruled(claim=inner).count() == 1


def test_tags_by_state(world: World, claim: DomainClaim) -> None:
    for number, state in enumerate(["live", "live", "held", "hidden", "hidden", "hidden"]):
        tag = tagged(world, scene=world.other_scene, box=(number / 10, 0.1, number / 10 + 0.05, 0.2))
        Tag.objects.filter(pk=tag.pk).update(state=state)
    tagged(world)
    assert insight.tag_figures(claim=claim) == insight.TagFigures(held=1, live=2, hidden=3, invalid=0)
    Product.objects.update(available=False)
    assert insight.tag_figures(claim=claim).invalid == 2


def test_the_rate() -> None:
    assert insight.Engagement().rate is None
    assert insight.Engagement(impressions=4, clicks=1).rate == 0.25
    assert insight.Engagement(impressions=1, clicks=3).rate == 1.0


def test_the_history_of_rulings(world: World, claim: DomainClaim) -> None:
    tag, name = tagged(world, scene=world.other_scene), uuid.uuid4()
    said = Ruling(
        tag=tag.pk, ruling=TagReview.Ruling.CORRECT, product=world.sofas[2], reason="=HYPERLINK(1)", uuid=name
    )
    reviews_conclude(said=[said], owner=world.bram)
    reviews_undo(rulings=[(name, uuid.uuid4())], owner=world.bram)
    bram = client_of(world.bram)
    page = bram.get(f"/brands/{claim.pk}/rulings/").content.decode()
    assert "taken back" in page and "=HYPERLINK(1)" in page and world.sofas[2].title in page
    told = bram.get(f"/api/claims/{claim.pk}/rulings/?limit=1").json()
    assert (told["results"][0]["ruling"], told["next"]) == ("undo", told["results"][0]["id"])
    (first,) = bram.get(f"/api/claims/{claim.pk}/rulings/?before={told['next']}").json()["results"]
    assert (first["uuid"], first["product"], first["refused"], first["taken_back"]) == (
        str(name),
        "sofa-2",
        "sofa-0",
        True,
    )
    rows = table(bram, claim, "rulings")
    assert rows[1][3:] == ["undo", "", "", "", ""]
    assert rows[2][3:] == ["correct", "sofa-2", "sofa-0", "'=HYPERLINK(1)", "taken back"]


def table(client: Client, claim: DomainClaim, name: str, query: str = "") -> list[list[str]]:
    answer = client.get(f"/brands/{claim.pk}/insight/{name}.csv{query}")
    assert answer.status_code == 200 and answer.streaming
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))  # type: ignore[attr-defined]


def test_tables(world: World, claim: DomainClaim) -> None:
    tag = tagged(world, scene=world.other_scene)
    Product.objects.filter(pk=tag.product_id).update(title='@SUM(1) "best", sofa')
    happen(tag, "impression")
    happen(tag, "click", days_ago=20)
    bram = client_of(world.bram)
    assert table(bram, claim, "products", "?days=7")[1:] == [
        [str(tag.product_id), '\'@SUM(1) "best", sofa', "1", "0", "0", "0", "0"]
    ]
    assert table(bram, claim, "scenes")[1:] == [[str(tag.scene_id), "room-2", "1", "0", "1", "0", "0"]]
    days = table(bram, claim, "days", "?days=7")
    assert len(days) == 8 and days[-1][1:] == ["1", "0", "0", "0", "0"]
    header, row = table(bram, claim, "tags")
    assert dict(zip(header, row, strict=True))["state"] == "live"
    for bad in ("insight/odd.csv", "insight/days.csv?days=8"):
        assert bram.get(f"/brands/{claim.pk}/{bad}").status_code == 404


def test_the_figures_for_programs(world: World, claim: DomainClaim) -> None:
    happen(tagged(world, scene=world.other_scene), "closeup")
    told = client_of(world.bram).get(f"/api/claims/{claim.pk}/insight/?days=2").json()
    assert told["tags"] == {"held": 0, "live": 1, "hidden": 0, "invalid": 0}
    assert [day["closeups"] for day in told["days"]] == [0, 1]
    assert (told["scenes"][0]["name"], told["products"][0]["closeups"]) == ("room-2", 1)


def test_nobody_else(world: World, claim: DomainClaim) -> None:
    pages = [
        f"/brands/{claim.pk}/{page}" for page in ("insight/", "rulings/", "insight/tags.csv", "insight/rulings.csv")
    ]
    addresses = [f"/api/claims/{claim.pk}/{name}/" for name in ("insight", "rulings")]
    for address in [*pages, *addresses]:
        assert client_of(world.bram).get(address).status_code == 200, address
        assert client_of(world.mallory).get(address).status_code == 404, address
        assert client_of(world.ann).get(address).status_code == (404 if address in pages else 403), address
        assert Client().get(address).status_code == (302 if address in pages else 403), address
    DomainClaim.objects.update(state="pending")
    for address in [*pages, *addresses]:
        assert client_of(world.bram).get(address).status_code == 404, address


def test_constant_queries(world: World, claim: DomainClaim) -> None:
    bram, numbers = client_of(world.bram), []
    for size in (2, 8):
        for number in range(size):
            tag = tagged(world, scene=scene_at(world, f"bram.example/{size}-{number}"), product=world.sofas[number % 3])
            happen(tag, "click")
            reviews_conclude(said=[Ruling(tag=tag.pk, ruling=TagReview.Ruling.APPROVE)], owner=world.bram)
        counts: list[Any] = []
        for page in ("insight/", "rulings/"):
            with CaptureQueriesContext(connection) as queries:
                assert bram.get(f"/brands/{claim.pk}/{page}").status_code == 200
            counts.append(len(queries))
        numbers.append(counts)
    assert numbers[0] == numbers[1]
