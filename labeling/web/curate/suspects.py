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
from labeling.datasets.selectors import pairs_suspicious, suspects_shown
from labeling.datasets.services import pair_vouch, pairs_doubt
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults

PAGE = 24


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
    doubts = pairs_suspicious(vertical=vertical) if vertical else []
    context = {
        "suspects": suspects_shown(doubts=doubts[:PAGE]),
        "count": len(doubts),
        "vertical": vertical,
        "verticals": verticals,
    }
    return render(request, "curate/suspects.html", context)


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
