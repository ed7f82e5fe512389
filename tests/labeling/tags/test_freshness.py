"""A tag whose product cannot be bought, is gone or is told of too long ago is not served, and comes back by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from labeling.catalog.models import Product, ProductPage
from labeling.tags.models import Tag
from labeling.tags.selectors import pages_due, scenes_tagged, tag_counts, tags_invalid
from labeling.tags.tasks import check_page, watch_pages
from tests.labeling.common.servers import Answer, page, server
from tests.labeling.tagging import tagged
from tests.world import World

DAY = timedelta(days=1)


def served(world: World) -> int:
    return len(Client().get(f"/api/looks/{world.scene.pk}/").json()["tags"])


@pytest.fixture
def tag(world: World) -> Tag:
    Product.objects.filter(pk=world.sofas[0].pk).update(url="http://shop.example/sofa", domain="shop.example")
    return tagged(world)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ({"available": False}, "unavailable"),
        ({"gone_at": timezone.now()}, "gone"),
        ({"fresh_until": timezone.now() - DAY}, "old"),
    ],
)
def test_it_works(fault: dict[str, Any], name: str, world: World, tag: Tag) -> None:
    before = Tag.objects.values("state", "reason").get()
    assert served(world) == 1
    Product.objects.filter(pk=tag.product_id).update(**fault)
    assert served(world) == 0
    assert scenes_tagged(before=None, size=5) == [] and tag_counts(scenes=[world.scene]) == {}
    assert tags_invalid(vertical=world.vertical) == {"gone": 0, "unavailable": 0, "old": 0} | {name: 1}
    assert Tag.objects.values("state", "reason").get() == before
    Product.objects.update(available=True, gone_at=None, fresh_until=timezone.now() + DAY)
    assert served(world) == 1
    assert tags_invalid(vertical=world.vertical) == {"gone": 0, "unavailable": 0, "old": 0}


def test_each_is_counted_once(world: World, tag: Tag) -> None:
    Product.objects.update(available=False, gone_at=timezone.now(), fresh_until=timezone.now() - DAY)
    assert sum(tags_invalid(vertical=world.vertical).values()) == 1


def test_the_beat_finds_what_is_gone_and_what_is_back(world: World, tag: Tag, settings: Any) -> None:
    answers: dict[str, Answer] = {}
    with server(answers) as address:
        settings.EGRESS_TEST_HOSTS, settings.PAGE_HOST_SECONDS = {"shop.example": address}, 0
        for product_id in pages_due(limit=10):
            check_page(product_id)
        assert served(world) == 0 and ProductPage.objects.get().status == 404
        check_page(tag.product_id)
        answers["/sofa"] = page("a sofa")
        check_page(tag.product_id)
        assert served(world) == 0, "it is not due yet"
        ProductPage.objects.update(due_at=timezone.now())
        for product_id in pages_due(limit=10):
            check_page(product_id)
    assert served(world) == 1


def test_only_what_is_live_and_due_is_looked_at(world: World, tag: Tag) -> None:
    Product.objects.exclude(pk=tag.product_id).update(url="http://other.example/1", domain="other.example")
    assert pages_due(limit=10) == [tag.product_id]
    ProductPage.objects.create(product=tag.product, due_at=timezone.now() + DAY)
    assert pages_due(limit=10) == []
    ProductPage.objects.update(due_at=timezone.now())
    Tag.objects.update(state="hidden")
    assert pages_due(limit=10) == []


def test_one_of_each_host_the_longest_due_first(world: World, tag: Tag) -> None:
    first, second, other = world.sofas[0], world.sofas[1], world.lamps[0]
    tagged(world, product=second)
    tagged(world, product=other)
    Product.objects.filter(pk=second.pk).update(url="http://shop.example/2", domain="shop.example")
    Product.objects.filter(pk=other.pk).update(url="http://lamps.example/1", domain="lamps.example")
    now = timezone.now()
    ProductPage.objects.create(product=first, due_at=now - timedelta(hours=1))
    ProductPage.objects.create(product=second, due_at=now - timedelta(hours=2))
    assert sorted(pages_due(limit=10)) == sorted([second.pk, other.pk])


def test_it_can_be_switched_off(world: World, tag: Tag, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda self, args=(), *rest, **more: sent.append(args))
    settings.WATCH_PAGES = False
    watch_pages()
    assert sent == []
    settings.WATCH_PAGES = True
    watch_pages()
    assert sent == [(tag.product_id,)]
