"""The map's page: drawn on asking, told while it is drawn, and what is picked out is listed; for curators alone."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from labeling.common.models import Job
from labeling.datasets.models import Pair, PairChoice, PairMap
from tests.labeling.api.desk import signed_in
from tests.labeling.datasets.pairing import plain
from tests.world import World

PAGE = "/curate/pairs/map/"


@pytest.fixture(autouse=True)
def messages_sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What is enqueued, instead of a broker that other tests' workers listen to."""
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, args=(), *rest, **more: sent.append((self.name, *args))
    )
    monkeypatch.setattr("labeling.web.curate.mapping.worker_known", lambda: False)
    return sent


def mapped(world: World, pairs: list[Pair]) -> PairMap:
    """A map as a worker would leave it."""
    across = [at / max(len(pairs) - 1, 1) for at in range(len(pairs))]
    points = {
        "pairs": [pair.pk for pair in pairs], "x": across, "y": across, "categories": ["Sofa"],
        "category": [0] * len(pairs), "error": [at % 3 for at in range(len(pairs))],
    }  # fmt: skip
    return PairMap.objects.create(vertical=world.vertical, embedder=world.embedder, points=points, shares=[0.5, 0.25])


def test_it_works(world: World, django_capture_on_commit_callbacks: object, messages_sent: list[object]) -> None:
    cora = signed_in(world.cora)
    assert "No map yet" in cora.get(PAGE).content.decode()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        cora.post(f"{PAGE}{world.vertical.pk}/draw/")
    assert messages_sent == [("labeling.datasets.tasks.draw_map", Job.objects.get().pk)]
    page = cora.get(PAGE).content.decode()
    assert "waits for a worker" in page and "No worker is running" in page
    Job.objects.update(state="failed", message="OSError: the disk is full")
    assert "the disk is full" in cora.get(PAGE).content.decode()
    mapped(world, plain(world, 2))
    page = cora.get(PAGE).content.decode()
    assert "50%" in page and "25%" in page and '"categories": ["Sofa"]' in page


def test_what_is_picked_out_is_listed(world: World) -> None:
    pairs, cora = plain(world, 3), signed_in(world.cora)
    said = {"vertical": "home", "pairs": f"{pairs[0].pk},{pairs[2].pk}"}
    page = cora.post(f"{PAGE}choose/", said, follow=True).content.decode()
    assert re.findall(r'name="pair" value="(\d+)"', page) == [str(pairs[2].pk), str(pairs[0].pk)]


def test_nonsense_is_told_and_keeps_nothing(world: World) -> None:
    cora = signed_in(world.cora)
    for said in (
        {}, {"vertical": "home"}, {"vertical": "none", "pairs": "1"}, {"vertical": "home", "pairs": "1,x"},
        {"vertical": "home", "pairs": "9" * 30}, {"vertical": "home", "pairs": ",".join(map(str, range(10_001)))},
    ):  # fmt: skip
        assert cora.post(f"{PAGE}choose/", said, follow=True).status_code == 200
    assert not PairChoice.objects.exists()
    assert cora.get(f"{PAGE}?vertical=none").status_code == cora.post(f"{PAGE}999999/draw/").status_code == 404


def test_it_is_not_there_for_others(world: World) -> None:
    for outsider in (world.ann, world.bram, world.mallory):
        client = signed_in(outsider)
        assert client.get(PAGE).status_code == 404
        assert client.post(f"{PAGE}{world.vertical.pk}/draw/").status_code == 404
        assert client.post(f"{PAGE}choose/", {"vertical": "home", "pairs": "1"}).status_code == 404
    assert Client().get(PAGE).status_code == 302
    assert not Job.objects.exists() and not PairChoice.objects.exists()
