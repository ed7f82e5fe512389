"""The judge's page: is this the product in the picture? Nothing on it says who put it first, or where else it stood."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.annotation.models import Grade
from labeling.tags.judging import judge_next, judge_sets
from labeling.tags.models import JudgeItem, JudgeSet
from labeling.tags.services import judgement_give, judgement_take_back
from labeling.web.access import person, role_required

GRADES = (
    (Grade.EXACT, "1", _("Extremely similar: this very product")),
    (Grade.SIMILAR, "2", _("Similar")),
    (Grade.NONE, "3", _("Not similar")),
)


class GradeForm(forms.Form):
    """A grade, and how long it took."""

    item = forms.ModelChoiceField(JudgeItem.objects.all())
    grade = forms.ChoiceField(choices=Grade.choices)
    seconds = forms.FloatField(required=False, min_value=0)


@require_GET
@role_required(Role.ANNOTATOR, Role.CURATOR)
def judge_home(request: HttpRequest) -> HttpResponse:
    """The sets there are to judge, with how much of each this person has left."""
    sets = [(each, judge_next(judge_set=each, judge=person(request))[1]) for each in judge_sets()]
    return render(request, "judge/home.html", {"sets": sets})


@require_GET
@role_required(Role.ANNOTATOR, Role.CURATOR)
def judge_set(request: HttpRequest, set_id: int) -> HttpResponse:
    """The next question of a set."""
    wanted = get_object_or_404(JudgeSet.objects.select_related("vertical"), pk=set_id)
    item, left = judge_next(judge_set=wanted, judge=person(request))
    context: dict[str, object] = {"set": wanted, "item": item, "left": left, "grades": GRADES}
    if item is not None:
        context["picture"] = next(iter(item.product.images.all()), None)
    return render(request, "judge/set.html", context)


@require_POST
@role_required(Role.ANNOTATOR, Role.CURATOR)
def judge_grade(request: HttpRequest, set_id: int) -> HttpResponse:
    """Take a grade, or the last one back, and go on."""
    wanted = get_object_or_404(JudgeSet, pk=set_id)
    if "back" in request.POST:
        judgement_take_back(judge_set=wanted, judge=person(request))
        return redirect("judge-set", wanted.pk)
    form = GradeForm(request.POST)
    if not form.is_valid() or form.cleaned_data["item"].judge_box.judge_set_id != wanted.pk:
        raise Http404("There is no such question in this set.")
    given = form.cleaned_data
    judgement_give(item=given["item"], judge=person(request), grade=given["grade"], seconds=given["seconds"])
    return redirect("judge-set", wanted.pk)
