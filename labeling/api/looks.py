"""Looks for shoppers. Public; a signed token ties what shoppers then do to the look they did it with."""

from __future__ import annotations

import hashlib
import json
import uuid as uuids
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from labeling.api.cards import ErrorBody, ProductCard
from labeling.api.public import VISITOR_COOKIE, VISITOR_SECONDS, PublicView, own, visitor_of
from labeling.common.errors import ApplicationError
from labeling.serving import services
from labeling.serving.offers import offer_card

LOOKS_MAX = 50
VISITOR = OpenApiParameter(
    "visitor",
    str,
    description="A UUID by which a page of another site knows its visitor; cookies do not reach us there.",
)


class LookScene(serializers.Serializer[Any]):
    """The picture of a look."""

    id = serializers.IntegerField()
    external_id = serializers.CharField()
    image_url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)


class LookTag(ProductCard):
    """A product card at its place: ``position`` from 1, ``dot`` and ``box`` in fractions of the picture."""

    tag = serializers.IntegerField()
    position = serializers.IntegerField()
    dot = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    category_name = serializers.CharField()
    grade = serializers.CharField()


class LookBody(serializers.Serializer[Any]):
    """A look. ``version`` changes as soon as anything shown does; ``ranker`` and ``arm`` say what ordered it."""

    scene = LookScene()
    version = serializers.CharField()
    token = serializers.CharField(help_text="Sent back with events; good for a day.")
    ranker = serializers.IntegerField(allow_null=True)
    arm = serializers.CharField(allow_blank=True)
    tags = LookTag(many=True)


class LookView(PublicView):
    """The look of a scene: its live tags in the order that serves now."""

    @extend_schema(
        operation_id="looks_serve", parameters=[VISITOR], responses={200: LookBody, 304: None, 404: ErrorBody}, auth=[]
    )
    def get(self, request: Request, scene_id: int) -> HttpResponse:
        visitor = visitor_of(request) or uuids.uuid4().hex
        look = services.look_serve(scene=scene_id, visitor=visitor, own=own(request))
        return _answer(request, visitor, look.version, lambda: _look_json(look))


class LooksView(PublicView):
    """The looks of several scenes at once; scenes that are not there are left out."""

    class OutputSerializer(serializers.Serializer[Any]):
        looks = LookBody(many=True)

    @extend_schema(
        operation_id="looks_serve_many",
        parameters=[OpenApiParameter("scenes", str, required=True, description="ids, with commas"), VISITOR],
        responses={200: OutputSerializer, 304: None, 400: ErrorBody},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        visitor = visitor_of(request) or uuids.uuid4().hex
        looks = services.looks_serve(scenes=_scenes(request.GET.get("scenes", "")), visitor=visitor, own=own(request))
        version = hashlib.blake2b(".".join(look.version for look in looks).encode(), digest_size=12).hexdigest()
        return _answer(request, visitor, version, lambda: {"looks": [_look_json(look) for look in looks]})


def _answer(request: Request, visitor: str, version: str, body: Callable[[], object]) -> HttpResponse:
    """The body, or 304 where the asker has it. It may be kept, but is asked about before each use: policies hold at once."""
    etag = f'"{version}"'
    response = get_conditional_response(request._request, etag=etag)
    if response is None:
        response = HttpResponse(json.dumps(body(), separators=(",", ":")), content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Cookie"
    if not visitor_of(request):
        response.set_cookie(
            VISITOR_COOKIE,
            visitor,
            max_age=VISITOR_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


def _scenes(text: str) -> Sequence[int]:
    numbers = [each.strip() for each in text.split(",") if each.strip()]
    if not numbers or len(numbers) > LOOKS_MAX or not all(each.isdecimal() and len(each) < 19 for each in numbers):
        raise ApplicationError(f"scenes: name 1 to {LOOKS_MAX} scenes by their ids, with commas, as in scenes=12,15.")
    return [int(each) for each in numbers]


def _look_json(look: services.Look) -> dict[str, object]:
    scene = look.scene
    return {
        "scene": {
            "id": scene.id,
            "external_id": scene.external_id,
            "image_url": f"{settings.MEDIA_URL}{scene.image}",
            "width": scene.width,
            "height": scene.height,
            "title": scene.title,
        },
        "version": look.version,
        "token": look.token,
        "ranker": look.ranker,
        "arm": look.arm,
        "tags": [_tag_json(placed) for placed in look.tags],
    }


def _tag_json(placed: services.PlacedTag) -> dict[str, object]:
    offer = placed.offer
    return {
        **offer_card(offer),
        "tag": offer.tag,
        "position": placed.position,
        "dot": [round(value, 5) for value in placed.dot],
        "box": list(offer.box),
        "category_name": offer.category_name,
        "grade": offer.grade,
    }
