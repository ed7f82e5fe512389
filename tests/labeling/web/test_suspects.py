"""The curator's page of suspicious pairs: for its role and for nobody else; bad input changes nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from labeling.annotation.models import Dispute
from labeling.datasets.models import Pair, PairDoubt, Weighing
from labeling.datasets.services import doubts_write
from labeling.web.curate import suspects as page_of_suspects
from tests.labeling.api.desk import signed_in
from tests.labeling.suspecting import contradicted
from tests.world import World

PAGE = "/curate/suspects/"


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is enqueued to a broker that other tests' workers listen to."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)


@pytest.fixture
def suspects(world: World) -> tuple[Pair, Pair]:
    _, lamp, last = contradicted(world)
    return lamp, last


def test_it_works(world: World, suspects: tuple[Pair, Pair]) -> None:
    lamp, last = suspects
    cora = signed_in(world.cora)
    page = cora.get(PAGE).content.decode()
    assert page.count("data-suspect ") == 2 and page.index("People say Lamp") < page.index("25% less")
    cora.post(f"{PAGE}send/", {"vertical": "home", "pair": [last.pk], "next": PAGE})
    assert "25% less" in cora.get(f"/curate/disputes/{Dispute.objects.get().pk}/").content.decode()
    assert cora.post(f"{PAGE}{lamp.pk}/vouch/").status_code == 302
    assert "Nothing is suspicious" in cora.get(PAGE).content.decode()


def test_the_whole_page_is_sent_at_once(world: World, suspects: tuple[Pair, Pair]) -> None:
    said = {"vertical": "home", "pair": [pair.pk for pair in suspects]}
    page = signed_in(world.cora).post(f"{PAGE}send/", said, follow=True).content.decode()
    assert "2 pairs wait for a ruling" in page and Dispute.objects.count() == 2


def test_it_is_not_there_for_others(world: World, suspects: tuple[Pair, Pair]) -> None:
    lamp, _ = suspects
    said = {"vertical": "home", "pair": [lamp.pk]}
    for outsider in (world.ann, world.bram, world.mallory):
        client = signed_in(outsider)
        assert client.get(PAGE).status_code == 404
        assert client.post(f"{PAGE}send/", said).status_code == 404
        assert client.post(f"{PAGE}{lamp.pk}/vouch/").status_code == 404
    assert Client().get(PAGE).status_code == Client().post(f"{PAGE}send/", said).status_code == 302
    assert not Dispute.objects.exists() and not Pair.objects.filter(vouched_at__isnull=False).exists()
    assert signed_in(world.sana).get(PAGE).status_code == 200


def test_nonsense_is_told_and_changes_nothing(world: World, suspects: tuple[Pair, Pair]) -> None:
    cora, lamp = signed_in(world.cora), suspects[0]
    wrong = [{"vertical": "home", "pair": [lamp.pk, bad]} for bad in ("x", "9" * 30, "-1")]
    for said in ({}, {"vertical": "home"}, {"vertical": "none", "pair": lamp.pk}, *wrong):
        assert cora.post(f"{PAGE}send/", said, follow=True).status_code == 200, said
    assert not Dispute.objects.exists()
    assert cora.get(f"{PAGE}?vertical=none").status_code == 404
    assert cora.post(f"{PAGE}999999/vouch/").status_code == 404
    assert cora.get(f"{PAGE}send/").status_code == 405


def test_without_pairs_or_verticals(world: World) -> None:
    cora = signed_in(world.cora)
    assert "No pair has been weighed yet" in cora.get(PAGE).content.decode()
    doubts_write(vertical=world.vertical)
    assert "Nothing is suspicious" in cora.get(PAGE).content.decode()


def test_page_by_page(world: World, suspects: tuple[Pair, Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    lamp, last = suspects
    monkeypatch.setattr(page_of_suspects, "PAGE", 1)
    monkeypatch.setattr(page_of_suspects, "COUNTED", 1)
    cora = signed_in(world.cora)
    first = cora.get(PAGE).content.decode()
    assert "People say Lamp" in first and "25% less" not in first
    assert f"{PAGE}?before={lamp.pk}" in first and "More than 1 suspicious" in first and "weighed" in first
    second = cora.get(f"{PAGE}?before={lamp.pk}").content.decode()
    assert "25% less" in second and 'rel="next"' not in second
    after_all = cora.get(f"{PAGE}?before={last.pk}").content.decode()
    assert "People say Lamp" in after_all, "what follows the last is the first again"
    assert cora.get(f"{PAGE}?before=x").status_code == 404


def test_nothing_is_weighed_while_somebody_waits(world: World, suspects: tuple[Pair, Pair]) -> None:
    PairDoubt.objects.all().delete()
    assert "Nothing is suspicious" in signed_in(world.cora).get(PAGE).content.decode()
    assert Weighing.objects.count() == 1
