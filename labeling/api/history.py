"""A person's own finished work: to look back at, and to open again."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.annotation.models import Assignment, Kind
from labeling.annotation.selectors import assignment_decided, assignments_finished, assignments_shown, decisions_of
from labeling.api.cards import ErrorBody
from labeling.api.permissions import caller, role
from labeling.api.shown import AssignmentShown, json_response

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CURSOR = re.compile(r"(\d{1,17})-(\d{1,18})")


class CursorField(serializers.CharField):
    """Where a page of history ended: microseconds since 1970 and an id, joined by a hyphen."""

    def to_internal_value(self, data: Any) -> Any:
        """The cursor as a moment and an id."""
        cursor = CURSOR.fullmatch(super().to_internal_value(data))
        if cursor is None:
            raise serializers.ValidationError("Send what an earlier page gave as next.")
        return EPOCH + int(cursor[1]) * MICROSECOND, int(cursor[2])


class History(APIView):
    """The caller's finished work, newest first. ``next`` is what to send as ``before``, null on the last page."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        before = CursorField(required=False)
        limit = serializers.IntegerField(min_value=1, max_value=200, default=50)

    class OutputSerializer(serializers.Serializer[Any]):
        class HistoryItem(serializers.Serializer[Any]):
            assignment = serializers.IntegerField()
            campaign = serializers.IntegerField()
            kind = serializers.ChoiceField(Kind.choices)
            state = serializers.CharField()
            submission = serializers.UUIDField()
            finished_at = serializers.DateTimeField()
            seconds = serializers.FloatField(allow_null=True)
            objects = serializers.IntegerField()
            title = serializers.CharField(help_text="The scene, or the category of a burst.")
            image_url = serializers.CharField(allow_null=True)

        results = HistoryItem(many=True)
        next = serializers.CharField(allow_null=True)

    @extend_schema(operation_id="assignments_history", parameters=[InputSerializer], responses={200: OutputSerializer})
    def get(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        given, limit = parsed.validated_data, parsed.validated_data["limit"]
        seats = assignments_finished(annotator=caller(request), before=given.get("before"), size=limit + 1)
        more = _cursor(seats[limit - 1]) if len(seats) > limit else None
        return Response({"results": [_item(seat) for seat in seats[:limit]], "next": more})


class Reopen(APIView):
    """One's own finished work as it was shown, with what one said of it. Submitting it with ``amends`` replaces that."""

    permission_classes = [role(Role.ANNOTATOR)]

    class OutputSerializer(serializers.Serializer[Any]):
        assignment = AssignmentShown()
        decisions = serializers.ListField(child=serializers.DictField())

    @extend_schema(operation_id="assignment_reopen", request=None, responses={200: OutputSerializer, 404: ErrorBody})
    def post(self, request: Request, assignment_id: int) -> HttpResponse:
        seat = assignment_decided(annotator=caller(request), assignment_id=assignment_id)
        (shown,) = assignments_shown(seats=[seat])
        return json_response(f'{{"assignment":{shown},"decisions":{json.dumps(decisions_of(seat=seat))}}}')


def _cursor(seat: Assignment) -> str | None:
    return f"{(seat.finished_at - EPOCH) // MICROSECOND}-{seat.pk}" if seat.finished_at else None


def _item(seat: Assignment) -> dict[str, object]:
    category = seat.burst.category if seat.burst else None
    title = str(seat.scene) if seat.scene else category.name if category else ""
    return {
        "assignment": seat.pk,
        "campaign": seat.campaign_id,
        "kind": seat.kind,
        "state": seat.state,
        "submission": seat.client_uuid,
        "finished_at": seat.finished_at,
        "seconds": seat.seconds,
        "objects": vars(seat).get("decided", 0),
        "title": title,
        "image_url": seat.scene.image_url if seat.scene else None,
    }
