"""Pairs that the models contradict: sent back for a second look, or vouched for, by keys."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.datasets.models import Pair
from labeling.datasets.selectors import doubts_count, doubts_page, suspects_shown, weighed_at
from labeling.datasets.services import pair_vouch, pairs_doubt
from labeling.datasets.suspicion import Doubt
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.paging import before_of, next_link

PAGE = 24
COUNTED = 1000
"""Up to so many are counted: a page tells no more, and costs no more."""


class DoubtForm(forms.Form):
    """The pairs to send back, all of one vertical."""

    vertical = forms.ModelChoiceField(Vertical.objects.all(), to_field_name="slug", label=_("Vertical"))
    pair = forms.ModelMultipleChoiceField(Pair.objects.all(), label=_("Pairs"))


@require_GET
@role_required(Role.CURATOR)
def curate_suspects(request: HttpRequest) -> HttpResponse:
    """The most contradicted pairs of a vertical; what is dealt with makes room for the next."""
    verticals = list(Vertical.objects.order_by("name"))
    slug = request.GET.get("vertical", "")
    vertical = get_object_or_404(Vertical, slug=slug) if slug else next(iter(verticals), None)
    doubts = _page(vertical, before_of(request)) if vertical else []
    count = doubts_count(vertical=vertical, most=COUNTED + 1) if vertical else 0
    context = {
        "suspects": suspects_shown(doubts=doubts[:PAGE]),
        "count": min(count, COUNTED),
        "more": count > COUNTED,
        "next": next_link(request, doubts[PAGE - 1].pair if len(doubts) > PAGE else None),
        "weighed_at": weighed_at(vertical=vertical) if vertical else None,
        "vertical": vertical,
        "verticals": verticals,
    }
    return render(request, "curate/suspects.html", context)


def _page(vertical: Vertical, after: int | None) -> list[Doubt]:
    """A page of doubts and one more; the first where all that followed were dealt with."""
    return doubts_page(vertical=vertical, after=after, size=PAGE + 1) or (
        doubts_page(vertical=vertical, after=None, size=PAGE + 1) if after is not None else []
    )


@require_POST
@role_required(Role.CURATOR)
def curate_doubt(request: HttpRequest) -> HttpResponse:
    """Send pairs back for a second look."""
    form = DoubtForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-suspects")
    chosen = {pair.pk for pair in form.cleaned_data["pair"]}
    sent = pairs_doubt(vertical=form.cleaned_data["vertical"], actor=person(request), chosen=chosen)
    said = ngettext(
        "%(n)d pair waits for a ruling under “Disputes”, and counts until then.",
        "%(n)d pairs wait for a ruling under “Disputes”, and count until then.",
        sent,
    )
    messages.success(request, said % {"n": sent})
    return back(request, "curate-suspects")


@require_POST
@role_required(Role.CURATOR)
def curate_vouch(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Keep a pair as it is; it is not shown here again."""
    pair = get_object_or_404(Pair, pk=pair_id)
    with rules_as_messages(request, _("Kept. It is not shown here again.")):
        pair_vouch(pair=pair, actor=person(request))
    return back(request, "curate-suspects")
