"""One scene's walk, end to end: a real worker, real PostgreSQL and Redis, tiny real models. ``docs/walk.md`` tells it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from labeling.accounts.models import Role, User
from labeling.accounts.services import user_create
from labeling.annotation.models import Resolution
from labeling.annotation.services import campaign_create, campaign_fill
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.services import claim_open, claim_policy_set, claim_record
from labeling.brands.verification import Finding
from labeling.catalog.models import Scene, Vertical
from labeling.datasets.models import Pair
from labeling.datasets.services import snapshot_freeze
from labeling.inference.models import IndexBuild, ModelVersion, Proposal
from labeling.serving.tasks import learn_live
from labeling.tags.models import Tag
from labeling.tags.tasks import sweep_policies
from labeling.training.models import Promotion, TrainingRun
from labeling.training.services import promotion_ask, run_queue
from labeling.training.tasks import conclude_promotion, execute_run
from tests.e2e.conftest import StartWorker
from tests.e2e.workers import Worker, wait_until
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
Said = list[dict[str, Any]]
SCENES = 6


class Walk:
    """What the steps of the walk hand to each other."""

    def __init__(self, folder: Path, worker: Worker) -> None:
        self.folder, self.worker = folder, worker
        self.said: dict[str, Said] = {}

    @property
    def vertical(self) -> Vertical:
        return Vertical.objects.get(slug="home")

    @property
    def bram_scene(self) -> Scene:
        return Scene.objects.get(external_id="s0")

    def wait(self, true: Any, what: str) -> None:
        wait_until(true, what=what, log=self.worker.log)


def test_it_works(transactional_db: None, start_worker: StartWorker, settings: Any, tmp_path: Path) -> None:
    settings.DETECTION_MIN_SCORE, settings.DETECTIONS_MAX = 0.0, 3
    walk = Walk(tmp_path, start_worker())
    people = {role: user_create(username=role, password="walk through it", role=role, email="") for role in Role}

    arrive(walk)
    propose(walk)
    decide(walk, people[Role.ANNOTATOR], people[Role.CURATOR])
    everything_follows(walk)
    rule(walk, people[Role.BRAND_OWNER])
    run = retrain(walk, people[Role.CURATOR])
    promote(walk, run, people[Role.CURATOR])
    serve_and_learn(walk)


def arrive(walk: Walk) -> None:
    pack = tiny_pack(walk.folder / "pack", scenes=SCENES)
    lines = [json.loads(line) for line in (pack / "scenes.jsonl").read_text().splitlines()]
    lines[0] |= {"domain": "bram.example", "source_url": "https://bram.example/s0"}
    (pack / "scenes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    call_command("import_pack", str(pack), vertical="home", verbosity=0)
    assert Scene.objects.count() == SCENES

    tiny_detector(walk.folder / "made", CATEGORIES)
    tiny_embedder(walk.folder / "made")
    call_command("load_models", str(walk.folder / "made"), vertical="home")
    assert IndexBuild.objects.get(live=True).products == 8


def propose(walk: Walk) -> None:
    call_command("propose", wait=True, timeout=120.0)
    assert set(Proposal.objects.values_list("scene__external_id", flat=True)) == {f"s{n}" for n in range(SCENES)}


def decide(walk: Walk, annotator: User, curator: User) -> None:
    campaign = campaign_create(vertical=walk.vertical, name="The walk", actor=curator)
    campaign_fill(campaign=campaign, scenes=Scene.objects.order_by("pk"))
    desk = Client()
    desk.force_login(annotator)
    while lent := _post(desk, f"/api/campaigns/{campaign.pk}/lend/", {"want": 2})["assignments"]:
        for seat in lent:
            said = _judged(seat)
            body = {"uuid": str(uuid.uuid4()), "token": seat["token"], "seconds": 2.0, "decisions": said}
            assert _post(desk, f"/api/assignments/{seat['id']}/submit/", body)["annotations"] == len(said)
            walk.said[seat["scene"]["external_id"]] = said
    assert len(walk.said) == SCENES


def _judged(seat: dict[str, Any]) -> Said:
    """The first proposal is right with its first candidate, the others are not; a lamp that nobody saw is drawn."""
    first, *others = seat["objects"]
    drawn = {"proposal": None, "verdict": "added", "box": [0.55, 0.125, 0.85, 0.625], "category": "lamp"}
    exact = {"product": first["candidates"][0]["product"], "grade": "exact"}
    confirmed = {"verdict": "confirmed", **exact, **{key: first[key] for key in ("proposal", "box", "category")}}
    rejected = [
        {"verdict": "rejected", "product": None, "grade": None}
        | {key: each[key] for key in ("proposal", "box", "category")}
        for each in others
    ]
    return [{"uuid": str(uuid.uuid4()), **each} for each in (confirmed, *rejected, drawn | exact)]


def everything_follows(walk: Walk) -> None:
    walk.wait(lambda: Pair.objects.count() == 2 * SCENES, "the pairs")
    resolutions = Resolution.objects.filter(scene__external_id="s0")
    assert resolutions.count() == len(walk.said["s0"])
    assert Tag.objects.filter(state=Tag.State.LIVE).count() == Pair.objects.count() == 2 * SCENES

    call_command("export_pairs", str(walk.folder / "pairs"))
    beside = ("-cat.json", "-scenes.json")
    [pairs] = [file for file in (walk.folder / "pairs").glob("*.json") if not file.name.endswith(beside)]
    lines = [json.loads(line) for line in pairs.read_text().splitlines()]
    exported = sorted((line["scene"], line["product"], line["bbox"]) for line in lines)
    assert exported == sorted((scene, *match) for scene in walk.said for match in _matches(walk, scene))
    assert _looked_at(walk) == sorted(_matches(walk, "s0"))


def _matches(walk: Walk, scene: str) -> list[tuple[str, list[float]]]:
    """Product, by the pack's own id, and box of what was said to stand in a scene."""
    names = dict(walk.vertical.products.values_list("pk", "external_id"))
    return [(names[each["product"]], each["box"]) for each in walk.said[scene] if each["product"]]


