"""What a brand owner writes into forms: a place, a policy with its limits."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.brands.models import DomainClaim, Policy
from labeling.brands.places import PlaceRefused, place_of
from labeling.brands.services import Limits
from labeling.catalog.models import Brand, Category

LONGEST_LIST = 200


class ClaimForm(forms.Form):
    """A place one wants."""

    place = forms.CharField(max_length=760, label=gettext_lazy("Place"))


class PolicyForm(forms.Form):
    """What may happen at a place. Brands and shops are written one a line; without the field ``limits`` they stay as they are."""

    policy = forms.ChoiceField(choices=Policy.choices, label=gettext_lazy("Policy"))
    limits = forms.BooleanField(required=False)
    only_own = forms.BooleanField(required=False)
    categories = forms.ModelMultipleChoiceField(
        Category.objects.select_related("vertical").order_by("vertical__name", "name"), required=False
    )
    brands = forms.CharField(required=False, max_length=20_000, label=gettext_lazy("Brands"))
    domains = forms.CharField(required=False, max_length=50_000, label=gettext_lazy("Shops"))

    def clean_brands(self) -> list[Brand]:
        """Brands by name, in whatever case; the error names those that nobody has."""
        found: list[Brand] = []
        for name in _lines(self.cleaned_data["brands"]):
            brand = Brand.objects.filter(name__iexact=name).order_by("pk").first()
            if brand is None:
                raise forms.ValidationError(
                    _("No product in the catalogue is of the brand “%(name)s”. Write it as the catalogue does."),
                    params={"name": name[:100]},
                )
            found.append(brand)
        return found

    def clean_domains(self) -> list[str]:
        """Places of shops."""
        try:
            return [str(place_of(line)) for line in _lines(self.cleaned_data["domains"])]
        except PlaceRefused as error:
            raise forms.ValidationError(error.message) from error

    def chosen_limits(self) -> Limits | None:
        """The limits, or None where the form had none."""
        given = self.cleaned_data
        if not given["limits"]:
            return None
        return Limits(given["only_own"], list(given["categories"]), given["brands"], given["domains"])


class DecisionForm(forms.Form):
    """Who gets a contested place, and why."""

    give = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    reason = forms.CharField(max_length=500, label=gettext_lazy("Reason"))


def written(claim: DomainClaim) -> dict[str, object]:
    """What a place has chosen, as its form shows it."""
    return {
        "policy": claim.policy,
        "only_own": claim.only_own,
        "categories": set(claim.blocked_categories.values_list("pk", flat=True)),
        "brands": "\n".join(claim.blocked_brands.order_by("name").values_list("name", flat=True)),
        "domains": "\n".join(claim.blocked_domains),
    }


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in re.split(r"[\n,;]", text) if line.strip()]
    if len(lines) > LONGEST_LIST:
        raise forms.ValidationError(_("At most %(n)s may be named."), params={"n": LONGEST_LIST})
    return list(dict.fromkeys(lines))
