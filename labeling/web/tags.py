"""Why a tag stands as it does: for curators, and for brand owners on their own places."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from labeling.accounts.models import Role
from labeling.tags.models import Tag
from labeling.tags.selectors import tags_of_owner, tags_shown
from labeling.tags.story import story_of
from labeling.web.access import person, role_required


@require_GET
@role_required(Role.CURATOR)
def curate_tag(request: HttpRequest, tag_id: int) -> HttpResponse:
    """The whole history, with who said and did what."""
    tag = tags_shown().filter(pk=tag_id).first()
    if tag is None:
        raise Http404(f"There is no tag {tag_id}.")
    return _page(request, "curate/tag.html", tag, names=True)


@require_GET
@role_required(Role.BRAND_OWNER)
def brands_tag(request: HttpRequest, tag_id: int) -> HttpResponse:
    """The same for a tag on a place of one's own, without the names of people."""
    tag = tags_of_owner(tag_ids=[tag_id], owner=person(request)).get(tag_id)
    if tag is None:
        raise Http404(f"There is no tag {tag_id} on a place of yours.")
    return _page(request, "brands/tag.html", tag, names=False)


def _page(request: HttpRequest, template: str, tag: Tag, *, names: bool) -> HttpResponse:
    picture = next(iter(tag.product.images.all()), None)
    context = {"tag": tag, "picture": picture, "steps": story_of(tag=tag, names=names)}
    return render(request, template, context)
