"""A snapshot is asked for on the page and frozen by a worker, which the page tells; for curators alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from labeling.common.models import Job
from labeling.datasets.models import Snapshot
from tests.labeling.api.desk import signed_in
from tests.labeling.datasets.pairing import plain
from tests.world import World

PAGE = "/curate/snapshots/"


@pytest.fixture(autouse=True)
def messages_sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What is enqueued, instead of a broker that other tests' workers listen to."""
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, args=(), *rest, **more: sent.append((self.name, *args))
    )
    monkeypatch.setattr("labeling.web.curate.jobs.worker_known", lambda queue: False)
    return sent


def ask(world: World, client: Client) -> str:
    return client.post(f"{PAGE}freeze/", {"vertical": world.vertical.pk}, follow=True).content.decode()


def test_it_works(world: World, django_capture_on_commit_callbacks: object, messages_sent: list[object]) -> None:
    plain(world, 2)
    cora = signed_in(world.cora)
    assert 'data-live="false"' in cora.get(PAGE).content.decode()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        page = ask(world, cora)
    job = Job.objects.get()
    assert messages_sent == [("labeling.datasets.tasks.freeze_snapshot", job.pk)] and not Snapshot.objects.exists()
    assert 'data-live="true"' in page and "waits for a worker" in page and "No worker is running" not in page
    Job.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    assert "No worker is running" in cora.get(PAGE).content.decode()
    for done, words in enumerate(("copies the pairs", "counts the pairs", "hashes the pairs")):
        Job.objects.update(state="running", done=done, total=3)
        page = cora.get(PAGE).content.decode()
        assert words in page and f'value="{done}" max="3"' in page
    Job.objects.update(state="done")
    page = cora.get(PAGE).content.decode()
    assert 'data-live="false"' in page and "freeze-" not in page


def test_why_the_last_one_failed_is_told_until_the_next(world: World) -> None:
    plain(world, 1)
    cora = signed_in(world.cora)
    ask(world, cora)
    Job.objects.update(state="failed", message="OSError: <no> room")
    assert "OSError: &lt;no&gt; room" in cora.get(PAGE).content.decode()
    assert "room" not in ask(world, cora) and Job.objects.count() == 2


def test_a_vertical_is_frozen_once_at_a_time(world: World) -> None:
    cora = signed_in(world.cora)
    assert "no admitted pairs yet" in ask(world, cora) and not Job.objects.exists()
    plain(world, 1)
    ask(world, cora)
    assert "is being frozen already" in ask(world, cora) and Job.objects.count() == 1


def test_it_is_cancelled(world: World) -> None:
    plain(world, 1)
    cora = signed_in(world.cora)
    ask(world, cora)
    address = f"{PAGE}freeze/{Job.objects.get().pk}/cancel/"
    assert f'action="{address}"' in cora.get(PAGE).content.decode()
    assert "nothing of it stays" in cora.post(address, follow=True).content.decode()
    assert Job.objects.get().state == Job.State.CANCELLED
    assert "has ended" in cora.post(address, follow=True).content.decode()
    other = Job.objects.create(kind="export", parameters={})
    assert cora.post(f"{PAGE}freeze/{other.pk}/cancel/").status_code == 404
    assert cora.get(address).status_code == 405


def test_it_is_not_there_for_others(world: World) -> None:
    plain(world, 1)
    ask(world, signed_in(world.cora))
    job = Job.objects.get()
    for outsider in (world.ann, world.bram, world.mallory):
        client = signed_in(outsider)
        assert client.post(f"{PAGE}freeze/", {"vertical": world.vertical.pk}).status_code == 404
        assert client.post(f"{PAGE}freeze/{job.pk}/cancel/").status_code == 404
    assert Client().post(f"{PAGE}freeze/{job.pk}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == Job.State.WAITING and Job.objects.count() == 1
