"""A version is fitted to a snapshot: to its pairs, what was passed over for them, and the log by then; to nothing later."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from labeling.annotation.models import Resolution
from labeling.common.errors import ConflictError
from labeling.common.models import AuditEvent, Job
from labeling.datasets.models import LeakReport, Pair, Snapshot, SnapshotRow
from labeling.datasets.selectors import SnapshotLeaks, SnapshotTampered
from labeling.datasets.services import snapshot_freeze
from labeling.inference.models import Candidate, Proposal
from labeling.serving import ranker
from labeling.serving.frozen import Frozen, frozen_of
from labeling.serving.models import EngagementEvent, RankerState
from labeling.serving.records import records_of
from labeling.serving.services import (
    fit_queue,
    fit_run,
    ranker_fit_frozen,
    ranker_freeze,
    ranker_learn,
    version_refits,
)
from labeling.tags.models import Tag
from models_ml.reranking import lessons_read
from tests.labeling.serving.test_fitting import INSERT, crowd
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.RANKER_ROOT = tmp_path / "rankers"


def paired(world: World, tag: Tag, *, grade: str = "exact") -> Pair:
    """What people confirmed of a tag: a proposal whose slate has the chosen product second, its resolution and its pair."""
    proposal = Proposal.objects.create(
        **tag.box._asdict(), scan=world.proposals[0].scan, scene=tag.scene, position=tag.pk % 30_000 + 10,
        category=world.sofa, detector_class="sofa", score=0.8,
    )  # fmt: skip
    others = [sofa for sofa in world.sofas if sofa.pk != tag.product_id]
    for rank, (product, score) in enumerate(((others[0], 0.7), (tag.product, 0.6), (others[1], 0.5)), start=1):
        Candidate.objects.create(proposal=proposal, product=product, rank=rank, score=score)
    resolution = Resolution.objects.create(
        **tag.box._asdict(), campaign=world.campaign, scene=tag.scene, proposal=proposal, accepted=True,
        category=world.sofa, product=tag.product, grade=grade,
    )  # fmt: skip
    return Pair.objects.create(
        **tag.box._asdict(), vertical=world.vertical, scene=tag.scene, category=world.sofa, product=tag.product,
        grade=grade, source="annotators", resolution=resolution,
    )  # fmt: skip


def frozen_world(world: World, *, scenes: int = 12) -> tuple[list[Tag], Snapshot]:
    """A crowd's looks at scenes of two tags each, the first confirmed as exact and the second as similar, then frozen."""
    tags = crowd(world, scenes=scenes)
    for tag in tags:
        paired(world, tag, grade="exact" if tag.product_id == world.sofas[0].pk else "similar")
    ranker_learn(vertical=world.vertical)
    return tags, snapshot_freeze(vertical=world.vertical)


def splits_of(snapshot: Snapshot) -> dict[str, list[SnapshotRow]]:
    found: dict[str, list[SnapshotRow]] = defaultdict(list)
    for row in snapshot.rows.order_by("pk"):
        found["test" if row.split == "test" else "taught"].append(row)
    return found


def as_told(frozen: Frozen) -> list[object]:
    return [frozen.lessons, frozen.teaching, frozen.judging, frozen.showings]


def test_it_works(world: World) -> None:
    _, snapshot = frozen_world(world)
    before = RankerState.objects.get(live=True)
    made = ranker_fit_frozen(snapshot=snapshot, actor=world.cora)
    assert (made.live, made.snapshot_hash) == (True, snapshot.content_hash)
    assert made.reason == f"Fitted to snapshot {snapshot.number} and what was looked at by then."
    assert (made.events, made.number) == (before.events, before.number + 1), "it goes on from what was learned"
    assert made.report["test"]["lists"] == len(splits_of(snapshot)["test"]) // 2
    assert made.state["model"]["relevance"] is not None
    assert version_refits(version=made)
    (audit,) = AuditEvent.objects.filter(verb="ranker_fit_frozen")
    assert (audit.actor, audit.subject_id, audit.detail["snapshot"]) == (world.cora, made.pk, snapshot.number)


