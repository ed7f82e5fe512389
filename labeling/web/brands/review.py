"""The tags on a place, and the owner's rulings on them."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.brands.models import DomainClaim
from labeling.catalog.models import Product
from labeling.datasets.services import reviews_conclude
from labeling.tags.models import Tag, TagReview
from labeling.tags.selectors import tags_of_owner, tags_ruled
from labeling.tags.services import Ruling
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults
from labeling.web.brands.mine import claim_mine
from labeling.web.paging import before_of, next_link

PAGE = 24


class RulingForm(forms.Form):
    """A ruling on a tag; a correction names the product."""

    ruling = forms.ChoiceField(choices=TagReview.Ruling.choices, label=_("Ruling"))
    product = forms.ModelChoiceField(Product.objects.all(), required=False, label=_("Product"))
    reason = forms.CharField(max_length=500, required=False, label=_("Reason"))


@require_GET
@role_required(Role.BRAND_OWNER)
# The search for the right product sends the token of this cookie.
@ensure_csrf_cookie
def brands_tags(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The tags on a place of mine, by state."""
    claim = claim_mine(request, claim_id)
    if claim.state != DomainClaim.State.VERIFIED:
        raise Http404("Only a verified place has tags to rule on.")
    state = request.GET.get("state", Tag.State.HELD)
    if state not in Tag.State.values:
        raise Http404("There is no such state.")
    tags = tags_ruled(claim=claim, state=state, before=before_of(request), size=PAGE + 1)
    context = {
        "claim": claim,
        "state": state,
        "states": Tag.State.choices,
        "tags": tags[:PAGE],
        "next": next_link(request, tags[PAGE - 1].pk if len(tags) > PAGE else None),
        "config": {"search": reverse("api-products-search")},
    }
    return render(request, "brands/tags.html", context)


@require_POST
@role_required(Role.BRAND_OWNER)
def brands_rule(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Rule on a tag on a place of mine; anybody else's is not there."""
    user = person(request)
    if not tags_of_owner(tag_ids=[tag_id], owner=user):
        raise Http404("There is no such tag on a place of yours.")
    form = RulingForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return back(request, "brands-home")
    given = form.cleaned_data
    with rules_as_messages(request, _("Done. The next look that is served shows it.")):
        said = Ruling(
            tag=tag_id,
            ruling=TagReview.Ruling(given["ruling"]),
            product=given["product"],
            reason=given["reason"],
        )
        reviews_conclude(said=[said], owner=user)
    return back(request, "brands-home")
