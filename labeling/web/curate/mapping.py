"""The map of pairs: what the embedder sees alike lies together; what is circled is listed."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from labeling.accounts.models import Role
from labeling.catalog.models import Vertical
from labeling.common.errors import ApplicationError
from labeling.common.jobs import OPEN, jobs_recent
from labeling.common.models import Job
from labeling.datasets.models import PairMap
from labeling.datasets.services import MAP, map_queue, pairs_choose
from labeling.datasets.tasks import draw_map
from labeling.inference.workers import worker_known
from labeling.web.access import person, role_required
from labeling.web.answers import back, rules_as_messages, say_faults


class ChooseForm(forms.Form):
    """Pairs by key, with commas between, all of one vertical."""

    vertical = forms.ModelChoiceField(Vertical.objects.all(), to_field_name="slug", label=_("Vertical"))
    pairs = forms.RegexField(r"^\d{1,18}(,\d{1,18})*$", max_length=200_000, label=_("Pairs"))


@require_GET
@role_required(Role.CURATOR)
def curate_map(request: HttpRequest) -> HttpResponse:
    """The latest map of a vertical, and how far the next one is."""
    verticals = list(Vertical.objects.order_by("name"))
    slug = request.GET.get("vertical", "")
    vertical = next((each for each in verticals if each.slug == slug or not slug), None)
    if vertical is None and slug:
        raise Http404(f"There is no vertical {slug}.")
    drawn = PairMap.objects.filter(vertical=vertical).select_related("embedder__vertical").first()
    job = jobs_recent(kinds=[MAP]).filter(parameters__vertical=vertical.pk).first() if vertical else None
    moving = job is not None and job.state in OPEN
    context = {
        "vertical": vertical,
        "verticals": verticals,
        "map": drawn,
        "points": drawn.points if drawn else None,
        "shares": [f"{share:.0%}" for share in drawn.shares] if drawn else [],
        "job": job if moving or (job is not None and job.state == Job.State.FAILED) else None,
        "moving": moving,
        "no_worker": moving and job is not None and job.state == Job.State.WAITING and not worker_known(),
    }
    return render(request, "curate/map.html", context)


@require_POST
@role_required(Role.CURATOR)
def curate_map_draw(request: HttpRequest, vertical_id: int) -> HttpResponse:
    """Have a worker draw the map anew."""
    vertical = Vertical.objects.filter(pk=vertical_id).first()
    if vertical is None:
        raise Http404(f"There is no vertical {vertical_id}.")
    with rules_as_messages(request, _("A worker draws it. You may leave this page meanwhile.")):
        job = map_queue(vertical=vertical, actor=person(request))
        draw_map.delay_on_commit(job.pk)
    return back(request, "curate-map")


@require_POST
@role_required(Role.CURATOR)
def curate_map_choose(request: HttpRequest) -> HttpResponse:
    """List the pairs that were picked out on the map."""
    form = ChooseForm(request.POST)
    if not form.is_valid():
        say_faults(request, form)
        return redirect("curate-map")
    keys = {int(key) for key in form.cleaned_data["pairs"].split(",")}
    try:
        choice = pairs_choose(pairs=keys, person=person(request))
    except ApplicationError as error:
        form.add_error("pairs", error.message)
        say_faults(request, form)
        return redirect("curate-map")
    return redirect(f"{reverse('curate-pairs')}?vertical={form.cleaned_data['vertical'].slug}&choice={choice.pk}")
