"""The links at the top of every page, by role."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labeling.accounts.models import Role, User


@dataclass(frozen=True, slots=True)
class Place:
    """A page worth a link: its route's name, its label, who may open it."""

    route: str
    label: str | Promise
    roles: frozenset[Role]


PLACES = (
    Place("annotate-home", _("Annotate"), frozenset({Role.ANNOTATOR})),
    Place("curate-home", _("Curate"), frozenset({Role.CURATOR})),
    Place("judge-home", _("Judge"), frozenset({Role.ANNOTATOR, Role.CURATOR})),
    Place("brands-home", _("Your places"), frozenset({Role.BRAND_OWNER})),
    Place("looks-home", _("Looks"), frozenset({Role.ANNOTATOR, Role.CURATOR, Role.BRAND_OWNER})),
    Place("admin:index", _("Administration"), frozenset({Role.STAFF})),
    Place("brands-contests", _("Contests"), frozenset({Role.STAFF})),
    Place("api-docs", _("API"), frozenset({Role.CURATOR, Role.BRAND_OWNER})),
)


def navigation(request: HttpRequest) -> dict[str, object]:
    """A context processor: ``nav`` is a list of ``{label, url, current}``."""
    return {
        "nav": [
            {"label": place.label, "url": url, "current": request.path.startswith(url)}
            for place, url in places_of(getattr(request, "user", None))
        ]
    }


def places_of(user: object) -> list[tuple[Place, str]]:
    """What this person may open, with addresses; the first is where their role begins."""
    if not isinstance(user, User):
        return []
    allowed = [place for place in PLACES if any(user.plays(role) for role in place.roles)]
    return [(place, reverse(place.route)) for place in allowed]
