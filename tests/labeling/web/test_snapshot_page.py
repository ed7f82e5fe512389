"""The page of one snapshot: figures, leaks, card and differences; for curators alone."""

from __future__ import annotations

import pytest
from django.test import Client

from labeling.common.models import Job
from labeling.datasets.models import LeakReport, Pair, Snapshot
from labeling.datasets.services import freeze_run, leaks_report, snapshot_freeze
from tests.labeling.api.desk import signed_in
from tests.labeling.datasets.pairing import plain
from tests.world import World


@pytest.fixture(autouse=True)
def messages_sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What is enqueued, instead of a broker that other tests' workers listen to."""
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async",
        lambda self, args=(), kwargs=None, **more: sent.append((self.name, *args, *(kwargs or {}).items())),
    )
    return sent


def address(snapshot: Snapshot, then: str = "") -> str:
    return f"/curate/snapshots/{snapshot.pk}/{then}"


def test_it_works(world: World) -> None:
    plain(world, 4)
    cora = signed_in(world.cora)
    cora.post("/curate/snapshots/freeze/", {"vertical": world.vertical.pk, "note": "spring", "licence": "cc-by-4.0"})
    snapshot = freeze_run(job_id=Job.objects.get().pk)
    assert snapshot is not None and snapshot == Snapshot.objects.get()
    page = cora.get(address(snapshot)).content.decode()
    assert snapshot.content_hash in page and "cc-by-4.0" in page and "Not searched yet" in page and "spring" in page
    leaks_report(snapshot=snapshot)
    assert "No leak among what could be compared" in cora.get(address(snapshot)).content.decode()
    LeakReport.objects.update(unseen={})
    assert "No leak: nothing stands" in cora.get(address(snapshot)).content.decode()
    card = cora.get(address(snapshot, "card/"))
    assert card.content.decode() == snapshot.card and "home-1-README.md" in card["Content-Disposition"]


def test_a_leak_is_told(world: World) -> None:
    plain(world, 1)
    snapshot = snapshot_freeze(vertical=world.vertical)
    leak = {"kind": "scenes that look alike", "left": "room-<1> (test)", "right": "room-2 (train)"}
    LeakReport.objects.create(snapshot=snapshot, counts={leak["kind"]: 1}, leaks=[leak])
    page = signed_in(world.cora).get(address(snapshot)).content.decode()
    assert "These splits leak" in page and "room-&lt;1&gt; (test)" in page


def test_two_are_compared(world: World) -> None:
    pairs = plain(world, 5)
    first = snapshot_freeze(vertical=world.vertical)
    Pair.objects.filter(pk=pairs[0].pk).update(withdrawn_at="2026-01-01T00:00:00Z")
    Pair.objects.filter(pk=pairs[1].pk).update(grade="similar")
    Pair.objects.filter(pk=pairs[2].pk).update(top=0.25)
    added = plain(world, 2, name="new")
    second = snapshot_freeze(vertical=world.vertical)
    cora = signed_in(world.cora)
    answer = cora.get(address(second), {"against": first.pk})
    page = answer.content.decode()
    figures = [
        page.split(f"<dt>{name}</dt>")[1].split(">")[1].split("<")[0] for name in ("Added", "Removed", "Changed")
    ]
    assert figures == ["2", "1", "2"]
    assert all(pair.product.title in page for pair in (*added, *pairs[:3])) and pairs[4].product.title not in page
    back = cora.get(address(first), {"against": second.pk}).content.decode()
    assert back.split("<dt>Removed</dt>")[1].startswith('<dd class="figure">2')


def test_a_search_is_asked_for(
    world: World, messages_sent: list[tuple[object, ...]], django_capture_on_commit_callbacks: object
) -> None:
    plain(world, 1)
    snapshot = snapshot_freeze(vertical=world.vertical)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        signed_in(world.cora).post(address(snapshot, "search/"))
    assert messages_sent == [("labeling.datasets.tasks.report_leaks", snapshot.pk, ("again", True))]


def test_it_is_not_there_for_others(world: World) -> None:
    plain(world, 1)
    snapshot = snapshot_freeze(vertical=world.vertical)
    for outsider in (world.ann, world.bram, world.mallory):
        client = signed_in(outsider)
        assert {client.get(address(snapshot, then)).status_code for then in ("", "card/")} == {404}
        assert client.post(address(snapshot, "search/")).status_code == 404
    assert Client().get(address(snapshot)).status_code == 302
    assert signed_in(world.sana).get(address(snapshot)).status_code == 200


def test_nonsense(world: World) -> None:
    plain(world, 1)
    snapshot, cora = snapshot_freeze(vertical=world.vertical), signed_in(world.cora)
    assert cora.get("/curate/snapshots/999999/").status_code == 404
    assert cora.get(address(snapshot), {"against": snapshot.pk}).status_code == 404
    assert cora.get(address(snapshot), {"against": "x"}).status_code == 200
