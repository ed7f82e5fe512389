"""What happens on a brand owner's place, for programs."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.api.cards import ErrorBody
from labeling.api.permissions import caller, role
from labeling.brands.models import DomainClaim
from labeling.brands.selectors import claims_of
from labeling.serving import insight
from labeling.tags.models import TagReview


class EngagementCounts(serializers.Serializer[Any]):
    """What shoppers did; ``own_clicks`` are the clicks that led to a product of the owner's own."""

    impressions = serializers.IntegerField()
    closeups = serializers.IntegerField()
    clicks = serializers.IntegerField()
    own_clicks = serializers.IntegerField()
    saves = serializers.IntegerField()


class Insight(APIView):
    """Tags by state, and engagement by day, scene and product; scenes and products the most clicked first."""

    permission_classes = [role(Role.BRAND_OWNER)]

    class InputSerializer(serializers.Serializer[Any]):
        days = serializers.IntegerField(min_value=1, max_value=730, default=30)
        limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)

    class OutputSerializer(serializers.Serializer[Any]):
        class TagCounts(serializers.Serializer[Any]):
            held = serializers.IntegerField()
            live = serializers.IntegerField()
            hidden = serializers.IntegerField()
            invalid = serializers.IntegerField()

        class DayCounts(EngagementCounts):
            day = serializers.DateField()

        class SceneCounts(EngagementCounts):
            scene = serializers.IntegerField()
            name = serializers.CharField()

        class ProductCounts(EngagementCounts):
            product = serializers.IntegerField()
            name = serializers.CharField()

        tags = TagCounts()
        days = DayCounts(many=True)
        scenes = SceneCounts(many=True)
        products = ProductCounts(many=True)

    @extend_schema(
        operation_id="place_insight", parameters=[InputSerializer], responses={200: OutputSerializer, 404: ErrorBody}
    )
    def get(self, request: Request, claim_id: int) -> Response:
        claim = _claim(request, claim_id)
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        days, limit = parsed.validated_data["days"], parsed.validated_data["limit"]
        scenes = islice(insight.engagement_by_scene(claim=claim, days=days), limit)
        products = islice(insight.engagement_by_product(claim=claim, days=days), limit)
        return Response(
            {
                "tags": asdict(insight.tag_figures(claim=claim)),
                "days": [
                    {"day": part.key, **asdict(part.engagement)}
                    for part in insight.engagement_by_day(claim=claim, days=days)
                ],
                "scenes": [{"scene": part.key, "name": part.name, **asdict(part.engagement)} for part in scenes],
                "products": [{"product": part.key, "name": part.name, **asdict(part.engagement)} for part in products],
            }
        )


class RulingHistory(APIView):
    """Every ruling on the tags of a place, newest first. ``next`` is what to send as ``before``, null on the last page."""

    permission_classes = [role(Role.BRAND_OWNER)]

    class InputSerializer(serializers.Serializer[Any]):
        before = serializers.IntegerField(min_value=1, required=False)
        limit = serializers.IntegerField(min_value=1, max_value=200, default=50)

    class OutputSerializer(serializers.Serializer[Any]):
        class HistoryRuling(serializers.Serializer[Any]):
            id = serializers.IntegerField()
            uuid = serializers.UUIDField(allow_null=True)
            at = serializers.DateTimeField()
            tag = serializers.IntegerField()
            scene = serializers.CharField()
            ruling = serializers.ChoiceField(TagReview.Ruling.choices)
            product = serializers.CharField(allow_null=True)
            refused = serializers.CharField(allow_null=True)
            reason = serializers.CharField(allow_blank=True)
            taken_back = serializers.BooleanField()

        results = HistoryRuling(many=True)
        next = serializers.IntegerField(allow_null=True)

    @extend_schema(
        operation_id="place_rulings", parameters=[InputSerializer], responses={200: OutputSerializer, 404: ErrorBody}
    )
    def get(self, request: Request, claim_id: int) -> Response:
        claim = _claim(request, claim_id)
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        given, limit = parsed.validated_data, parsed.validated_data["limit"]
        reviews = insight.rulings_of(claim=claim)
        if "before" in given:
            reviews = reviews.filter(pk__lt=given["before"])
        page = list(reviews[: limit + 1])
        more = page[limit - 1].pk if len(page) > limit else None
        return Response({"results": [_ruling_json(review) for review in page[:limit]], "next": more})


def _claim(request: Request, claim_id: int) -> DomainClaim:
    return get_object_or_404(claims_of(owner=caller(request)), pk=claim_id, state=DomainClaim.State.VERIFIED)


def _ruling_json(review: TagReview) -> dict[str, object]:
    return {
        "id": review.pk,
        "uuid": review.client_uuid,
        "at": review.created_at,
        "tag": review.tag_id,
        "scene": review.tag.scene.external_id,
        "ruling": review.ruling,
        "product": review.product.external_id if review.product else None,
        "refused": review.refused.external_id if review.refused else None,
        "reason": review.reason,
        "taken_back": hasattr(review, "undoing"),
    }
