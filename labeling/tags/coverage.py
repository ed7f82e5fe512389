"""How many of the scenes that may show a tag do, by whom, since when, and how much further that is than people alone come.

An eligible scene is organic, of no business account, in no closed place, and shows at least one object of the taxonomy. It is
covered while it has a live tag of a product that is on offer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate

from labeling.annotation.models import Annotation
from labeling.catalog.models import Scene, Vertical
from labeling.catalog.selectors import offered
from labeling.inference.models import Proposal
from labeling.inference.selectors import scenes_eligible
from labeling.tags.models import Tag, TagEvent

MOST_DOMAINS = 12


@dataclass(frozen=True, slots=True)
class Coverage:
    """``human`` and ``automatic`` count scenes with such tags, ``covered`` those with any; brand owners count as people.

    ``alone`` is how many scenes people would have covered with the same ``decisions``, spent scene by scene on all objects
    of each: what a whole scene costs is ``objects``, the mean number proposed. ``multiple`` is covered / alone; it and
    ``coverage`` are None where there is nothing to divide by.
    """

    eligible: int
    unseen: int
    human: int
    automatic: int
    covered: int
    decisions: int
    objects: float
    alone: float
    coverage: float | None
    multiple: float | None

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Part:
    """The same counts for the scenes of one category or domain; ``slug`` is empty for scenes of no known domain."""

    slug: str
    name: str
    eligible: int
    human: int
    automatic: int
    covered: int

    @property
    def share(self) -> float:
        """Covered of eligible, in [0, 1]."""
        return self.covered / self.eligible if self.eligible else 0.0

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Day:
    """How many scenes had shown a tag by the end of a day: of people, of automation, of either."""

    day: date
    human: int
    automatic: int
    covered: int

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return {**asdict(self), "day": self.day.isoformat()}


def coverage_of(*, vertical: Vertical) -> Coverage:
    """The figures of a vertical as it stands."""
    may = scenes_eligible(vertical)
    shown = _shown(vertical)
    proposed = Proposal.objects.filter(scene__in=may, category__isnull=False, **_LIVE)
    eligible = proposed.values("scene").distinct().count()
    counts = shown.aggregate(
        human=Count("scene", filter=~AUTOMATIC, distinct=True),
        automatic=Count("scene", filter=AUTOMATIC, distinct=True),
        covered=Count("scene", distinct=True),
    )
    said = Annotation.objects.filter(scene__vertical=vertical, version=F("assignment__version"))
    decisions, objects = said.count(), proposed.count() / eligible if eligible else 0.0
    alone = min(decisions / objects, eligible) if objects else 0.0
    return Coverage(
        eligible=eligible,
        unseen=may.filter(~Exists(Proposal.objects.filter(scene=OuterRef("pk"), **_LIVE))).count(),
        **counts,
        decisions=decisions,
        objects=objects,
        alone=alone,
        coverage=counts["covered"] / eligible if eligible else None,
        multiple=counts["covered"] / alone if alone else None,
    )


def coverage_by_category(*, vertical: Vertical) -> list[Part]:
    """For each category the scenes that show an object of it, and how many have a tag of it; the largest first."""
    proposed = Proposal.objects.filter(scene__in=scenes_eligible(vertical), category__isnull=False, **_LIVE)
    eligible = dict(proposed.values_list("category").annotate(n=Count("scene", distinct=True)).order_by())
    counted = _counted(_shown(vertical), "category")
    parts = [
        Part(each.slug, each.name, eligible.get(each.pk, 0), *counted.get(each.pk, (0, 0, 0)))
        for each in vertical.categories.all()
    ]
    return sorted(parts, key=lambda part: (-part.eligible, part.name))


def coverage_by_domain(*, vertical: Vertical) -> list[Part]:
    """The same for the domains with the most eligible scenes."""
    seen = scenes_eligible(vertical).filter(
        Exists(Proposal.objects.filter(scene=OuterRef("pk"), category__isnull=False, **_LIVE))
    )
    rows = seen.values_list("domain").annotate(n=Count("pk")).order_by("-n", "domain")[:MOST_DOMAINS]
    counted = _counted(_shown(vertical), "scene__domain")
    return [Part(domain, domain, n, *counted.get(domain, (0, 0, 0))) for domain, n in rows]


def coverage_over_time(*, vertical: Vertical) -> list[Day]:
    """Day by day how many scenes had come to show a tag, as the history of tags tells it; days without a change are left out."""
    events = TagEvent.objects.filter(tag__scene__vertical=vertical, state=Tag.State.LIVE)
    firsts = (
        events.annotate(day=TruncDate("created_at"))
        .values_list("tag__scene", "cause")
        .annotate(first=Min("day"))
        .order_by()
    )
    human, automatic, either = dict[int, date](), dict[int, date](), dict[int, date]()
    for scene, cause, first in firsts:
        mine = automatic if cause == TagEvent.Cause.AUTOMATION else human
        for known in (mine, either):
            known[scene] = min(first, known.get(scene, first))
    new = [Counter(known.values()) for known in (human, automatic, either)]
    sums, days = [0, 0, 0], []
    for day in sorted(new[2] | new[0] | new[1]):
        sums = [total + came[day] for total, came in zip(sums, new, strict=True)]
        days.append(Day(day, *sums))
    return days


AUTOMATIC = Q(source=Tag.Source.MODEL)
_LIVE: dict[str, Any] = {"scan__state": "done", "scan__detector__live": True, "scan__embedder__live": True}


def _shown(vertical: Vertical) -> QuerySet[Tag]:
    """The valid live tags of eligible scenes."""
    scenes: QuerySet[Scene] = scenes_eligible(vertical)
    return Tag.objects.filter(offered("product__"), scene__in=scenes, state=Tag.State.LIVE)


def _counted(tags: QuerySet[Tag], by: str) -> dict[Any, tuple[int, int, int]]:
    """Scenes with human, automatic and any tags, by a field of the tag."""
    rows = (
        tags.values_list(by)
        .annotate(
            human=Count("scene", filter=~AUTOMATIC, distinct=True),
            automatic=Count("scene", filter=AUTOMATIC, distinct=True),
            covered=Count("scene", distinct=True),
        )
        .order_by()
    )
    return {key: (human, automatic, covered) for key, human, automatic, covered in rows}