def test_relevance_learns_from_the_rows_that_are_not_for_the_test_and_from_what_was_passed_over(world: World) -> None:
    _, snapshot = frozen_world(world)
    rows = splits_of(snapshot)
    frozen = frozen_of(snapshot=snapshot)
    assert rows["test"] and rows["taught"], "the scenes fall on both sides"
    said = {lesson.offer.tag: lesson.gain for lesson in frozen.lessons if lesson.sure == 1}
    assert said == {-row.pk: {"exact": 1.0, "similar": 0.6}[row.grade] for row in rows["taught"]}
    # Of each slate of three the two that were not chosen.
    over = [(lesson.offer.tag, lesson.offer.product) for lesson in frozen.lessons if lesson.sure == 0.3]
    expected = [(-row.pk, sofa.pk) for row in rows["taught"] for sofa in world.sofas if sofa.pk != row.product_id]
    assert sorted(over) == sorted(expected)
    similarities = {lesson.offer.similarity for lesson in frozen.lessons if lesson.sure == 1}
    assert similarities == {0.6}
    assert {-lesson.offer.tag for lesson in frozen.judging} == {row.pk for row in rows["test"]}
    assert {lesson.offer.source for lesson in frozen.judging} == {"model"}, "as if nobody had judged yet"
    scenes = {row.scene_id for row in rows["taught"]} & {row.scene_id for row in rows["test"]}
    assert not scenes


def test_pairs_are_counted_in_the_snapshot(world: World) -> None:
    _, snapshot = frozen_world(world, scenes=5)
    for tag in Tag.objects.all():
        Pair.objects.filter(scene=tag.scene, product=tag.product).update(withdrawn_at=timezone.now())
    assert {lesson.record.pairs for lesson in frozen_of(snapshot=snapshot).lessons if lesson.sure == 1} == {4}


def test_rates_learn_from_what_had_been_learned_when_it_was_frozen(world: World) -> None:
    """The oracle is the learner, which takes events in one by one as they come, and keeps sums."""
    tags, snapshot = frozen_world(world)
    learned = records_of(tags=[tag.pk for tag in tags], now=snapshot.frozen_at)
    rows = {-row.pk: row for row in snapshot.rows.all()}
    checked = 0
    for lesson in frozen_of(snapshot=snapshot).lessons:
        if lesson.sure == 0.3:
            continue
        row = rows.get(lesson.offer.tag)
        mine = [tag.pk for tag in tags if row and (tag.scene_id, tag.product_id) == (row.scene_id, row.product_id)]
        told = learned[mine[0] if mine else lesson.offer.tag]
        assert lesson.record[:4] == pytest.approx(told[:4], rel=1e-9)
        checked += 1
    assert checked == len(tags)


def test_held_out_looks_are_left_out_of_what_is_judged(world: World) -> None:
    _, snapshot = frozen_world(world, scenes=3)
    frozen = frozen_of(snapshot=snapshot)
    events = EngagementEvent.objects.filter(created_at__lt=snapshot.frozen_at)
    held = [each for each in events if str(each.look)[0] in "012" and each.kind == "impression"]
    lost = sum(
        a.record.seen - b.record.seen for a, b in zip(frozen.lessons, frozen.teaching, strict=True) if a.sure != 0.3
    )
    assert lost == pytest.approx(sum(each.propensity for each in held), rel=1e-3)
    assert held


def test_nothing_that_comes_later_has_a_part_in_it(world: World) -> None:
    tags, snapshot = frozen_world(world)
    first, before = frozen_of(snapshot=snapshot), ranker_fit_frozen(snapshot=snapshot)
    told: list[Any] = [uuid.uuid4(), tags[0].scene_id, tags[0].pk, tags[0].product_id, 1, 1.0, 0.5]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, [[uuid.uuid4(), kind, *told] for kind in ("impression", "click", "hide")])
    crowd(world, scenes=4, seed=5)
    fresh = Tag.objects.exclude(pk__in=[tag.pk for tag in tags])
    for tag in fresh:
        paired(world, tag)
    ranker_learn(vertical=world.vertical)
    assert as_told(frozen_of(snapshot=snapshot)) == as_told(first)
    again = ranker_fit_frozen(snapshot=snapshot)
    assert again.number == before.number + 1
    assert (again.lessons, again.state) == (before.lessons, before.state), "the very same version"
    newer = snapshot_freeze(vertical=world.vertical)
    other = ranker_fit_frozen(snapshot=newer)
    assert other.snapshot_hash == newer.content_hash != snapshot.content_hash
    assert other.lessons != again.lessons


def test_the_lessons_are_kept(world: World, settings: Any) -> None:
    _, snapshot = frozen_world(world)
    made = ranker_fit_frozen(snapshot=snapshot)
    kept = lessons_read(settings.RANKER_ROOT / made.lessons)
    assert len(kept) == len(frozen_of(snapshot=snapshot).lessons) == made.report["items"]
    assert kept.names == ranker.FEATURES


