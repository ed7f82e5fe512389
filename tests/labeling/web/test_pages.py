"""Every page opens for its role and for nobody else, and costs the same however much it shows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.annotation.services import assignment_submit
from labeling.brands.models import DomainClaim, Policy
from labeling.common.models import Job
from labeling.datasets.models import Snapshot
from labeling.datasets.services import freeze_run, pairs_admit, snapshot_freeze
from labeling.tags.models import AutomationPolicy
from labeling.training.models import TrainingRun
from tests.labeling.api.desk import signed_in
from tests.labeling.deciding import all_confirmed, lend_one
from tests.labeling.tagging import hold_place, resolve, tagged
from tests.world import World, make_scene

CURATE = [
    "/curate/",
    "/curate/campaigns/",
    "/curate/remarks/",
    "/curate/pairs/",
    "/curate/snapshots/",
    "/curate/runs/",
    "/curate/automation/",
    "/curate/coverage/",
]


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the pages enqueue, instead of a broker that other tests' workers listen to."""
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "celery.app.task.Task.apply_async", lambda self, args=(), *rest, **more: sent.append((self.name, *args))
    )
    return sent


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many queries ran inside."""
    numbers: list[int] = []
    with CaptureQueriesContext(connection) as queries:
        yield numbers
    numbers.append(len(queries))


def test_it_works(world: World) -> None:
    pairs_admit(resolutions=[resolve(world)])
    snapshot_freeze(vertical=world.vertical)
    cora = signed_in(world.cora)
    for page in CURATE:
        assert cora.get(page).status_code == 200, page
    assert world.sofas[0].title in cora.get("/curate/pairs/").content.decode()


@pytest.mark.parametrize("page", [*CURATE, "/brands/"])
def test_others_find_nothing(page: str, world: World) -> None:
    assert Client().get(page).status_code == 302
    assert signed_in(world.ann).get(page).status_code == 404
    assert signed_in(world.sana).get(page).status_code == 200
    wrong = world.bram if page != "/brands/" else world.cora
    assert signed_in(wrong).get(page).status_code == 404


def test_remarks_are_shown_as_they_were_written(world: World) -> None:
    seat = lend_one(world.ann, world)
    first, second = all_confirmed(world)
    decisions = [replace(first, comment="<b>a rug?</b>", flagged=True), second]
    assert seat.token is not None
    assignment_submit(
        annotator=world.ann, assignment_id=seat.pk, uuid=seat.token, token=seat.token, seconds=1.0, decisions=decisions
    )
    page = signed_in(world.cora).get("/curate/remarks/").content.decode()
    assert "&lt;b&gt;a rug?&lt;/b&gt;" in page and page.count("flagged</span>") == 1


def test_freeze_and_train(world: World, no_messages: list[Any]) -> None:
    pairs_admit(resolutions=[resolve(world)])
    cora = signed_in(world.cora)
    cora.post("/curate/snapshots/freeze/", {"vertical": world.vertical.pk})
    snapshot = freeze_run(job_id=Job.objects.get().pk)
    assert snapshot is not None and snapshot == Snapshot.objects.get()
    cora.post("/curate/runs/start/", {"snapshot": snapshot.pk, "kind": "detector", "steps": 5, "seed": 3})
    run = TrainingRun.objects.get()
    assert (run.config, run.seed, run.queued_by) == ({"steps": 5}, 3, world.cora)
    assert cora.get("/curate/runs/").status_code == 200
    assert cora.post(f"/curate/runs/{run.pk}/promote/").status_code == 404


def test_automation_is_set(world: World) -> None:
    form = {"category": world.sofa.pk, "enabled": "on", "target": "96", "audit": "10"}
    signed_in(world.cora).post(f"/curate/automation/{world.vertical.pk}/", form)
    policy = AutomationPolicy.objects.get()
    assert (policy.category, policy.enabled, policy.target_precision, policy.audit_share) == (
        world.sofa,
        True,
        0.96,
        0.1,
    )


def test_a_place_is_claimed_and_ruled(world: World) -> None:
    bram = signed_in(world.bram)
    bram.post("/brands/claim/", {"place": "bram.example"})
    claim = DomainClaim.objects.get()
    assert claim.token in bram.get(f"/brands/{claim.pk}/").content.decode()
    assert "bram.example" in bram.get("/brands/").content.decode()
    assert bram.get(f"/brands/{claim.pk}/tags/").status_code == 404
    assert "not a domain" in bram.post("/brands/claim/", {"place": "nonsense"}, follow=True).content.decode()


def test_policy_and_rulings(world: World) -> None:
    claim = hold_place(world, Policy.REVIEW_FIRST)
    tag, bram, mallory = tagged(world, scene=world.other_scene), signed_in(world.bram), signed_in(world.mallory)
    assert bram.get(f"/brands/{claim.pk}/tags/").status_code == 200
    assert bram.get(f"/brands/{claim.pk}/tags/?state=odd").status_code == 404
    assert mallory.get(f"/brands/{claim.pk}/tags/").status_code == 404
    for action in ("check", "policy", "withdraw"):
        assert mallory.post(f"/brands/{claim.pk}/{action}/").status_code == 404
    said = {"rulings": [{"uuid": str(uuid.uuid4()), "tag": tag.pk, "ruling": "approve"}]}
    assert bram.post("/api/rulings/", said, content_type="application/json").status_code == 200
    assert len(Client().get(f"/api/looks/{world.other_scene.pk}/").json()["tags"]) == 1
    bram.post(f"/brands/{claim.pk}/policy/", {"policy": "closed"})
    assert Client().get(f"/api/looks/{world.other_scene.pk}/").json()["tags"] == []


def test_looks_are_public(world: World) -> None:
    tagged(world)
    assert Client().get(f"/looks/{world.scene.pk}/").status_code == 200
    assert Client().get("/looks/999999/").status_code == 404
    assert f"/looks/{world.scene.pk}/" in Client().get("/looks/").content.decode()
    assert Client().get("/looks/?before=x").status_code == 404


@pytest.mark.parametrize("page", ["/looks/", "/curate/pairs/"])
def test_constant_queries(page: str, world: World) -> None:
    client = signed_in(world.cora)
    numbers = []
    for size in (2, 8):
        for number in range(size):
            found = resolve(world, scene=make_scene(world.vertical, f"{size}-{number}"))
            pairs_admit(resolutions=[found])
            tagged(world, scene=found.scene)
        with counted() as queries:
            assert client.get(page).status_code == 200
        numbers.append(queries[0])
    assert numbers[0] == numbers[1]
