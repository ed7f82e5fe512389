"""What happens on a place: its tags, what shoppers do with them, and the rulings; as a page and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import islice

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from labeling.accounts.models import Role
from labeling.brands.models import DomainClaim
from labeling.serving.insight import (
    Part,
    engagement_by_day,
    engagement_by_product,
    engagement_by_scene,
    rulings_of,
    tag_figures,
    tags_listed,
)
from labeling.web.access import role_required
from labeling.web.brands.mine import claim_mine
from labeling.web.charts import time_chart
from labeling.web.paging import before_of, next_link
from labeling.web.tables import csv_answer

SPANS = (7, 30, 90, 365)
TOP, PAGE = 20, 50
COUNTS = ("impressions", "closeups", "clicks", "own_clicks", "saves")
Rows = Iterable[Sequence[object]]


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_insight(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The figures of a place over some days."""
    claim, days = _verified(request, claim_id), _days(request)
    parts = engagement_by_day(claim=claim, days=days)
    totals = {name: sum(getattr(part.engagement, name) for part in parts) for name in COUNTS}
    series = [
        (_("impressions"), [part.engagement.impressions for part in parts]),
        (_("close-ups"), [part.engagement.closeups for part in parts]),
        (_("clicks"), [part.engagement.clicks for part in parts]),
    ]
    most = max(max(values) for _name, values in series)
    days_shown = [part.key for part in parts if isinstance(part.key, date)]
    context = {
        "claim": claim,
        "days": days,
        "spans": SPANS,
        "tags": tag_figures(claim=claim),
        "totals": totals,
        "chart": time_chart(days_shown, series, most=most) if any(totals.values()) else None,
        "tables": [
            (_("Scene"), "scenes", list(islice(engagement_by_scene(claim=claim, days=days), TOP))),
            (_("Product"), "products", list(islice(engagement_by_product(claim=claim, days=days), TOP))),
        ],
    }
    return render(request, "brands/insight.html", context)


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_rulings(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Every ruling on the tags of a place, newest first."""
    claim, before = _verified(request, claim_id), before_of(request)
    rulings = rulings_of(claim=claim)
    page = list((rulings if before is None else rulings.filter(pk__lt=before))[: PAGE + 1])
    context = {
        "claim": claim,
        "rulings": page[:PAGE],
        "next": next_link(request, page[PAGE - 1].pk if len(page) > PAGE else None),
    }
    return render(request, "brands/rulings.html", context)


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_table(request: HttpRequest, claim_id: int, table: str) -> StreamingHttpResponse:
    """One table of a place as CSV."""
    claim, days = _verified(request, claim_id), _days(request)
    if table not in TABLES:
        raise Http404("There is no such table.")
    header, rows = TABLES[table]
    name = f"{claim.place.replace('/', '-')}-{table}.csv"
    return csv_answer(name, header, rows(claim, days))


def _verified(request: HttpRequest, claim_id: int) -> DomainClaim:
    claim = claim_mine(request, claim_id)
    if claim.state != DomainClaim.State.VERIFIED:
        raise Http404("Only a verified place has figures.")
    return claim


def _days(request: HttpRequest) -> int:
    written = request.GET.get("days", "30")
    if written not in map(str, SPANS):
        raise Http404("Figures are of 7, 30, 90 or 365 days.")
    return int(written)


def _counts(parts: Iterable[Part]) -> Rows:
    return ((part.key, part.name, *(getattr(part.engagement, name) for name in COUNTS)) for part in parts)


def _rulings(claim: DomainClaim, days: int) -> Rows:
    for review in rulings_of(claim=claim).iterator(chunk_size=2000):
        yield (
            review.created_at.isoformat(),
            review.tag_id,
            review.tag.scene.external_id,
            review.ruling,
            review.product.external_id if review.product else "",
            review.refused.external_id if review.refused else "",
            review.reason,
            "taken back" if hasattr(review, "undoing") else "",
        )


def _tags(claim: DomainClaim, days: int) -> Rows:
    for tag in tags_listed(claim=claim).iterator(chunk_size=2000):
        category = tag.category.slug if tag.category else ""
        yield (
            *(tag.pk, tag.scene.external_id, tag.scene.source_url, tag.product.external_id, tag.product.title),
            *(category, tag.grade, tag.source, tag.state, tag.reason, *tag.box),
        )


TABLES: dict[str, tuple[Sequence[str], Callable[[DomainClaim, int], Rows]]] = {
    "days": (
        ("day", *COUNTS),
        lambda claim, days: (row[1:] for row in _counts(engagement_by_day(claim=claim, days=days))),
    ),
    "scenes": (
        ("scene", "external_id", *COUNTS),
        lambda claim, days: _counts(engagement_by_scene(claim=claim, days=days)),
    ),
    "products": (
        ("product", "title", *COUNTS),
        lambda claim, days: _counts(engagement_by_product(claim=claim, days=days)),
    ),
    "rulings": (("at", "tag", "scene", "ruling", "product", "refused", "reason", "state"), _rulings),
    "tags": (
        (
            *("tag", "scene", "page", "product", "title", "category", "grade", "source", "state", "reason"),
            *("left", "top", "right", "bottom"),
        ),
        _tags,
    ),
}