def test_a_pair_that_nobody_looked_at_and_a_tag_that_is_no_pair(world: World) -> None:
    tags = crowd(world, scenes=4)
    paired(world, tags[0])
    unseen = Tag.objects.create(
        scene=world.scene, category=world.sofa, product=world.sofas[0], grade="exact", source="human", state="live",
        reason="people", left=0.1, top=0.1, right=0.4, bottom=0.4,
    )  # fmt: skip
    paired(world, unseen)
    lessons = frozen_of(snapshot=snapshot_freeze(vertical=world.vertical)).lessons
    assert sum(lesson.record.seen > 0 for lesson in lessons) == len(tags)
    assert {lesson.offer.tag for lesson in lessons if not lesson.sure} == {tag.pk for tag in tags[1:]}
    for lesson in lessons:
        if lesson.offer.scene == world.scene.pk and lesson.sure == 1:
            assert lesson.record[:2] == (0.0, 0.0)


def test_what_the_guards_refuse_is_kept_with_the_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, snapshot = frozen_world(world)
    live = RankerState.objects.get(live=True)
    monkeypatch.setattr("labeling.serving.guards.refusal", lambda **_: "people's word")
    made = ranker_fit_frozen(snapshot=snapshot)
    assert (made.live, made.reason, made.snapshot_hash) == (
        False, "Refused: people's word", snapshot.content_hash,
    )  # fmt: skip
    assert RankerState.objects.get(live=True) == live


def test_what_cannot_be_learned_from_is_said_and_changes_nothing(world: World) -> None:
    paired(world, crowd(world, scenes=1)[0])
    EngagementEvent.objects.all().delete()
    empty = snapshot_freeze(vertical=world.vertical)
    with pytest.raises(ConflictError, match="Nothing has been learned yet"):
        ranker_fit_frozen(snapshot=empty)
    crowd(world, scenes=2, seed=3)
    ranker_learn(vertical=world.vertical)
    with pytest.raises(ConflictError, match=r"Nobody had looked at anything when home snapshot 1 was frozen"):
        ranker_fit_frozen(snapshot=empty)
    good = snapshot_freeze(vertical=world.vertical)
    leaks = LeakReport.objects.create(snapshot=good, counts={"scene": 1})
    with pytest.raises(SnapshotLeaks):
        ranker_fit_frozen(snapshot=good)
    leaks.delete()
    ranker_freeze(vertical=world.vertical, reason="a look at it", actor=world.sana)
    with pytest.raises(ConflictError, match=r"frozen\. Let it learn on first"):
        ranker_fit_frozen(snapshot=good)
    assert RankerState.objects.count() == 1


def test_a_tampered_snapshot_teaches_nothing(world: World) -> None:
    _, snapshot = frozen_world(world, scenes=3)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE datasets_snapshotrow SET grade = 'similar' WHERE snapshot_id = %s", [snapshot.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(SnapshotTampered):
        ranker_fit_frozen(snapshot=snapshot)


def test_as_a_job_and_again_after_a_lost_worker(world: World) -> None:
    _, snapshot = frozen_world(world)
    job = fit_queue(snapshot=snapshot, actor=world.cora)
    with pytest.raises(ConflictError, match="is being fitted already"):
        fit_queue(snapshot=snapshot, actor=world.cora)
    Job.objects.filter(pk=job.pk).update(state="running", updated_at=timezone.now() - dt.timedelta(minutes=5))
    made = fit_run(job_id=job.pk)
    assert made is not None and fit_run(job_id=job.pk) is None, "done once"
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"version": made.number, "live": True, "reason": made.reason})
    ranker_freeze(vertical=world.vertical, reason="x", actor=world.sana)
    Job.objects.filter(pk=job.pk).update(state="waiting")
    assert fit_run(job_id=job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "The ranking is frozen. Let it learn on first.")


def test_the_command(world: World) -> None:
    _, snapshot = frozen_world(world)
    out = StringIO()
    call_command("fit_ranker", vertical="home", snapshot=snapshot.number, stdout=out)
    said = json.loads(out.getvalue())
    assert (said["live"], said["refits"], said["snapshot_hash"]) == (True, True, snapshot.content_hash)
    assert RankerState.objects.get(live=True).number == said["version"]
    with pytest.raises(CommandError, match=r"home has no snapshot 99\. Known: 1"):
        call_command("fit_ranker", vertical="home", snapshot=99)
