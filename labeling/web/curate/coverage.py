"""How many scenes show a tag, by whom, and how much further that is than people alone come."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.tags.coverage import coverage_by_category, coverage_by_domain, coverage_of, coverage_over_time
from labeling.web.access import role_required
from labeling.web.charts import time_chart


@require_GET
@role_required(Role.CURATOR)
def curate_coverage(request: HttpRequest) -> HttpResponse:
    """Each vertical's figures, over time, by category and by domain."""
    return render(
        request, "curate/coverage.html", {"verticals": [_entry(each) for each in Vertical.objects.order_by("name")]}
    )


def _entry(vertical: Vertical) -> dict[str, object]:
    coverage, days = coverage_of(vertical=vertical), coverage_over_time(vertical=vertical)
    series = [
        (_("any tag"), [each.covered for each in days]),
        (_("automatic"), [each.automatic for each in days]),
        (_("people"), [each.human for each in days]),
    ]
    most = max(coverage.eligible, *(each.covered for each in days), 1)
    return {
        "vertical": vertical,
        "coverage": coverage,
        "chart": time_chart([each.day for each in days], series, most=most),
        "parts": [
            (_("Category"), coverage_by_category(vertical=vertical)),
            (_("Domain"), coverage_by_domain(vertical=vertical)),
        ],
    }
