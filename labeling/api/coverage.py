"""Coverage: how many of the scenes that may show a tag do."""

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
from labeling.tags.coverage import coverage_by_category, coverage_by_domain, coverage_of, coverage_over_time


class CoveragePart(serializers.Serializer[Any]):
    """The counts of one category or domain."""

    slug = serializers.CharField()
    name = serializers.CharField()
    eligible = serializers.IntegerField()
    human = serializers.IntegerField()
    automatic = serializers.IntegerField()
    covered = serializers.IntegerField()


class CoverageDay(serializers.Serializer[Any]):
    """Scenes that had shown a tag by the end of a day."""

    day = serializers.DateField()
    human = serializers.IntegerField()
    automatic = serializers.IntegerField()
    covered = serializers.IntegerField()


class CoverageView(APIView):
    """A vertical's coverage with its multiple, by category and domain and over time. For curators."""

    permission_classes = [role(Role.CURATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        vertical = serializers.SlugField()

    class OutputSerializer(serializers.Serializer[Any]):
        vertical = serializers.CharField()
        eligible = serializers.IntegerField()
        unseen = serializers.IntegerField(help_text="scenes the live models have not looked at yet")
        human = serializers.IntegerField()
        automatic = serializers.IntegerField()
        covered = serializers.IntegerField()
        decisions = serializers.IntegerField()
        objects = serializers.FloatField(help_text="proposed in a scene on average: what whole work on one costs")
        alone = serializers.FloatField(help_text="scenes people would have covered with the same decisions")
        coverage = serializers.FloatField(allow_null=True)
        multiple = serializers.FloatField(allow_null=True)
        categories = CoveragePart(many=True)
        domains = CoveragePart(many=True)
        days = CoverageDay(many=True)

    @extend_schema(
        operation_id="coverage_show", parameters=[InputSerializer], responses={200: OutputSerializer, 404: ErrorBody}
    )
    def get(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        vertical = vertical_named(parsed.validated_data["vertical"])
        return Response(
            {
                "vertical": vertical.slug,
                **coverage_of(vertical=vertical).record(),
                "categories": [part.record() for part in coverage_by_category(vertical=vertical)],
                "domains": [part.record() for part in coverage_by_domain(vertical=vertical)],
                "days": [day.record() for day in coverage_over_time(vertical=vertical)],
            }
        )
