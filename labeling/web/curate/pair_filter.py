"""What a curator asks of the pairs page: read from the address, checked, and told back as chips that can be taken off."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.accounts.models import User
from labeling.annotation.models import Grade
from labeling.catalog.models import Brand, Category, Product, Scene, Vertical
from labeling.catalog.selectors import products_matching
from labeling.datasets.models import Pair, PairChoice
from labeling.datasets.selectors import Wanted, scenes_alike

PRODUCTS_OF_WORDS = 200
BRANDS_TOLD = 5
ANY = [("", gettext_lazy("any"))]
GRADES = [*ANY, (Grade.EXACT.value, gettext_lazy("exact")), (Grade.SIMILAR.value, gettext_lazy("similar"))]
SOURCES = [
    *ANY,
    (Pair.Source.ANNOTATORS.value, gettext_lazy("annotators")),
    (Pair.Source.BRAND.value, gettext_lazy("brand owners")),
]


@dataclass(frozen=True, slots=True)
class Chip:
    """One wish in words, and the fields that make it, to be emptied."""

    words: str
    fields: tuple[str, ...]


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _any_number() -> forms.NumberInput:
    return forms.NumberInput(attrs={"step": "any"})


class PairFilter(forms.Form):
    """The filters of the page. :meth:`wanted` is what the selectors take."""

    q = forms.CharField(required=False, max_length=300, strip=True, label=gettext_lazy("Product or scene"))
    category = forms.ModelChoiceField(
        Category.objects.none(), required=False, to_field_name="slug", empty_label=gettext_lazy("any"),
        label=gettext_lazy("Category"),
    )  # fmt: skip
    brand = forms.CharField(required=False, max_length=200, label=gettext_lazy("Brand"))
    person = forms.CharField(required=False, max_length=150, label=gettext_lazy("Person"))
    domain = forms.CharField(required=False, max_length=253, label=gettext_lazy("Domain"))
    grade = forms.ChoiceField(required=False, choices=GRADES, label=gettext_lazy("Grade"))
    source = forms.ChoiceField(required=False, choices=SOURCES, label=gettext_lazy("Confirmed by"))
    since = forms.DateField(required=False, label=gettext_lazy("From"), widget=_day())
    until = forms.DateField(required=False, label=gettext_lazy("To"), widget=_day())
    agreement_from = forms.FloatField(
        required=False, label=gettext_lazy("Agreement from"), min_value=0, max_value=1, widget=_any_number()
    )
    agreement_to = forms.FloatField(
        required=False, label=gettext_lazy("Agreement to"), min_value=0, max_value=1, widget=_any_number()
    )
    score_from = forms.FloatField(
        required=False, label=gettext_lazy("Score from"), min_value=-1, max_value=1, widget=_any_number()
    )
    score_to = forms.FloatField(
        required=False, label=gettext_lazy("Score to"), min_value=-1, max_value=1, widget=_any_number()
    )
    like = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    choice = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, *, vertical: Vertical, person: User, data: dict[str, str]) -> None:
        super().__init__(data)
        self.vertical, self.visitor = vertical, person
        self.fields["category"].queryset = Category.objects.filter(vertical=vertical)  # type: ignore[attr-defined]

    def clean_brand(self) -> Brand | None:
        """The brand of this name, in whatever case; else the only one that begins so."""
        name = self.cleaned_data["brand"]
        if not name:
            return None
        begun = list(Brand.objects.filter(name__istartswith=name).order_by("name")[: BRANDS_TOLD + 1])
        same = [each for each in begun if each.name.lower() == name.lower()]
        if not begun:
            raise forms.ValidationError(_("No brand begins so."))
        if not same and len(begun) > 1:
            raise forms.ValidationError(
                _("Several brands begin so: %(names)s.") % {"names": ", ".join(b.name for b in begun)}
            )
        return (same or begun)[0]

    def clean_person(self) -> User | None:
        """The person of this name."""
        name = self.cleaned_data["person"]
        if not name:
            return None
        person = User.objects.filter(username__iexact=name).first()
        if person is None:
            raise forms.ValidationError(_("Nobody has this name."))
        return person

    def clean_domain(self) -> str:
        """As the database keeps hosts."""
        return str(self.cleaned_data["domain"]).strip().lower().removeprefix("www.").rstrip("./")

    def clean_like(self) -> Scene | None:
        """The scene whose look-alikes are wanted."""
        key = self.cleaned_data["like"]
        if key is None:
            return None
        scene = Scene.objects.filter(pk=key, vertical=self.vertical).first()
        if scene is None:
            raise forms.ValidationError(_("There is no such scene."))
        return scene

    def clean_choice(self) -> PairChoice | None:
        """The pairs this person picked out."""
        key = self.cleaned_data["choice"]
        if key is None:
            return None
        choice = PairChoice.objects.filter(pk=key, person=self.visitor).first()
        if choice is None:
            raise forms.ValidationError(_("This choice is no longer kept. Pick the pairs out again."))
        return choice

    def wanted(self, *, withdrawn: bool) -> Wanted:
        """What is asked for; only of a form that is valid."""
        given = self.cleaned_data
        scenes, products = self._named(given["q"]) if given["q"] else (None, None)
        if given["like"] is not None:
            scenes = tuple(scenes_alike(scene=given["like"]))
        return Wanted(
            vertical=self.vertical.pk,
            withdrawn=withdrawn,
            category=given["category"] and given["category"].pk,
            brand=given["brand"] and given["brand"].pk,
            person=given["person"] and given["person"].pk,
            domain=given["domain"],
            grade=given["grade"],
            source=given["source"],
            pairs=None if given["choice"] is None else tuple(given["choice"].pairs),
            scenes=scenes,
            products=products,
            since=given["since"] and _midnight(given["since"]),
            until=given["until"] and _midnight(given["until"] + dt.timedelta(days=1)),
            **{name: given[name] for name in ("agreement_from", "agreement_to", "score_from", "score_to")},
        )

    def chips(self) -> list[Chip]:
        """The wishes in words."""
        given = self.cleaned_data
        plain = (
            ("q", _("“%s”")), ("category", "%s"), ("brand", "%s"), ("person", _("by %s")), ("domain", _("at %s")),
        )  # fmt: skip
        chips = [Chip(words % given[name], (name,)) for name, words in plain if given.get(name)]
        for name, choices in (("grade", GRADES), ("source", SOURCES)):
            if given.get(name):
                chips.append(Chip(str(dict(choices)[given[name]]), (name,)))
        chips += [
            Chip(words % _span(given[low], given[high]), (low, high))
            for low, high, words in (
                ("since", "until", _("confirmed %s")),
                ("agreement_from", "agreement_to", _("agreement %s")),
                ("score_from", "score_to", _("score %s")),
            )
            if given[low] is not None or given[high] is not None
        ]
        if given.get("like"):
            chips.append(Chip(_("looks like %s") % given["like"].external_id, ("like",)))
        if given.get("choice"):
            chips.append(Chip(_("picked out: %s") % len(given["choice"].pairs), ("choice",)))
        return chips

    def _named(self, text: str) -> tuple[tuple[int, ...] | None, tuple[int, ...] | None]:
        """The scene or the product whose id this is; else the products it describes."""
        scene = Scene.objects.filter(vertical=self.vertical, external_id=text).first()
        if scene is not None:
            return (scene.pk,), None
        product = Product.objects.filter(vertical=self.vertical, external_id=text).first()
        if product is not None:
            return None, (product.pk,)
        found = products_matching(vertical=self.vertical, query=text, limit=PRODUCTS_OF_WORDS)
        return None, tuple(each.pk for each in found)


def _span(*ends: dt.date | float | None) -> str:
    """Both ends in words; an open one is left out."""
    shown = (
        date_format(end, "SHORT_DATE_FORMAT") if isinstance(end, dt.date) else f"{end:g}"
        for end in ends
        if end is not None
    )
    return "–".join(["" if end is None else next(shown) for end in ends])


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
