"""Turning the annotations of a scene into resolutions, or into a request for another pair of eyes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from labeling.annotation.consensus import Outcome, Vote, group_added, outcome, same_place
from labeling.annotation.models import Annotation, Assignment, Campaign, Resolution, Verdict
from labeling.annotation.services.deciding import extra_seat
from labeling.catalog.models import Scene

EXTRA_EYES = 3


@dataclass(frozen=True, slots=True)
class SceneResolved:
    """What a scene came to: resolutions that are new, those they overrule, and whether more eyes were asked for.

    The overruled rows are still there, so that what was built on them can be taken back before :func:`resolutions_drop`.
    """

    created: list[Resolution] = field(default_factory=list)
    overruled: list[Resolution] = field(default_factory=list)
    reopened: bool = False


@transaction.atomic
def scene_resolve(*, campaign: Campaign, scene: Scene) -> SceneResolved:
    """Resolve a scene once none of its seats waits; called again with nothing new it changes nothing.

    Objects on which people are tied stay open: one more seat is lent, at most three beyond the overlap.
    """
    seats = list(Assignment.objects.select_for_update().filter(campaign=campaign, scene=scene).order_by("slot"))
    submitted = [seat for seat in seats if seat.state == Assignment.State.SUBMITTED]
    if not submitted or any(seat.state == Assignment.State.WAITING for seat in seats):
        return SceneResolved()
    objects = _objects(submitted)
    people = len(submitted)
    outcomes = [(votes, outcome(votes, silent=_silent(votes, people))) for votes in objects]
    settled = [(votes, came_to) for votes, came_to in outcomes if came_to is not None]
    tied = [votes for votes, came_to in outcomes if came_to is None]
    reopened = bool(tied) and people < campaign.overlap + EXTRA_EYES
    if reopened:
        extra_seat(submitted[-1], priority=submitted[-1].priority + 1).save()
    created, overruled = _replace(campaign, scene, settled)
    # What stood before holds until the tie is broken.
    overruled = [old for old in overruled if not any(_about(old, votes) for votes in tied)]
    return SceneResolved(created, overruled, reopened)


@transaction.atomic
def resolutions_drop(*, resolutions: Iterable[Resolution]) -> None:
    """Delete resolutions that were overruled, once nothing rests on them."""
    Resolution.objects.filter(pk__in=[resolution.pk for resolution in resolutions]).delete()


def _objects(submitted: Sequence[Assignment]) -> list[list[Vote]]:
    """The votes on each object: proposals as shown, added boxes joined where they overlap."""
    by_proposal: dict[int, list[Vote]] = {}
    added: list[Vote] = []
    for annotation in Annotation.objects.filter(assignment__in=submitted).order_by("pk"):
        votes = added if annotation.proposal_id is None else by_proposal.setdefault(annotation.proposal_id, [])
        votes.append(_vote(annotation))
    return [*by_proposal.values(), *group_added(added)]


def _vote(annotation: Annotation) -> Vote:
    return Vote(
        annotation=annotation.pk,
        annotator=annotation.annotator_id,
        proposal=annotation.proposal_id,
        accepted=annotation.verdict != Verdict.REJECTED,
        box=annotation.box,
        category=annotation.category_id,
        product=annotation.product_id,
        grade=annotation.grade,
    )


def _silent(votes: Sequence[Vote], people: int) -> int:
    """How many saw the scene and left an object undrawn; a proposal has nobody silent, since each must be decided."""
    return people - len(votes) if votes[0].proposal is None else 0


def _about(resolution: Resolution, votes: Sequence[Vote]) -> bool:
    """Whether a resolution is of the object these votes are about."""
    if votes[0].proposal is not None:
        return resolution.proposal_id == votes[0].proposal
    return resolution.proposal_id is None and any(same_place(resolution.box, vote.box) for vote in votes)


def _replace(
    campaign: Campaign, scene: Scene, settled: Sequence[tuple[list[Vote], Outcome]]
) -> tuple[list[Resolution], list[Resolution]]:
    """Keep resolutions that say the same, add the new ones, and name those that are overruled."""
    before = list(
        Resolution.objects.filter(campaign=campaign, scene=scene).prefetch_related("annotations").order_by("pk")
    )
    created = []
    for votes, came_to in settled:
        proposal = votes[0].proposal
        same = next((old for old in before if _says(old, proposal, came_to)), None)
        if same is not None:
            before.remove(same)
            same.annotations.add(*[vote.annotation for vote in votes])
            continue
        resolution = Resolution.objects.create(
            **came_to.box._asdict(),
            campaign=campaign,
            scene=scene,
            proposal_id=proposal,
            accepted=came_to.accepted,
            category_id=came_to.category,
            product_id=came_to.product,
            grade=came_to.grade,
            agreement=came_to.agreement,
        )
        resolution.annotations.add(*[vote.annotation for vote in votes])
        created.append(resolution)
    return created, before


def _says(resolution: Resolution, proposal: int | None, came_to: Outcome) -> bool:
    """Whether a resolution already stands for this outcome of this object."""
    if resolution.proposal_id != proposal or (proposal is None and not same_place(resolution.box, came_to.box)):
        return False
    stands = (resolution.accepted, resolution.category_id, resolution.product_id, resolution.grade)
    moved = max(abs(a - b) for a, b in zip(resolution.box, came_to.box, strict=True)) > 1e-6
    return stands == (came_to.accepted, came_to.category, came_to.product, came_to.grade) and not moved
