"""Looks for shoppers, and what shoppers do with them. Both are public: a signed token ties events to the look they belong to."""

from __future__ import annotations

import uuid as uuids
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.api.cards import ErrorBody, ProductCard, product_card
from labeling.serving import services
from labeling.serving.models import EngagementEvent
from labeling.serving.selectors import scene_get

VISITOR_COOKIE = "looktag_visitor"
VISITOR_SECONDS = 365 * 24 * 3600
EVENTS_MAX = 200


class PlainTextJSONParser(JSONParser):
    """JSON that came as text: what ``navigator.sendBeacon`` sends without asking the browser for leave first."""

    media_type = "text/plain"


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


class LookView(APIView):
    """The look of a scene: its live tags in the order that serves now."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    class OutputSerializer(serializers.Serializer[Any]):
        scene = LookScene()
        token = serializers.CharField()
        ranker = serializers.IntegerField(allow_null=True)
        arm = serializers.CharField(allow_blank=True)
        tags = LookTag(many=True)

    @extend_schema(operation_id="looks_serve", responses={200: OutputSerializer, 404: ErrorBody}, auth=[])
    def get(self, request: Request, scene_id: int) -> Response:
        known = _visitor(request)
        visitor = known or uuids.uuid4().hex
        look = services.look_serve(scene=scene_get(scene_id=scene_id), visitor=visitor)
        response = Response(_look_json(look))
        # Each answer has a token of its own and follows the owner's policy at once, so none may be kept.
        response["Cache-Control"] = "no-store"
        if not known:
            response.set_cookie(
                VISITOR_COOKIE,
                visitor,
                max_age=VISITOR_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response


class Events(APIView):
    """What a shopper did with a look. A repeat adds nothing; the token is the proof, so no session is asked for."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser, PlainTextJSONParser)

    class InputSerializer(serializers.Serializer[Any]):
        class Event(serializers.Serializer[Any]):
            uuid = serializers.UUIDField()
            kind = serializers.ChoiceField(choices=EngagementEvent.Kind.choices)
            tag = serializers.IntegerField(min_value=1)

        token = serializers.CharField(max_length=50_000)
        events = serializers.ListField(child=Event(), allow_empty=False, max_length=EVENTS_MAX)

    class OutputSerializer(serializers.Serializer[Any]):
        recorded = serializers.IntegerField()

    @extend_schema(
        operation_id="events_record",
        request=InputSerializer,
        responses={200: OutputSerializer, 400: ErrorBody},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.data)
        parsed.is_valid(raise_exception=True)
        happenings = [
            services.Happening(event["uuid"], EngagementEvent.Kind(event["kind"]), event["tag"])
            for event in parsed.validated_data["events"]
        ]
        recorded = services.events_record(token=parsed.validated_data["token"], happenings=happenings)
        return Response({"recorded": recorded})


def _visitor(request: Request) -> str:
    """The visitor's id where the cookie holds one of ours; anything else is as good as none."""
    try:
        return uuids.UUID(request.COOKIES.get(VISITOR_COOKIE, "")).hex
    except ValueError:
        return ""


def _look_json(look: services.Look) -> dict[str, object]:
    scene = look.scene
    return {
        "scene": {
            "id": scene.pk,
            "external_id": scene.external_id,
            "image_url": scene.image_url,
            "width": scene.width,
            "height": scene.height,
            "title": scene.title,
        },
        "token": look.token,
        "ranker": look.ranker,
        "arm": look.arm,
        "tags": [_tag_json(placed) for placed in look.tags],
    }


def _tag_json(placed: services.PlacedTag) -> dict[str, object]:
    tag = placed.tag
    category = tag.category or tag.product.category
    return {
        **product_card(tag.product),
        "tag": tag.pk,
        "position": placed.position,
        "dot": [round(value, 5) for value in placed.dot],
        "box": list(tag.box),
        "category": category.slug,
        "category_name": category.name,
        "grade": tag.grade,
    }
