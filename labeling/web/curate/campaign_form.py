"""The form of a new campaign: which scenes and categories are judged, in which kinds of work, by how many people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.annotation.models import Kind, PriorityRule
from labeling.annotation.services import BURST_LIMIT, MOST_PICTURES
from labeling.brands.places import PlaceRefused, place_of
from labeling.catalog.models import Category, Vertical

BURST_SIZE, BURST_FLOOR = 24, 0.5
ABOUT = {
    Kind.SCENE.value: gettext_lazy("All boxes of a scene, each with its product."),
    Kind.MATCH_BURST.value: gettext_lazy("Boxes of one category beside their best product: what is wrong is struck."),
    Kind.BOX_BURST.value: gettext_lazy(
        "Boxes of one category: what shows something else is struck. Their products are asked in bursts of matches."
    ),
    Kind.COVERAGE.value: gettext_lazy("A scene with all boxes that are known: what is missing is drawn."),
}
"""What each kind of work asks of a person."""


class PicturesField(forms.FileField):
    """Any number of pictures."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Each file for itself; none is no fault."""
        return [super(PicturesField, self).clean(each, initial) for each in data or []]


class Pictures(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All files of the field."""
        return files.getlist(name)


class CategoriesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Categories, each named with its vertical where there are ``several``: names recur."""

    several = False

    def label_from_instance(self, obj: Any) -> str:
        """The name of one category."""
        return f"{obj.name} ({obj.vertical.name})" if self.several else str(obj.name)


class CampaignForm(forms.Form):
    """A labeling job over scenes that the models have looked at."""

    vertical = forms.ModelChoiceField(
        Vertical.objects.order_by("name"), empty_label=None, label=gettext_lazy("Vertical")
    )
    name = forms.CharField(max_length=200, label=gettext_lazy("Name"))
    kinds = forms.MultipleChoiceField(
        choices=Kind.choices,
        initial=[Kind.SCENE],
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Kinds of work"),
        error_messages={"required": gettext_lazy("Choose at least one kind of work.")},
    )
    categories = CategoriesField(
        Category.objects.select_related("vertical").order_by("vertical__name", "name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Categories"),
        help_text=gettext_lazy("None chosen: all."),
    )
    place = forms.CharField(
        required=False,
        max_length=760,
        label=gettext_lazy("Only scenes of"),
        help_text=gettext_lazy("A domain or a part of one: example.com, example.com/uk. Nothing: all."),
    )
    scenes = forms.IntegerField(min_value=1, max_value=1_000_000, initial=500, label=gettext_lazy("Scenes, at most"))
    overlap = forms.IntegerField(min_value=1, max_value=9, initial=1, label=gettext_lazy("People an object"))
    priority_rule = forms.ChoiceField(
        choices=PriorityRule.choices,
        required=False,
        initial=PriorityRule.ARRIVAL,
        label=gettext_lazy("Order"),
        help_text=gettext_lazy(
            "What the next models learn most from: where models doubt or disagree, of rare categories, unlike what was judged."
        ),
    )
    burst_size = forms.IntegerField(
        min_value=1,
        max_value=BURST_LIMIT,
        required=False,
        initial=BURST_SIZE,
        label=gettext_lazy("Objects a burst, at most"),
    )
    burst_floor = forms.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        initial=BURST_FLOOR,
        label=gettext_lazy("Least match for a burst"),
        help_text=gettext_lazy(
            "0 to 1. With whole scenes chosen too: a scene with a weaker best match is judged whole."
        ),
        widget=forms.NumberInput(attrs={"step": "0.05"}),
    )
    instructions = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), label=gettext_lazy("Instructions for annotators")
    )
    pictures = PicturesField(
        required=False,
        widget=Pictures(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        label=gettext_lazy("Pictures for the instructions"),
    )
    captions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label=gettext_lazy("What the pictures show"),
        help_text=gettext_lazy("A line for each picture, in their order."),
    )
    bulk_confirm = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("Annotators may confirm all that is left at once")
    )
    admit_pairs = forms.BooleanField(
        required=False, initial=True, label=gettext_lazy("What is resolved becomes a pair by itself")
    )
    blind_audit = forms.BooleanField(
        required=False, label=gettext_lazy("Blind audit: only measures, makes neither tags nor pairs")
    )

    def __init__(self, *args: Any, **changes: Any) -> None:
        super().__init__(*args, **changes)
        categories = self.fields["categories"]
        assert isinstance(categories, CategoriesField)
        categories.several = Vertical.objects.count() > 1

    def clean_priority_rule(self) -> str:
        """First come, first lent where nothing is chosen."""
        return self.cleaned_data["priority_rule"] or PriorityRule.ARRIVAL.value

    def clean_burst_size(self) -> int:
        """The usual size where nothing is said."""
        size: int | None = self.cleaned_data["burst_size"]
        return size or BURST_SIZE

    def clean_burst_floor(self) -> float:
        """The usual floor where nothing is said; 0 is something said."""
        floor: float | None = self.cleaned_data["burst_floor"]
        return BURST_FLOOR if floor is None else floor

    def clean_categories(self) -> list[Category]:
        """Categories of the vertical alone."""
        chosen = list(self.cleaned_data["categories"])
        foreign = [each.name for each in chosen if each.vertical != self.cleaned_data.get("vertical")]
        if foreign:
            raise forms.ValidationError(
                _("%(names)s: of another vertical. Choose categories of the one above."),
                params={"names": ", ".join(foreign)},
            )
        return chosen

    def clean_place(self) -> str:
        """The place as scenes name it."""
        written: str = self.cleaned_data["place"]
        try:
            return str(place_of(written)) if written else ""
        except PlaceRefused as error:
            raise forms.ValidationError(error.message) from error

    def clean_pictures(self) -> list[UploadedFile[Any]]:
        """No more than instructions hold."""
        pictures: list[UploadedFile[Any]] = self.cleaned_data["pictures"]
        if len(pictures) > MOST_PICTURES:
            raise forms.ValidationError(
                _("%(n)s pictures are too many. Instructions hold at most %(most)s."),
                params={"n": len(pictures), "most": MOST_PICTURES},
            )
        return pictures

    def clean(self) -> dict[str, Any]:
        """Captions as a list, one a picture: a line that was written, else the name of the file."""
        given = super().clean() or self.cleaned_data
        pictures = given.get("pictures", [])
        lines = [line.strip() for line in given.pop("captions", "").splitlines() if line.strip()]
        if len(lines) > len(pictures) and "pictures" in given:
            self.add_error(
                "captions",
                _("There are %(lines)s lines for %(n)s pictures. Write at most one line a picture.")
                % {"lines": len(lines), "n": len(pictures)},
            )
        names = [picture.name or "" for picture in pictures]
        given["captions"] = [*lines, *names[len(lines) :]]
        return given

    def kinds_explained(self) -> list[tuple[Any, Any]]:
        """Each choice of kind with what it asks of a person."""
        return [(choice, ABOUT[choice.data["value"]]) for choice in self["kinds"]]
