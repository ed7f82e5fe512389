"""What the policy of a place does to the tags that stand there, and undoes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from labeling.annotation.services import seats_obey
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import barred, claims_over, policy_jobs_open, scenes_closed
from labeling.catalog.models import Scene
from labeling.common.audit import audit_record
from labeling.common.models import Job
from labeling.inference.services import scans_withdraw
from labeling.tags.models import Tag, TagEvent
from labeling.tags.reasons import BLOCKED, HELD, WITHDRAWN
from labeling.tags.selectors import ruled_under
from labeling.tags.services.telling import tags_tell

SCENES_A_STEP = 1000


@transaction.atomic
def tags_obey(*, scenes: Iterable[Scene]) -> dict[str, int]:
    """Bring the tags of these scenes in line with the policies of their places; run twice it changes nothing more.

    What an owner does not want is hidden, what waits for them is held, and what the policy alone had taken away gets its
    former state and reason back. Returns how many tags were hidden, held and given back.
    """
    moved = {"hidden": 0, "held": 0, "given_back": 0}
    ruled: dict[DomainClaim | None, list[int]] = defaultdict(list)
    for scene_id, claim in claims_over(scenes=scenes).items():
        ruled[claim].append(scene_id)
    for claim, scene_ids in ruled.items():
        tags = Tag.objects.filter(scene__in=scene_ids)
        # One order for all who lock tags.
        list(tags.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        if claim is None:
            moved["given_back"] += _give_back(tags)
            continue
        # What the owner has ruled stands as ruled; where the place is closed to it, looks leave it out.
        tags = tags.exclude(ruled_under(claim=claim))
        unwanted = tags.filter(barred(claim=claim))
        moved["hidden"] += _take(unwanted, Tag.State.HIDDEN, WITHDRAWN if claim.policy == Policy.CLOSED else BLOCKED)
        wanted = tags.exclude(pk__in=unwanted.values("pk"))
        if claim.policy == Policy.REVIEW_FIRST:
            waiting = wanted.filter(_were(Tag.State.LIVE))
            moved["held"] += _take(waiting, Tag.State.HELD, HELD)
            wanted = wanted.exclude(pk__in=waiting.values("pk"))
        moved["given_back"] += _give_back(wanted)
    return moved


@transaction.atomic
def policy_job_step(*, job_id: int, scenes: int = SCENES_A_STEP) -> bool:
    """Take a job of a place one step on, from where it is; returns whether there is more to do.

    Each step is a transaction of its own: a worker that dies loses one step, and two workers take turns. First the scenes
    leave or enter the queues of annotators, then the tags follow, scene by scene.
    """
    job = policy_jobs_open().select_for_update(skip_locked=True, of=("self",)).filter(pk=job_id).first()
    if job is None:
        return False
    claim = DomainClaim.objects.get(pk=job.parameters["claim"])
    there = Scene.objects.filter(places__contains=[claim.place])
    if job.state == Job.State.WAITING:
        job.state, job.started_at = Job.State.RUNNING, timezone.now()
        job.total = Tag.objects.filter(scene__in=there).count()
        job.result = {"scans": scans_withdraw(scenes=scenes_closed(there)), "seats": seats_obey(scenes=there)}
        job.save()
        return True
    after = job.parameters.get("after", 0)
    batch = list(there.filter(pk__gt=after).order_by("pk").only("pk", "places")[:scenes])
    for name, number in tags_obey(scenes=batch).items():
        job.result[name] = job.result.get(name, 0) + number
    job.done += Tag.objects.filter(scene__in=batch).count()
    job.total = max(job.total, job.done)
    if batch:
        job.parameters["after"] = batch[-1].pk
    more = len(batch) == scenes
    if not more:
        job.state, job.finished_at, job.total, job.message = Job.State.DONE, timezone.now(), job.done, ""
        audit_record(
            actor=job.owner,
            verb="policy_obeyed",
            subject=claim,
            place=claim.place,
            policy=claim.policy,
            moved=job.result,
        )
    job.save()
    return more


def _were(state: Tag.State) -> Q:
    """Tags that are in a state, or would be but for the policy of their place."""
    return Q(was_state=state) | Q(was_state="", state=state)


def _take(tags: QuerySet[Tag], state: Tag.State, reason: str) -> int:
    """Take tags from shoppers, and keep what they were. What others have hidden stays as they left it."""
    again = _move(tags.exclude(was_state="").exclude(state=state, reason=reason), state=state, reason=reason)
    fresh = tags.filter(was_state="").exclude(state=Tag.State.HIDDEN)
    return again + _move(fresh, was_state=F("state"), was_reason=F("reason"), state=state, reason=reason)


def _give_back(tags: QuerySet[Tag]) -> int:
    """Make tags again what they were before a policy took them."""
    return _move(tags.exclude(was_state=""), state=F("was_state"), reason=F("was_reason"), was_state="", was_reason="")


def _move(tags: QuerySet[Tag], **changes: object) -> int:
    moved = list(tags.values_list("pk", flat=True))
    Tag.objects.filter(pk__in=moved).update(updated_at=timezone.now(), **changes)
    tags_tell(tags=Tag.objects.filter(pk__in=moved), cause=TagEvent.Cause.PLACE)
    return len(moved)
