"""The pairs page: find, look, withdraw and admit many at once, and take that back."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role, User
from labeling.catalog.models import Vertical
from labeling.common.errors import NotFoundError
from labeling.datasets.models import Curation
from labeling.datasets.selectors import Found, curation_last, pairs_fitting, pairs_found, pairs_shown
from labeling.datasets.services import AT_ONCE, curation_undo, pairs_curate
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.curate.pair_filter import PairFilter
from labeling.web.paging import before_of, next_link

PAGE = 30


class CurateForm(forms.Form):
    """Pairs by key, or ``all`` that the query of the page finds, and what to do with them; ``only`` is one pair's button."""

    verb = forms.ChoiceField(choices=Curation.Verb.choices, label=gettext_lazy("What to do"))
    only = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    all = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=4000)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        # Any number may be a key; the service tells which are there.
        keys = [key for key in data.getlist("pair") if key.isascii() and key.isdigit() and len(key) < 19]
        self.fields["pair"] = forms.TypedMultipleChoiceField(
            choices=[(key, key) for key in keys], coerce=int, required=False, label=_("Pairs")
        )


@require_GET
@role_required(Role.CURATOR)
def curate_pairs(request: HttpRequest) -> HttpResponse:
    """Pairs, newest first, narrowed by whatever is asked; ``?withdrawn=1`` shows those that were taken out."""
    verticals = list(Vertical.objects.order_by("name"))
    vertical = _vertical(request.GET, verticals)
    withdrawn = request.GET.get("withdrawn") == "1"
    form, found = None, Found([], None, 0)
    if vertical is not None:
        form = PairFilter(vertical=vertical, person=person(request), data=request.GET.dict())
        if form.is_valid():
            found = _found(form, request, withdrawn=withdrawn)
    context = {
        "vertical": vertical,
        "verticals": verticals,
        "form": form,
        "chips": form.chips() if form is not None and form.is_valid() else [],
        "found": found,
        "pairs": pairs_shown(pairs=found.pairs),
        "withdrawn": withdrawn,
        "at_once": AT_ONCE,
        "last": curation_last(actor=person(request)),
        "query": request.GET.urlencode(),
        "next": next_link(request, found.before),
    }
    return render(request, "curate/pairs.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_pairs_curate(request: HttpRequest) -> HttpResponse:
    """Withdraw pairs or admit them again: those that are ticked, or all that the page's filters find."""
    form = CurateForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "curate-pairs")
    verb, chosen = form.cleaned_data["verb"], _chosen(form, person(request))
    if chosen is None:
        words = _("More than %(n)d pairs fit, or it would take too long to tell. Narrow them down.") % {"n": AT_ONCE}
        messages.error(request, words)
    elif not chosen:
        messages.error(request, _("No pair is chosen. Tick some first."))
    else:
        with rules_as_messages(request, _("Done. “Undo” takes it back.")):
            pairs_curate(pairs=chosen, verb=verb, actor=person(request))
    return back(request, "curate-pairs")


@require_POST
@role_required(Role.CURATOR)
def curate_pairs_undo(request: HttpRequest, curation_id: int) -> HttpResponse:
    """Put the pairs of one go back as they stood."""
    curation = get_object_or_404(Curation, pk=curation_id, actor=person(request))
    count = curation_undo(curation=curation, actor=person(request))
    words = ngettext("%(n)d pair stands as before.", "%(n)d pairs stand as before.", count) % {"n": count}
    messages.success(request, words)
    return back(request, "curate-pairs")


def _vertical(query: QueryDict, verticals: list[Vertical]) -> Vertical | None:
    slug = query.get("vertical", "")
    if not slug:
        return next(iter(verticals), None)
    found = next((each for each in verticals if each.slug == slug), None)
    if found is None:
        raise Http404(f"There is no vertical {slug}.")
    return found


def _found(form: PairFilter, request: HttpRequest, *, withdrawn: bool) -> Found:
    try:
        return pairs_found(form.wanted(withdrawn=withdrawn), before=before_of(request), size=PAGE)
    except NotFoundError as error:
        raise Http404(error.message) from error


def _chosen(form: CurateForm, visitor: User) -> list[int] | None:
    """The keys of what is to be changed; None where they are too many to be found while a person waits."""
    given = form.cleaned_data
    if given["only"] is not None:
        return [given["only"]]
    if not given["all"]:
        return list(given["pair"])
    query = QueryDict(given["query"])
    vertical = _vertical(query, list(Vertical.objects.order_by("name")))
    if vertical is None:
        return []
    asked = PairFilter(vertical=vertical, person=visitor, data=query.dict())
    if not asked.is_valid():
        return []
    return pairs_fitting(asked.wanted(withdrawn=query.get("withdrawn") == "1"), most=AT_ONCE)
