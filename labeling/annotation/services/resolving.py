"""Turning the annotations of a scene into resolutions, into a request for another pair of eyes, or into a dispute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from labeling.annotation.consensus import Outcome, Vote, outcome, same_place
from labeling.annotation.models import Assignment, BurstItem, Campaign, Dispute, Purpose, Resolution
from labeling.annotation.selectors import abilities_of, votes_of
from labeling.annotation.services.bursting import looks_add
from labeling.annotation.services.seating import seat_for_tie
from labeling.catalog.models import Scene
from labeling.inference.models import Proposal

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

    It makes no difference whether the objects were judged with the scene or in bursts. Objects of which nobody can be sure
    stay open: the scene is lent once more as a whole, or the object alone where it was asked about again already, to at most
    the campaign's ``more_eyes`` beyond the overlap; then they are disputes. What an adjudicator has ruled stands, whatever is
    said later.
    """
    Scene.objects.select_for_update(no_key=True).get(pk=scene.pk)
    if _is_waiting(campaign, scene):
        return SceneResolved()
    seats = Assignment.objects.filter(campaign=campaign, scene=scene, state=SUBMITTED, purpose=Purpose.WORK)
    looked = dict(seats.values_list("annotator", "priority"))
    disputes = list(Dispute.objects.filter(campaign=campaign, scene=scene).order_by("pk"))
    settled, tied = _settle(campaign, votes_of(campaign=campaign, scene=scene), list(looked), disputes)
    limit = campaign.overlap + campaign.more_eyes
    open_still = [votes for votes, people in tied if people < limit]
    reopened, alone = bool(open_still), _asked_alone(campaign, open_still)
    if reopened and len(alone) == len(open_still):
        looks_add(campaign=campaign, proposals=alone)
    elif reopened:
        priority = max(looked.values(), default=0.0) + 1
        seat_for_tie(campaign_id=campaign.pk, scene=scene, priority=priority).save()
    # A second look that a curator asked for waits for its ruling, whatever people say in the meantime.
    asked = [each for each in disputes if each.reason and each.ruled_at is None]
    again = [votes for votes, _ in settled if any(_about(each, votes) for each in asked)]
    stuck = [votes for votes, people in tied if people >= limit or any(_about(each, votes) for each in asked)]
    _write_disputes(campaign, scene, disputes, stuck + again)
    created, overruled = _replace(campaign, scene, settled)
    # What stood before holds until the tie is broken.
    overruled = [old for old in overruled if not any(_about(old, votes) for votes, _ in tied)]
    return SceneResolved(created, overruled, reopened)


@transaction.atomic
def resolutions_drop(*, resolutions: Iterable[Resolution]) -> None:
    """Delete resolutions that were overruled, once nothing rests on them."""
    Resolution.objects.filter(pk__in=[resolution.pk for resolution in resolutions]).delete()


def _asked_alone(campaign: Campaign, objects: Sequence[list[Vote]]) -> list[Proposal]:
    """Those of these objects that were asked about again, one by one."""
    again = BurstItem.objects.filter(campaign=campaign, plant=None, look__gt=1)
    asked = again.filter(proposal__in=[votes[0].proposal for votes in objects if votes[0].proposal is not None])
    return list(Proposal.objects.filter(pk__in=asked.values("proposal")))


def _is_waiting(campaign: Campaign, scene: Scene) -> bool:
    """Whether a seat at the scene waits, or one at a burst with an object of it, or an object for its burst."""
    items = BurstItem.objects.filter(campaign=campaign, scene=scene, plant=None)
    seats = Assignment.objects.filter(campaign=campaign, scene=scene, state=WAITING, purpose=Purpose.WORK)
    return seats.exists() or items.filter(Q(burst=None) | Q(burst__assignments__state=WAITING)).exists()


def _settle(
    campaign: Campaign, objects: Sequence[list[Vote]], looked: Sequence[int], disputes: Sequence[Dispute]
) -> tuple[list[tuple[list[Vote], Outcome]], list[tuple[list[Vote], int]]]:
    """The objects with what they came to, and those nobody is sure of with how many people have had a say."""
    voters = {vote.annotator for votes in objects for vote in votes}
    abilities = abilities_of(vertical_id=campaign.vertical_id, annotators=voters.union(looked))
    settled, tied = [], []
    for votes in objects:
        # A proposal has nobody silent, since each must be decided; an added box has all who looked and did not draw it.
        drew = {vote.annotator for vote in votes}
        silent = [each for each in looked if each not in drew] if votes[0].proposal is None else []
        ruled = next((each for each in disputes if each.ruled_at is not None and _about(each, votes)), None)
        came_to = (
            _as_ruled(ruled, votes, len(silent))
            if ruled
            else outcome(votes, silent=silent, abilities=abilities, sure_at=campaign.sure_at)
        )
        if came_to is None:
            tied.append((votes, len(votes) + len(silent)))
        else:
            settled.append((votes, came_to))
    return settled, tied


def _as_ruled(dispute: Dispute, votes: Sequence[Vote], silent: int) -> Outcome:
    """What an adjudicator ruled, with the share of people who had said the same."""
    accepted = bool(dispute.accepted)
    ruling = (dispute.category_id, dispute.product_id, dispute.grade)
    same = [
        vote
        for vote in votes
        if vote.accepted == accepted and (not accepted or (vote.category, vote.product, vote.grade) == ruling)
    ]
    agreed = len(same) + (0 if accepted else silent)
    return Outcome(accepted, dispute.box, *ruling, agreed / (len(votes) + silent))


def _write_disputes(
    campaign: Campaign, scene: Scene, disputes: Sequence[Dispute], objects: Sequence[list[Vote]]
) -> None:
    """Keep a dispute for each object that people could not settle, and drop those that they have settled since."""
    open_ones = [each for each in disputes if each.ruled_at is None]
    for votes in objects:
        dispute = next((each for each in open_ones if _about(each, votes)), None)
        if dispute is None:
            dispute = Dispute.objects.create(
                **votes[0].box._asdict(), campaign=campaign, scene=scene, proposal_id=votes[0].proposal
            )
        else:
            open_ones.remove(dispute)
        dispute.annotations.set([vote.annotation for vote in votes])
    Dispute.objects.filter(pk__in=[each.pk for each in open_ones]).delete()


def _about(standing: Resolution | Dispute, votes: Sequence[Vote]) -> bool:
    """Whether a resolution or dispute is of the object these votes are about."""
    if votes[0].proposal is not None:
        return standing.proposal_id == votes[0].proposal
    return standing.proposal_id is None and any(same_place(standing.box, vote.box) for vote in votes)


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
