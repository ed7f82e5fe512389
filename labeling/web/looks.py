"""The shopper's pages: looks, and a wall of them. Public."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from labeling.common.errors import NotFoundError
from labeling.serving.selectors import scene_get
from labeling.tags.selectors import scenes_tagged, tag_counts
from labeling.web.paging import before_of, next_link

PAGE = 24


@require_safe
def look(request: HttpRequest, scene_id: int) -> HttpResponse:
    """The picture of a scene in the widget, which asks the API for the dots and tells it what shoppers do with them."""
    try:
        scene = scene_get(scene_id=scene_id)
    except NotFoundError as error:
        raise Http404(error.message) from error
    return render(request, "looks/look.html", {"scene": scene, "embed": _embedding(scene.pk)})


@require_safe
def looks_home(request: HttpRequest) -> HttpResponse:
    """Scenes with something to shop, newest first."""
    scenes = scenes_tagged(before=before_of(request), size=PAGE + 1)
    shown = scenes[:PAGE]
    counts = tag_counts(scenes=shown)
    context = {
        "looks": [(scene, counts.get(scene.pk, 0)) for scene in shown],
        "next": next_link(request, shown[-1].pk if len(scenes) > PAGE else None),
    }
    return render(request, "looks/home.html", context)


def _embedding(scene_id: int) -> str:
    """What the page of another site needs to show a look."""
    script, look = (
        f"{settings.SITE}{static('js/looks/widget.js')}",
        f"{settings.SITE}{reverse('api-look', args=[scene_id])}",
    )
    return f'<script type="module" src="{script}"></script>\n<looktag-look src="{look}"></looktag-look>'
