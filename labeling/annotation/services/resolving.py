"""Turning the annotations of a scene into resolutions, or into a request for another pair of eyes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Q

from labeling.annotation.consensus import Outcome, Vote, group_added, outcome, same_place
from labeling.annotation.models import Annotation, Assignment, BurstItem, Campaign, Resolution, Verdict
from labeling.annotation.services.seating import seat_for_tie
from labeling.catalog.models import Scene

EXTRA_EYES = 3
WAITING, SUBMITTED = Assignment.State.WAITING, Assignment.State.SUBMITTED


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
    """Resolve a scene once nobody still looks at it or at any of its objects; again with nothing new it changes nothing.

    It makes no difference whether the objects were judged with the scene or in bursts. Objects on which people are tied
    stay open: the scene is lent once more as a whole, to at most three people beyond the overlap.
    """
    Scene.objects.select_for_update(no_key=True).get(pk=scene.pk)
    if _is_waiting(campaign, scene):
        return SceneResolved()
    seats = Assignment.objects.filter(campaign=campaign, scene=scene, state=SUBMITTED)
    priorities = list(seats.values_list("priority", flat=True))
    looked = len(priorities)
    outcomes = []
    for votes in _objects(campaign, scene):
        # A proposal has nobody silent, since each must be decided; an added box has all who looked and did not draw it.
        silent = max(0, looked - len(votes)) if votes[0].proposal is None else 0
        outcomes.append((votes, len(votes) + silent, outcome(votes, silent=silent)))
    settled = [(votes, came_to) for votes, _, came_to in outcomes if came_to is not None]
    tied = [(votes, people) for votes, people, came_to in outcomes if came_to is None]
    reopened = any(people < campaign.overlap + EXTRA_EYES for _, people in tied)
    if reopened:
        seat_for_tie(campaign_id=campaign.pk, scene=scene, priority=max(priorities, default=0.0) + 1).save()
    created, overruled = _replace(campaign, scene, settled)
    # What stood before holds until the tie is broken.
    overruled = [old for old in overruled if not any(_about(old, votes) for votes, _ in tied)]
    return SceneResolved(created, overruled, reopened)


@transaction.atomic
def resolutions_drop(*, resolutions: Iterable[Resolution]) -> None:
    """Delete resolutions that were overruled, once nothing rests on them."""
    Resolution.objects.filter(pk__in=[resolution.pk for resolution in resolutions]).delete()


def _is_waiting(campaign: Campaign, scene: Scene) -> bool:
    """Whether a seat at the scene waits, or one at a burst with an object of it, or an object for its burst."""
    items = BurstItem.objects.filter(campaign=campaign, scene=scene)
    return (
        Assignment.objects.filter(campaign=campaign, scene=scene, state=WAITING).exists()
        or items.filter(Q(burst=None) | Q(burst__assignments__state=WAITING)).exists()
    )


def _objects(campaign: Campaign, scene: Scene) -> list[list[Vote]]:
    """The votes on each object: proposals as shown, added boxes joined where they overlap.

    Of each person the newest decision about a proposal counts, and the boxes of their newest submission.
    """
    by_proposal: dict[int, dict[int, Vote]] = {}
    added: list[Vote] = []
    said = Annotation.objects.filter(
        campaign=campaign, scene=scene, assignment__state=SUBMITTED, version=F("assignment__version")
    )
    for annotation in said.order_by("pk"):
        vote = _vote(annotation)
        if annotation.proposal_id is None:
            added.append(vote)
        else:
            by_proposal.setdefault(annotation.proposal_id, {})[annotation.annotator_id] = vote
    proposed = [sorted(votes.values(), key=lambda vote: vote.annotation) for _, votes in sorted(by_proposal.items())]
    return [*proposed, *group_added(added)]


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
            same.annotations.set([vote.annotation for vote in votes])
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
