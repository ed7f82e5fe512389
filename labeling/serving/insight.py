"""What a brand owner sees of a place: its tags, what shoppers did with them, and what was ruled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from labeling.brands.models import DomainClaim
from labeling.brands.selectors import catalogue_of, scenes_ruled
from labeling.catalog.models import Product
from labeling.catalog.selectors import offered
from labeling.serving.models import EngagementEvent
from labeling.serving.selectors import events_counted
from labeling.tags.models import Tag, TagReview

KIND = EngagementEvent.Kind


@dataclass(frozen=True, slots=True)
class TagFigures:
    """Tags of a place by state; of the ``live`` ones, those whose product cannot be bought now are ``invalid`` as well."""

    held: int
    live: int
    hidden: int
    invalid: int


@dataclass(frozen=True, slots=True)
class Engagement:
    """What shoppers did: ``clicks`` led to a shop, ``own_clicks`` of them to a product of the owner's own.

    That is one sold on a place of theirs, or of its brand, whoever sells it.
    """

    impressions: int = 0
    closeups: int = 0
    clicks: int = 0
    own_clicks: int = 0
    saves: int = 0

    @property
    def rate(self) -> float | None:
        """Clicks an impression, in [0, 1]; None before anybody saw anything. A click without its impression counts as one."""
        return min(self.clicks / self.impressions, 1.0) if self.impressions else None


@dataclass(frozen=True, slots=True)
class Part:
    """The engagement of one day, scene or product, with its key and name."""

    key: int | date
    name: str
    engagement: Engagement


def tag_figures(*, claim: DomainClaim) -> TagFigures:
    """How many tags the claim rules, by state."""
    tags = Tag.objects.filter(scene__in=scenes_ruled(claim=claim))
    live = Q(state=Tag.State.LIVE)
    return TagFigures(
        **tags.aggregate(
            held=Count("pk", filter=Q(state=Tag.State.HELD)),
            live=Count("pk", filter=live),
            hidden=Count("pk", filter=Q(state=Tag.State.HIDDEN)),
            invalid=Count("pk", filter=live & ~offered("product__")),
        )
    )


def engagement_by_day(*, claim: DomainClaim, days: int) -> list[Part]:
    """Day by day (UTC), today last; days without an event are zero."""
    today = timezone.now().date()
    first = today - timedelta(days=days - 1)
    events = _events(claim).filter(created_at__date__gte=first).annotate(day=TruncDate("created_at"))
    found = {row["day"]: _engagement(row) for row in _counted(events, claim, "day")}
    every = [first + timedelta(days=n) for n in range(days)]
    return [Part(day, f"{day:%Y-%m-%d}", found.get(day, Engagement())) for day in every]


def engagement_by_scene(*, claim: DomainClaim, days: int) -> Iterator[Part]:
    """Scene by scene, the most clicked first, streamed."""
    for row in _ordered(claim, days, "scene", "scene__external_id"):
        yield Part(row["scene"], row["scene__external_id"], _engagement(row))


def engagement_by_product(*, claim: DomainClaim, days: int) -> Iterator[Part]:
    """Product by product, the most clicked first, streamed."""
    for row in _ordered(claim, days, "product", "product__title"):
        yield Part(row["product"], row["product__title"], _engagement(row))


def rulings_of(*, claim: DomainClaim) -> QuerySet[TagReview]:
    """Every ruling on the tags that the claim rules, newest first, whoever made it."""
    reviews = TagReview.objects.filter(tag__scene__in=scenes_ruled(claim=claim)).order_by("-pk")
    return reviews.select_related("tag__scene", "tag__product", "product", "refused", "reviewer", "undoing", "undoes")


def tags_listed(*, claim: DomainClaim) -> QuerySet[Tag]:
    """Every tag that the claim rules, by key."""
    tags = Tag.objects.filter(scene__in=scenes_ruled(claim=claim)).order_by("pk")
    return tags.select_related("scene", "product__brand", "category")


def _events(claim: DomainClaim) -> QuerySet[EngagementEvent]:
    return events_counted().filter(scene__in=scenes_ruled(claim=claim))


def _ordered(claim: DomainClaim, days: int, *keys: str) -> Iterator[dict[str, Any]]:
    since = timezone.now().date() - timedelta(days=days - 1)
    rows = _counted(_events(claim).filter(created_at__date__gte=since), claim, *keys)
    yield from rows.order_by("-clicks", "-impressions", keys[0]).iterator(chunk_size=2000)


def _counted(events: QuerySet[EngagementEvent], claim: DomainClaim, *keys: str) -> Any:
    catalogue = catalogue_of(owner=claim.owner)
    own = Q(product__in=Product.objects.filter(catalogue).values("pk")) if catalogue is not None else Q(pk__in=[])
    return (
        events.order_by()
        .values(*keys)
        .annotate(
            impressions=Count("pk", filter=Q(kind=KIND.IMPRESSION)),
            closeups=Count("pk", filter=Q(kind=KIND.CLOSEUP)),
            clicks=Count("pk", filter=Q(kind=KIND.CLICK)),
            own_clicks=Count("pk", filter=Q(kind=KIND.CLICK) & own),
            saves=Count("pk", filter=Q(kind=KIND.SAVE)),
        )
    )


def _engagement(row: dict[str, Any]) -> Engagement:
    return Engagement(row["impressions"], row["closeups"], row["clicks"], row["own_clicks"], row["saves"])
