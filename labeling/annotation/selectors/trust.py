"""Reading what people said as votes, and how far each person's word is trusted."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from labeling.annotation.consensus import Ability, Vote, group_added
from labeling.annotation.models import Annotation, Assignment, Campaign, Skill, Verdict
from labeling.catalog.models import Scene, Vertical


def annotations_counting() -> QuerySet[Annotation]:
    """What counts of what people said, oldest first: their newest version, of work alone, with ``shown_product``.

    ``shown_product`` is the id of the first product of the slate, or None.
    """
    said = Annotation.objects.filter(
        planted=False, assignment__state=Assignment.State.SUBMITTED, version=F("assignment__version")
    )
    first = FilteredRelation("proposal__candidates", condition=Q(proposal__candidates__rank=1))
    said = said.annotate(first=first, shown_product=F("first__product"))
    return said.select_related("proposal").order_by("pk")


def votes_of(*, campaign: Campaign, scene: Scene) -> list[list[Vote]]:
    """The votes on each object of a scene: proposals as shown, added boxes joined where they overlap.

    Of each person the newest decision about a proposal counts, and the boxes of their newest submission.
    """
    by_proposal: dict[int, dict[int, Vote]] = {}
    added: list[Vote] = []
    for annotation in annotations_counting().filter(campaign=campaign, scene=scene):
        vote = vote_of(annotation)
        if annotation.proposal_id is None:
            added.append(vote)
        else:
            by_proposal.setdefault(annotation.proposal_id, {})[annotation.annotator_id] = vote
    proposed = [sorted(votes.values(), key=lambda vote: vote.annotation) for _, votes in sorted(by_proposal.items())]
    return [*proposed, *group_added(added)]


def vote_of(annotation: Annotation) -> Vote:
    """An annotation read by :func:`annotations_counting` as a vote."""
    return Vote(
        annotation=annotation.pk,
        annotator=annotation.annotator_id,
        proposal=annotation.proposal_id,
        accepted=annotation.verdict != Verdict.REJECTED,
        box=annotation.box,
        category=annotation.category_id,
        product=annotation.product_id,
        grade=annotation.grade,
        shown_box=annotation.proposal.box if annotation.proposal else None,
        shown_category=annotation.proposal.category_id if annotation.proposal else None,
        shown_product=vars(annotation)["shown_product"],
    )


def verticals_to_measure() -> list[Vertical]:
    """Verticals in which somebody has said something since their skills were last written."""
    measured = Subquery(Skill.objects.filter(vertical=OuterRef("pk")).order_by("-updated_at").values("updated_at")[:1])
    since = Q(campaigns__annotations__created_at__gt=F("measured")) | Q(measured=None)
    verticals = Vertical.objects.annotate(measured=measured).filter(since, campaigns__annotations__isnull=False)
    return list(verticals.distinct().order_by("pk"))


def abilities_of(*, vertical_id: int, annotators: Iterable[int]) -> dict[tuple[int, str], Ability]:
    """The measured abilities of these people in a vertical, by annotator and question; who was not measured is absent."""
    skills = Skill.objects.filter(vertical=vertical_id, annotator__in=set(annotators))
    rows = skills.values_list("annotator", "question", "keep", "catch")
    return {(annotator, question): Ability(keep, catch) for annotator, question, keep, catch in rows}
