"""What belongs to the person who asks: their keys and their pace."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import KeyPreset, Role
from labeling.accounts.selectors import keys_of
from labeling.accounts.services import keys_set
from labeling.annotation.selectors import pace_of
from labeling.api.cards import ErrorBody
from labeling.api.permissions import caller, role

CHORD = 60


class KeysSerializer(serializers.Serializer[Any]):
    """A key map: a preset, own keys by command on top of it, and whether single letters are keys at all."""

    preset = serializers.ChoiceField(KeyPreset.choices, default=KeyPreset.DEFAULT)
    overrides = serializers.DictField(
        child=serializers.ListField(
            child=serializers.CharField(max_length=CHORD, trim_whitespace=False), allow_empty=True
        ),
        default=dict,
    )
    letters = serializers.BooleanField(default=True)


class Keys(APIView):
    """The caller's own keys, kept with the account; 204 where they never changed any."""

    permission_classes = [role(Role.ANNOTATOR)]

    @extend_schema(operation_id="keys_show", responses={200: KeysSerializer, 204: None})
    def get(self, request: Request) -> Response:
        keys = keys_of(caller(request))
        return Response(keys, status=204 if keys is None else 200)

    @extend_schema(operation_id="keys_set", request=KeysSerializer, responses={200: KeysSerializer, 400: ErrorBody})
    def put(self, request: Request) -> Response:
        given = KeysSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = caller(request)
        keys_set(user=user, **given.validated_data)
        return Response(keys_of(user))


class PaceView(APIView):
    """How far the caller came today, how fast in the last hour, and on how many days in a row they have worked."""

    permission_classes = [role(Role.ANNOTATOR)]

    class OutputSerializer(serializers.Serializer[Any]):
        submitted_today = serializers.IntegerField()
        objects_today = serializers.IntegerField()
        active_seconds_today = serializers.FloatField()
        objects_per_hour = serializers.FloatField(allow_null=True)
        streak = serializers.IntegerField()

    @extend_schema(operation_id="pace_show", responses={200: OutputSerializer})
    def get(self, request: Request) -> Response:
        return Response(pace_of(annotator=caller(request)).record())
