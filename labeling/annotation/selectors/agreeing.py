"""Reading what several people said of the same scenes, to see how far they agree."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from labeling.annotation.agreement import Agreement, View, agreement
from labeling.annotation.consensus import Vote
from labeling.annotation.models import Assignment, Campaign, Kind
from labeling.annotation.selectors.trust import annotations_counting, vote_of

MOST_SCENES = 1000


def agreement_of(*, campaign: Campaign) -> Agreement:
    """How far people agree in a campaign, over the newest 1000 scenes that more than one of them judged; gold left out."""
    said = annotations_counting().filter(campaign=campaign)
    shared = said.order_by().values("scene").annotate(people=Count("annotator", distinct=True)).filter(people__gt=1)
    scenes = list(shared.order_by("-scene").values_list("scene", flat=True)[:MOST_SCENES])
    return agreement(_views(campaign, scenes))


def _views(campaign: Campaign, scenes: list[int]) -> Iterator[dict[int, View]]:
    seats = Assignment.objects.filter(campaign=campaign, scene__in=scenes, kind=Kind.SCENE, state="submitted")
    whole = set(seats.values_list("scene", "annotator"))
    votes: dict[int, dict[int, list[Vote]]] = {}
    for annotation in annotations_counting().filter(campaign=campaign, scene__in=scenes).iterator(chunk_size=2000):
        votes.setdefault(annotation.scene_id, {}).setdefault(annotation.annotator_id, []).append(vote_of(annotation))
    for scene, people in votes.items():
        yield {
            person: View(
                accepted=[vote for vote in said if vote.accepted],
                decided=frozenset(vote.proposal for vote in said if vote.proposal is not None),
                whole=(scene, person) in whole,
            )
            for person, said in people.items()
        }
