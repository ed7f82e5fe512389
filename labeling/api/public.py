"""What the public addresses share: pages of other sites may call them, and programs and floods are told apart from people."""

from __future__ import annotations

import re
import uuid as uuids
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from labeling.common.rates import overdrawn

VISITOR_COOKIE = "looktag_visitor"
VISITOR_SECONDS = 365 * 24 * 3600
PREFLIGHT_SECONDS = 24 * 3600
ROBOTS = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|headless|phantom|curl|wget|python|java/|go-http|libwww|scrapy|preview|monitor",
    re.I,
)


class TooLarge(APIException):
    """More bytes than the address takes."""

    status_code = 413
    default_code = "too_large"


class PublicView(APIView):
    """A view for anybody, also for scripts on the pages of other sites: who is signed in decides nothing that is answered.

    Any origin may call it unless LOOKTAG_EMBED_ORIGINS names some. Credentials are never allowed along, so an answer
    tells a stranger's page nothing that the stranger could not ask for.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A browser asks whether a page may send what it wants to."""
        response = Response(status=204)
        response["Access-Control-Allow-Methods"] = ", ".join(self.allowed_methods)
        response["Access-Control-Allow-Headers"] = "Content-Type, If-None-Match"
        response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer, errors among them, may be read by the pages that may ask."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if "*" in settings.EMBED_ORIGINS:
            response["Access-Control-Allow-Origin"] = "*"
        else:
            patch_vary_headers(response, ["Origin"])
            if (origin := request.headers.get("Origin")) in settings.EMBED_ORIGINS:
                response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "ETag, Retry-After"
        return response


class PlainTextJSONParser(JSONParser):
    """JSON that came as text: what a page of another site may send without asking the browser for leave first."""

    media_type = "text/plain"


class Throttle(BaseThrottle):
    """At most so many requests a minute from one address as the setting named ``limit`` says."""

    limit: str

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count one more."""
        address, most = self.get_ident(request), getattr(settings, self.limit)
        self._seconds = overdrawn(f"{self.limit}/{address}", most=most, seconds=60)
        return self._seconds == 0

    def wait(self) -> float:
        """What ``Retry-After`` says."""
        return float(self._seconds)


def crowded(request: Request, deeds: int) -> bool:
    """Whether the address of a request has done more in this hour than people behind one do, ``deeds`` more included."""
    if not deeds:
        return False
    address = BaseThrottle().get_ident(request)
    return overdrawn(f"deeds/{address}", most=settings.DEEDS_AN_HOUR, seconds=3600, cost=deeds) > 0


def robotic(request: Request) -> bool:
    """Whether a program sends this, by its own account: browsers say what they are, and do not say these words."""
    said = request.headers.get("User-Agent", "")
    return not said or ROBOTS.search(said) is not None


def own(request: Request) -> bool:
    """Whether somebody of the house is signed in. Shoppers have no session, so nothing is read for them."""
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return has_session and get_user(request._request).is_authenticated


def visitor_of(request: Request) -> str:
    """Who looks, as hexadecimal digits: what the widget of another site says of itself, or our cookie; else nobody known."""
    for said in (request.GET.get("visitor", ""), request.COOKIES.get(VISITOR_COOKIE, "")):
        try:
            return uuids.UUID(said).hex
        except ValueError:
            continue
    return ""
