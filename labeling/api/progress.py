"""How far imports and scans are, for the curator's page to watch."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.api.cards import ErrorBody
from labeling.api.permissions import role
from labeling.catalog.selectors import vertical_named
from labeling.inference.progress import vertical_progress


class Progress(APIView):
    """Counts of one vertical: scenes, products, scans by state, and the seconds left at the pace of the last minutes."""

    permission_classes = [role(Role.CURATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        vertical = serializers.SlugField()

    class OutputSerializer(serializers.Serializer[Any]):
        vertical = serializers.CharField()
        scenes = serializers.IntegerField()
        products = serializers.IntegerField()
        eligible = serializers.IntegerField()
        unscanned = serializers.IntegerField()
        done = serializers.IntegerField()
        waiting = serializers.IntegerField()
        failed = serializers.IntegerField()
        proposals = serializers.IntegerField()
        seconds_left = serializers.FloatField(allow_null=True)
        worker = serializers.BooleanField(allow_null=True)

    @extend_schema(
        operation_id="progress_show", parameters=[InputSerializer], responses={200: OutputSerializer, 404: ErrorBody}
    )
    def get(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        return Response(vertical_progress(vertical_named(parsed.validated_data["vertical"])).record())
