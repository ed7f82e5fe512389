"""Searching the catalogue by text."""

from __future__ import annotations

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.api.cards import ErrorBody, ProductCard, product_card
from labeling.api.fields import PRICE
from labeling.api.permissions import caller, role
from labeling.brands.selectors import catalogue_of
from labeling.catalog.models import Category
from labeling.catalog.selectors import brands_named, products_matching, vertical_named
from labeling.common.errors import NotFoundError


class ProductSearch(APIView):
    """Products of a vertical in which every word of the query begins a word, best first; of a brand or a price if wished.

    A brand owner's own products come before all others; ``own`` says how many of the results they are.
    """

    permission_classes = [role(Role.ANNOTATOR, Role.CURATOR, Role.BRAND_OWNER)]

    class InputSerializer(serializers.Serializer[Any]):
        q = serializers.CharField(max_length=200, allow_blank=True, default="")
        vertical = serializers.SlugField()
        category = serializers.CharField(max_length=100, allow_blank=True, default="")
        brand = serializers.CharField(
            max_length=200, allow_blank=True, default="", help_text="what the brand's name begins with"
        )
        price_min = serializers.DecimalField(**PRICE)
        price_max = serializers.DecimalField(**PRICE)
        limit = serializers.IntegerField(min_value=1, max_value=60, default=24)

    class OutputSerializer(serializers.Serializer[Any]):
        results = ProductCard(many=True)
        own = serializers.IntegerField()

    @extend_schema(
        operation_id="products_search", parameters=[InputSerializer], responses={200: OutputSerializer, 404: ErrorBody}
    )
    def get(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        given = parsed.validated_data
        vertical = vertical_named(given["vertical"])
        category = None
        if given["category"]:
            category = Category.objects.filter(vertical=vertical, slug=given["category"]).first()
            if category is None:
                raise NotFoundError(f"The vertical {vertical.slug} has no category {given['category']}.")
        asked = partial(
            products_matching,
            vertical=vertical,
            query=given["q"],
            category=category,
            brands=brands_named(given["brand"]),
            price_min=given["price_min"],
            price_max=given["price_max"],
            limit=given["limit"],
        )
        catalogue = catalogue_of(owner=caller(request))
        own = [] if catalogue is None else asked(within=catalogue)
        others = [] if len(own) == given["limit"] else [product for product in asked() if product not in own]
        found = [*own, *others][: given["limit"]]
        return Response({"results": [product_card(product) for product in found], "own": len(own)})
