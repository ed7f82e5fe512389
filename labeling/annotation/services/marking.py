"""Marking what people said of gold, and what follows for them: entering a campaign, being paused, being reinstated."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from labeling.accounts.models import User
from labeling.annotation.golds import marked
from labeling.annotation.intervals import share
from labeling.annotation.models import Assignment, Campaign, Mark, Purpose, Standing
from labeling.annotation.selectors.marks import marks_recent, planted_answers
from labeling.common.audit import audit_record

WINDOW = 50
"""So many of a person's latest marks say whether they may stay."""


@transaction.atomic
def marks_write(*, seat: Assignment) -> list[Mark]:
    """Mark what a finished seat says of gold, and draw what follows for its annotator; again it changes nothing.

    The first answer of a person counts, and none to gold that they helped to make.
    """
    fresh = []
    for answer in planted_answers(seat=seat):
        came_to = marked(answer.known, answer.shown, answer.said)
        fresh.append(
            Mark(
                plant_id=answer.plant,
                campaign_id=seat.campaign_id,
                annotator_id=answer.annotator,
                annotation_id=answer.annotation,
                category_id=answer.known.category,
                wrong=came_to.wrong,
                fooled=came_to.fooled,
                right=came_to.right,
            )
        )
    Mark.objects.bulk_create(fresh, ignore_conflicts=True)
    if seat.annotator is not None and (fresh or seat.purpose == Purpose.TRAINING):
        standing_review(campaign=seat.campaign, annotator=seat.annotator)
    return fresh


@transaction.atomic
def standing_review(*, campaign: Campaign, annotator: User) -> Standing | None:
    """Admit who has passed the campaign's test, and pause who surely falls under its passing score.

    Surely: the upper end of the 95 % interval of their share of right answers, of the last 50, lies under it. So a few
    slips pause nobody, and whoever is wrong nearly always is paused after a handful.
    """
    standing = Standing.objects.select_for_update().filter(campaign=campaign, annotator=annotator).first()
    if campaign.pass_score is None:
        return standing
    marks = marks_recent(campaign=campaign, annotator=annotator, since=standing.since_mark if standing else 0)
    if standing is not None and standing.state == Standing.State.TRAINING:
        return _examine(standing, campaign.pass_score)
    right = share(sum(mark.right for mark in marks[:WINDOW]), len(marks[:WINDOW]))
    if (
        right.high is None
        or right.high >= campaign.pass_score
        or (standing and standing.state == Standing.State.PAUSED)
    ):
        return standing
    reason = f"{right.hits} of the last {right.n} gold objects right; the campaign asks for {campaign.pass_score:.0%}."
    return standing_set(campaign=campaign, annotator=annotator, state=Standing.State.PAUSED, actor=None, reason=reason)


@transaction.atomic
def standing_set(
    *, campaign: Campaign, annotator: User, state: Standing.State, actor: User | None, reason: str = ""
) -> Standing:
    """Admit, pause or reinstate a person, on record; ``actor`` is None where the gold decided.

    A pause takes back what they hold and have not decided; what they send of it late is still kept. Whoever is admitted
    begins with no marks against them.
    """
    latest = Mark.objects.filter(campaign=campaign, annotator=annotator).aggregate(last=Max("pk"))["last"] or 0
    standing, _ = Standing.objects.select_for_update().get_or_create(
        campaign=campaign, annotator=annotator, defaults={"state": state}
    )
    standing.state, standing.reason = state, reason
    if state == Standing.State.ADMITTED:
        standing.since_mark = latest
    standing.save()
    if state == Standing.State.PAUSED:
        _take_back(campaign, annotator)
    verb = {"paused": "annotator paused", "admitted": "annotator admitted"}.get(state, "annotator in training")
    audit_record(actor=actor, verb=verb, subject=standing, campaign=campaign.pk, annotator=annotator.pk, reason=reason)
    return standing


def _examine(standing: Standing, pass_score: float) -> Standing:
    """Once a person has handed in the whole test: in, or another test."""
    seats = Assignment.objects.filter(
        campaign=standing.campaign_id, annotator=standing.annotator_id, purpose=Purpose.TRAINING
    )
    marks = marks_recent(campaign=standing.campaign, annotator=standing.annotator, since=standing.since_mark)
    if not marks or seats.filter(state=Assignment.State.WAITING).exists():
        return standing
    right = sum(mark.right for mark in marks)
    if right >= pass_score * len(marks):
        return standing_set(
            campaign=standing.campaign,
            annotator=standing.annotator,
            state=Standing.State.ADMITTED,
            actor=None,
            reason=f"Passed the test: {right} of {len(marks)} right.",
        )
    standing.reason = f"{right} of {len(marks)} right in the last test; {pass_score:.0%} are needed."
    standing.since_mark = marks[0].pk
    standing.save(update_fields=["reason", "since_mark", "updated_at"])
    return standing


def _take_back(campaign: Campaign, annotator: User) -> None:
    """Free the work a person holds, and drop the gold reserved for them."""
    held = Assignment.objects.select_for_update().filter(
        campaign=campaign, annotator=annotator, state=Assignment.State.WAITING
    )
    for seat in list(held.order_by("pk")):
        if seat.purpose != Purpose.WORK:
            seat.delete()
            continue
        if seat.token is not None:
            seat.former[str(seat.token)] = annotator.pk
        seat.annotator = seat.token = seat.leased_until = seat.reserved_until = seat.draft = None
        seat.returned_reason = ""
        seat.save()
