"""A product as every page shows it."""

from __future__ import annotations

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from labeling.catalog.models import Product
from labeling.inference.models import Candidate


class ProductCard(serializers.Serializer[object]):
    """What a product card needs; described here for the schema."""

    product = serializers.IntegerField()
    external_id = serializers.CharField()
    title = serializers.CharField()
    brand = serializers.CharField(allow_blank=True)
    price = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_blank=True)
    image_url = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_blank=True)
    category = serializers.CharField()


class CandidateCard(ProductCard):
    """A product card with its place in a slate; ``score`` is a cosine similarity."""

    rank = serializers.IntegerField()
    score = serializers.FloatField()


ErrorBody = inline_serializer(
    "ErrorBody",
    {
        "error": inline_serializer(
            "ErrorDetail",
            {
                "code": serializers.CharField(),
                "message": serializers.CharField(),
                "fields": serializers.DictField(child=serializers.CharField(), required=False),
            },
        )
    },
)


def product_card(product: Product) -> dict[str, object]:
    """A product with its brand, category and pictures loaded, as JSON."""
    images = list(product.images.all())
    return {
        "product": product.pk,
        "external_id": product.external_id,
        "title": product.title,
        "brand": product.brand.name if product.brand else "",
        "price": None if product.price is None else f"{product.price:.2f}",
        "currency": product.currency,
        "image_url": images[0].image_url if images else None,
        "url": product.url,
        "category": product.category.slug,
    }


def candidate_card(candidate: Candidate) -> dict[str, object]:
    """A stored match with its product, as JSON."""
    return {**product_card(candidate.product), "rank": candidate.rank, "score": round(candidate.score, 4)}