def _look(walk: Walk) -> dict[str, Any]:
    return dict(Client().get(f"/api/looks/{walk.bram_scene.pk}/").json())


def _looked_at(walk: Walk) -> list[tuple[str, list[float]]]:
    return sorted((tag["external_id"], tag["box"]) for tag in _look(walk)["tags"])


def rule(walk: Walk, owner: User) -> None:
    """A proven claim closes the place, on the very next request; opened, its tags come back."""
    claim = claim_open(owner=owner, place="bram.example")
    claim = claim_record(claim=claim, finding=Finding(True, "Shown to us in the test."))
    assert (claim.state, claim.policy) == (DomainClaim.State.VERIFIED, Policy.CLOSED)
    assert _look(walk)["tags"] == []
    sweep_policies.delay()
    walk.wait(lambda: Tag.objects.filter(scene=walk.bram_scene, state=Tag.State.HIDDEN).count() == 2, "the hiding")

    claim_policy_set(claim=claim, policy=Policy.OPEN, actor=owner)
    sweep_policies.delay()
    walk.wait(lambda: _looked_at(walk) == sorted(_matches(walk, "s0")), "the opening")


def retrain(walk: Walk, curator: User) -> TrainingRun:
    snapshot = snapshot_freeze(vertical=walk.vertical, actor=curator)
    assert snapshot.pairs == 2 * SCENES
    config = {"steps": 2, "batch": 6}
    run = run_queue(snapshot=snapshot, kind=ModelVersion.Kind.EMBEDDER, config=config, actor=curator)
    execute_run.delay(run.pk)

    def ended() -> bool:
        run.refresh_from_db()
        return run.state not in {TrainingRun.State.WAITING, TrainingRun.State.RUNNING}

    walk.wait(ended, "the end of the run")
    assert (run.state, run.error) == (TrainingRun.State.DONE, "")
    assert run.version is not None and not run.version.live
    assert run.version.snapshot_hash == snapshot.content_hash
    return run


def promote(walk: Walk, run: TrainingRun, curator: User) -> None:
    assert run.version is not None
    reason = "Two steps teach little; this is a walk."
    asked = promotion_ask(version=run.version, actor=curator, reason=reason, snapshot=run.snapshot)
    conclude_promotion.delay(asked.pk)
    walk.wait(Promotion.objects.filter(accepted__isnull=False).exists, "the promotion")
    promotion = Promotion.objects.get()
    assert promotion.accepted and promotion.version == run.version and promotion.decided_by == curator
    embedder = ModelVersion.objects.get(kind=ModelVersion.Kind.EMBEDDER, live=True)
    assert embedder == run.version == IndexBuild.objects.get(live=True).embedder


def serve_and_learn(walk: Walk) -> None:
    look = _look(walk)
    assert look["ranker"] is None
    first, second = (tag["tag"] for tag in look["tags"])
    seen = [("impression", first), ("impression", second), ("click", second)]
    events = [{"uuid": str(uuid.uuid4()), "kind": kind, "tag": tag} for kind, tag in seen]
    shopper = Client()
    body = {"token": look["token"], "events": events}
    assert _post(shopper, "/api/events/", body) == {"recorded": 3}
    assert _post(shopper, "/api/events/", body) == {"recorded": 0}
    learn_live.delay()
    walk.wait(lambda: _look(walk)["ranker"] is not None, "the lesson")
    assert {tag["tag"] for tag in _look(walk)["tags"]} == {first, second}


def _post(client: Client, address: str, body: dict[str, Any]) -> Any:
    # Programs that send events by their own account teach nothing.
    headers = {"User-Agent": "Mozilla/5.0 Firefox/140.0"}
    response = client.post(address, body, content_type="application/json", headers=headers)
    assert response.status_code < 300, response.content
    return response.json()
