"""Measuring people: a worker reads what they said and writes how far each is trusted."""

from __future__ import annotations

from django.db import transaction

from labeling.annotation.consensus import CATEGORY, OBJECT, PRODUCT
from labeling.annotation.golds import kept
from labeling.annotation.models import Question, Skill
from labeling.annotation.selectors import annotations_counting, vote_of
from labeling.annotation.selectors.marks import marked_answers
from labeling.annotation.skills import Answer, abilities_fit
from labeling.catalog.models import Vertical

NEWEST = 100_000
"""So many of the latest annotations of a vertical count: people change, and the fit should take seconds."""


@transaction.atomic
def skills_write(*, vertical: Vertical) -> int:
    """Fit the skill of everybody who annotated in a vertical, question by question; returns how many rows it wrote."""
    answers: dict[str, list[Answer]] = {question: [] for question in Question.values}
    known: dict[str, dict[object, bool]] = {question: {} for question in Question.values}
    _read_work(vertical, answers)
    _read_gold(vertical, answers, known)
    rows = []
    for question, given in answers.items():
        counts: dict[int, int] = {}
        for answer in given:
            counts[answer.annotator] = counts.get(answer.annotator, 0) + 1
        for annotator, ability in abilities_fit(given, known[question]).items():
            rows.append(
                Skill(
                    vertical=vertical,
                    annotator_id=annotator,
                    question=question,
                    keep=ability.keep,
                    catch=ability.catch,
                    answers=counts[annotator],
                )
            )
    Skill.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["vertical", "annotator", "question"],
        update_fields=["keep", "catch", "answers", "updated_at"],
    )
    return len(rows)


def _read_work(vertical: Vertical, answers: dict[str, list[Answer]]) -> None:
    """What people kept of what was proposed."""
    said = annotations_counting().filter(campaign__vertical=vertical, proposal__isnull=False).order_by("-pk")
    for annotation in said[:NEWEST].iterator(chunk_size=5000):
        vote, item = vote_of(annotation), (annotation.campaign_id, annotation.proposal_id)
        answers[OBJECT].append(Answer(item, vote.annotator, vote.accepted))
        if vote.accepted:
            answers[CATEGORY].append(Answer(item, vote.annotator, vote.category == vote.shown_category))
        if vote.accepted and vote.grade and vote.category == vote.shown_category:
            answers[PRODUCT].append(Answer(item, vote.annotator, vote.product == vote.shown_product))


def _read_gold(vertical: Vertical, answers: dict[str, list[Answer]], known: dict[str, dict[object, bool]]) -> None:
    """What people kept of gold, where it is known what was right."""
    for planted in marked_answers(vertical=vertical, most=NEWEST):
        for question, (right, stayed) in kept(planted.known, planted.shown, planted.said).items():
            item = ("gold", planted.plant)
            answers[question].append(Answer(item, planted.annotator, stayed))
            known[question][item] = right
