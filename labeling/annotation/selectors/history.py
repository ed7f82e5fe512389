"""What a person has done, how fast, and what annotators remark."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment

STREAK_LIMIT = 366
PACE_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """A person's own figures; ``objects_per_hour`` is of active time in the last hour, null without any.

    ``streak`` counts days in a row, in the server's time zone, with at least one submission; today may still come.
    """

    submitted_today: int
    objects_today: int
    active_seconds_today: float
    objects_per_hour: float | None
    streak: int

    def record(self) -> dict[str, object]:
        """The JSON form."""
        return asdict(self)


def assignments_finished(
    *, annotator: User, before: tuple[datetime, int] | None = None, size: int = 50
) -> list[Assignment]:
    """A person's own finished seats, newest first, those after the cursor ``before`` (moment, id)."""
    finished = Assignment.objects.filter(annotator=annotator).exclude(state=Assignment.State.WAITING)
    if before is not None:
        moment, pk = before
        finished = finished.filter(Q(finished_at__lt=moment) | Q(finished_at=moment, pk__lt=pk))
    said = Annotation.objects.filter(assignment=OuterRef("pk"), version=OuterRef("version")).order_by()
    objects = said.values("assignment").annotate(n=Count("pk")).values("n")
    finished = finished.select_related("scene", "burst__category", "campaign")
    return list(finished.annotate(decided=Coalesce(Subquery(objects), 0)).order_by("-finished_at", "-pk")[:size])


def pace_of(*, annotator: User) -> Pace:
    """How far this person came today, how fast, and on how many days in a row they have worked."""
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    # What amends and what is amended were both work, but only seats are counted once.
    seats = Assignment.objects.filter(annotator=annotator, state=Assignment.State.SUBMITTED)
    said = Annotation.objects.filter(annotator=annotator)
    today = said.filter(created_at__gte=midnight).aggregate(objects=Count("pk"), seconds=Sum("seconds"))
    timed = said.filter(created_at__gte=now - PACE_WINDOW, seconds__gt=0)
    lately = timed.aggregate(objects=Count("pk"), seconds=Sum("seconds"))
    days = (
        seats.filter(finished_at__gte=midnight - timedelta(days=STREAK_LIMIT))
        .annotate(day=TruncDate("finished_at"))
        .values_list("day", flat=True)
        .distinct()
    )
    return Pace(
        submitted_today=seats.filter(finished_at__gte=midnight).count(),
        objects_today=today["objects"],
        active_seconds_today=round(today["seconds"] or 0.0, 1),
        objects_per_hour=round(3600 * lately["objects"] / lately["seconds"], 1) if lately["seconds"] else None,
        streak=days_in_a_row({day for day in days if day is not None}, now.date()),
    )


def days_in_a_row(days: set[date], today: date) -> int:
    """Days without a gap up to today, or up to yesterday while today is still to come."""
    last = today if today in days else today - timedelta(days=1)
    count = 0
    while last - timedelta(days=count) in days:
        count += 1
    return count


def remarks_page(*, before: int | None = None, size: int = 50) -> QuerySet[Annotation]:
    """What annotators flagged or commented on, newest first."""
    remarks = Annotation.objects.filter(Q(flagged=True) | ~Q(comment=""))
    if before is not None:
        remarks = remarks.filter(pk__lt=before)
    return remarks.select_related("scene", "campaign", "annotator", "category", "product").order_by("-pk")[:size]
