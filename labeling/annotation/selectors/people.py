"""Reading a person's work as a curator looks at it, and their own place as they see it."""

from __future__ import annotations

from django.db.models import Count, Prefetch, QuerySet

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, Campaign, Purpose, Resolution, Skill, Standing
from labeling.catalog.models import ProductImage, Vertical


def skills_listed(*, vertical: Vertical) -> dict[int, dict[str, Skill]]:
    """The measured skills of a vertical, by annotator and question."""
    skills: dict[int, dict[str, Skill]] = {}
    for skill in Skill.objects.filter(vertical=vertical):
        skills.setdefault(skill.annotator_id, {})[skill.question] = skill
    return skills


def annotators_of(*, campaign: Campaign) -> list[User]:
    """Everybody who has finished work in a campaign or stands in it, by name, with ``finished`` counted."""
    finished = Assignment.objects.filter(campaign=campaign, purpose=Purpose.WORK).exclude(state="waiting")
    counts = dict(finished.order_by().values_list("annotator").annotate(n=Count("pk")))
    standing = campaign.standings.values_list("annotator", flat=True)
    people = list(User.objects.filter(pk__in={*counts, *standing}).order_by("username"))
    for person in people:
        vars(person)["finished"] = counts.get(person.pk, 0)
    return people


def submissions_of(*, annotator: User, campaign: Campaign | None, before: int | None, size: int) -> list[Assignment]:
    """A person's submitted work, newest first, by key, each with what counts of what they said; gold left out."""
    seats = Assignment.objects.filter(annotator=annotator, purpose=Purpose.WORK, state=Assignment.State.SUBMITTED)
    if campaign is not None:
        seats = seats.filter(campaign=campaign)
    if before is not None:
        seats = seats.filter(pk__lt=before)
    pictures = Prefetch("product__images", ProductImage.objects.order_by("position"))
    said = Annotation.objects.filter(planted=False).select_related("scene", "category", "product")
    seats = seats.select_related("scene", "burst__category", "campaign").order_by("-pk")
    shown: list[Assignment] = list(
        seats.prefetch_related(Prefetch("annotations", said.prefetch_related(pictures).order_by("pk"), to_attr="said"))[
            :size
        ]
    )
    for seat in shown:
        vars(seat)["said"] = [each for each in vars(seat)["said"] if each.version == seat.version]
    return shown


def resolutions_for_gold(*, vertical: Vertical, before: int | None, size: int) -> list[Resolution]:
    """Resolved proposals that are not gold yet, newest first, by key, with pictures."""
    pictures = Prefetch("product__images", ProductImage.objects.order_by("position"))
    found = Resolution.objects.filter(scene__vertical=vertical, proposal__isnull=False).exclude(
        proposal__gold__retired=False
    )
    if before is not None:
        found = found.filter(pk__lt=before)
    found = found.select_related("scene", "category", "product", "campaign").prefetch_related(pictures)
    return list(found.order_by("-pk")[:size])


def assignments_returned(*, annotator: User) -> QuerySet[Assignment]:
    """A person's own work that a curator gave back, and that they have not sent again."""
    mine = Assignment.objects.filter(annotator=annotator, state=Assignment.State.WAITING).exclude(returned_reason="")
    return mine.select_related("scene", "burst__category", "campaign").order_by("pk")


def standings_mine(*, annotator: User) -> dict[int, Standing]:
    """A person's own standing in each campaign that has one for them."""
    return {each.campaign_id: each for each in Standing.objects.filter(annotator=annotator)}
