"""The dataset's pairs, page by page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.api.cards import ErrorBody, ProductCard, product_card
from labeling.api.permissions import role
from labeling.catalog.selectors import vertical_named
from labeling.datasets.models import Pair
from labeling.datasets.selectors import pairs_page


class Pairs(APIView):
    """Admitted pairs, newest first. ``next`` is what to send as ``before`` for the page after, null on the last."""

    permission_classes = [role(Role.CURATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        vertical = serializers.SlugField(required=False)
        before = serializers.IntegerField(min_value=1, required=False)
        limit = serializers.IntegerField(min_value=1, max_value=200, default=50)

    class OutputSerializer(serializers.Serializer[Any]):
        class PairItem(serializers.Serializer[Any]):
            pair = serializers.IntegerField()
            scene = serializers.CharField()
            image_url = serializers.CharField()
            box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
            category = serializers.CharField()
            grade = serializers.CharField()
            origin = serializers.CharField(help_text="annotators, or brand")
            product = ProductCard()

        results = PairItem(many=True)
        next = serializers.IntegerField(allow_null=True)

    @extend_schema(
        operation_id="pairs_list", parameters=[InputSerializer], responses={200: OutputSerializer, 404: ErrorBody}
    )
    def get(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        given = parsed.validated_data
        vertical = vertical_named(given["vertical"]) if "vertical" in given else None
        limit = given["limit"]
        pairs = pairs_page(vertical=vertical, before=given.get("before"), size=limit + 1)
        more = pairs[limit - 1].pk if len(pairs) > limit else None
        return Response({"results": [_pair_json(pair) for pair in pairs[:limit]], "next": more})


def _pair_json(pair: Pair) -> dict[str, object]:
    return {
        "pair": pair.pk,
        "scene": pair.scene.external_id,
        "image_url": pair.scene.image_url,
        "box": list(pair.box),
        "category": (pair.category or pair.product.category).slug,
        "grade": pair.grade,
        "origin": pair.source,
        "product": product_card(pair.product),
    }
