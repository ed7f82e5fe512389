"""What shoppers do with looks. Public: the token of a look is the proof that it was served."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.cards import ErrorBody
from labeling.api.public import PlainTextJSONParser, PublicView, Throttle, TooLarge, crowded, robotic
from labeling.serving import services
from labeling.serving.models import EngagementEvent

EVENTS_MAX = 200
BYTES_MAX = 100_000


class EventsThrottle(Throttle):
    """Beacons of one address."""

    limit = "EVENTS_A_MINUTE"


class _Short:
    """A body is read up to its limit, and never further."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        data = stream.read(BYTES_MAX + 1)
        if len(data) > BYTES_MAX:
            raise TooLarge(f"More than {BYTES_MAX} bytes. Send fewer events at a time.")
        return super().parse(io.BytesIO(data), media_type, parser_context)  # type: ignore[misc]


class ShortJSON(_Short, JSONParser):
    """JSON of a beacon."""


class ShortText(_Short, PlainTextJSONParser):
    """The same, sent as text."""


class Events(PublicView):
    """What a shopper did with a look. A repeat adds nothing; the token is the proof, so no session is asked for."""

    parser_classes = (ShortJSON, ShortText)
    throttle_classes = (EventsThrottle,)

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
        responses={200: OutputSerializer, 400: ErrorBody, 413: ErrorBody, 429: ErrorBody},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.data)
        parsed.is_valid(raise_exception=True)
        happenings = [
            services.Happening(event["uuid"], EngagementEvent.Kind(event["kind"]), event["tag"])
            for event in parsed.validated_data["events"]
        ]
        deeds = sum(each.kind != EngagementEvent.Kind.IMPRESSION for each in happenings)
        sender = services.Sender(robot=robotic(request), crowded=crowded(request, deeds))
        recorded = services.events_record(token=parsed.validated_data["token"], happenings=happenings, sender=sender)
        return Response({"recorded": recorded})
