"""A brand owner's queue of tags, and the rulings on them."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.api.cards import ErrorBody, ProductCard, product_card
from labeling.api.permissions import caller, role
from labeling.brands.models import DomainClaim
from labeling.brands.selectors import catalogue_of, claims_of
from labeling.catalog.models import Product
from labeling.catalog.selectors import products_among
from labeling.datasets.services import reviews_conclude, reviews_undo
from labeling.tags.models import Tag, TagReview
from labeling.tags.selectors import slates_of, tags_ruled
from labeling.tags.services import Ruling

RULINGS_MAX = 200
CANDIDATES_SHOWN = 18
CHOICES = [choice for choice in TagReview.Ruling.choices if choice[0] != TagReview.Ruling.UNDO]


class ReviewScene(serializers.Serializer[Any]):
    """The picture a tag stands in."""

    id = serializers.IntegerField()
    external_id = serializers.CharField()
    image_url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)
    source_url = serializers.CharField(allow_blank=True)


class ReviewProduct(ProductCard):
    """A product card; ``own`` where the owner sells it."""

    own = serializers.BooleanField()


class ReviewTag(serializers.Serializer[Any]):
    """A tag to rule on, with other products it might be, the owner's own first."""

    tag = serializers.IntegerField()
    scene = ReviewScene()
    vertical = serializers.SlugField()
    category = serializers.CharField()
    box = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    state = serializers.ChoiceField(Tag.State.choices)
    origin = serializers.ChoiceField(Tag.Source.choices)
    grade = serializers.CharField()
    reason = serializers.CharField()
    product = ReviewProduct()
    candidates = ReviewProduct(many=True)


class Queue(APIView):
    """The tags that a claim rules, in one state, newest first. ``next`` is what to send as ``before``, null on the last."""

    permission_classes = [role(Role.BRAND_OWNER)]

    class InputSerializer(serializers.Serializer[Any]):
        state = serializers.ChoiceField(Tag.State.choices, default=Tag.State.HELD)
        product = serializers.IntegerField(min_value=1, required=False)
        before = serializers.IntegerField(min_value=1, required=False)
        limit = serializers.IntegerField(min_value=1, max_value=RULINGS_MAX, default=24)

    class OutputSerializer(serializers.Serializer[Any]):
        results = ReviewTag(many=True)
        next = serializers.IntegerField(allow_null=True)

    @extend_schema(
        operation_id="tags_to_rule", parameters=[InputSerializer], responses={200: OutputSerializer, 404: ErrorBody}
    )
    def get(self, request: Request, claim_id: int) -> Response:
        owner = caller(request)
        claim = get_object_or_404(claims_of(owner=owner), pk=claim_id, state=DomainClaim.State.VERIFIED)
        parsed = self.InputSerializer(data=request.query_params)
        parsed.is_valid(raise_exception=True)
        given, limit = parsed.validated_data, parsed.validated_data["limit"]
        tags = tags_ruled(
            claim=claim,
            state=given["state"],
            before=given.get("before"),
            product=given.get("product"),
            size=limit + 1,
        )
        slates = slates_of(tags=tags[:limit])
        shown = {tag.product_id for tag in tags} | {product.pk for slate in slates.values() for product in slate}
        own = products_among(product_ids=shown, within=catalogue_of(owner=owner))
        more = tags[limit - 1].pk if len(tags) > limit else None
        return Response(
            {"results": [_tag_json(tag, slates.get(tag.pk, []), own) for tag in tags[:limit]], "next": more}
        )


class Rulings(APIView):
    """Rule on tags of one's places: all of them are taken, or none. A repeat with the same UUIDs changes nothing."""

    permission_classes = [role(Role.BRAND_OWNER)]

    class InputSerializer(serializers.Serializer[Any]):
        class RulingItem(serializers.Serializer[Any]):
            uuid = serializers.UUIDField()
            tag = serializers.IntegerField(min_value=1)
            ruling = serializers.ChoiceField(CHOICES)
            product = serializers.PrimaryKeyRelatedField(
                queryset=Product.objects.all(), required=False, allow_null=True
            )
            wrong = serializers.BooleanField(default=False)
            reason = serializers.CharField(max_length=500, allow_blank=True, default="")
            shown = serializers.IntegerField(
                min_value=1, required=False, allow_null=True, help_text="the product that was looked at"
            )

        rulings = serializers.ListField(child=RulingItem(), allow_empty=False, max_length=RULINGS_MAX)

    class OutputSerializer(serializers.Serializer[Any]):
        class RuledItem(serializers.Serializer[Any]):
            uuid = serializers.UUIDField()
            tag = serializers.IntegerField()
            state = serializers.ChoiceField(Tag.State.choices)

        ruled = RuledItem(many=True)

    @extend_schema(
        operation_id="tags_rule",
        request=InputSerializer,
        responses={200: OutputSerializer, 400: ErrorBody, 404: ErrorBody, 409: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.data)
        parsed.is_valid(raise_exception=True)
        said = [
            Ruling(
                tag=item["tag"],
                ruling=TagReview.Ruling(item["ruling"]),
                product=item.get("product"),
                wrong=item["wrong"],
                reason=item["reason"],
                shown=item.get("shown"),
                uuid=item["uuid"],
            )
            for item in parsed.validated_data["rulings"]
        ]
        return Response({"ruled": _ruled_json(reviews_conclude(said=said, owner=caller(request)))})


class RulingsUndo(APIView):
    """Take rulings back, all or none: each is named by its UUID, and the taking back has a UUID of its own."""

    permission_classes = [role(Role.BRAND_OWNER)]

    class InputSerializer(serializers.Serializer[Any]):
        class UndoItem(serializers.Serializer[Any]):
            uuid = serializers.UUIDField()
            ruling = serializers.UUIDField()

        rulings = serializers.ListField(child=UndoItem(), allow_empty=False, max_length=RULINGS_MAX)

    @extend_schema(
        operation_id="tags_rule_undo",
        request=InputSerializer,
        responses={200: Rulings.OutputSerializer, 404: ErrorBody, 409: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        parsed = self.InputSerializer(data=request.data)
        parsed.is_valid(raise_exception=True)
        pairs = [(item["ruling"], item["uuid"]) for item in parsed.validated_data["rulings"]]
        return Response({"ruled": _ruled_json(reviews_undo(rulings=pairs, owner=caller(request)))})


def _ruled_json(reviews: list[TagReview]) -> list[dict[str, object]]:
    return [{"uuid": review.client_uuid, "tag": review.tag_id, "state": review.tag.state} for review in reviews]


def _tag_json(tag: Tag, slate: list[Product], own: set[int]) -> dict[str, object]:
    scene, others = tag.scene, [product for product in slate if product.pk != tag.product_id]
    # A stable sort: within what is one's own, and within the rest, the models' order stays.
    candidates = sorted(others, key=lambda product: product.pk not in own)[:CANDIDATES_SHOWN]
    return {
        "tag": tag.pk,
        "scene": {
            "id": scene.pk,
            "external_id": scene.external_id,
            "image_url": scene.image_url,
            "width": scene.width,
            "height": scene.height,
            "title": scene.title,
            "source_url": scene.source_url,
        },
        "vertical": tag.product.vertical.slug,
        "category": (tag.category or tag.product.category).name,
        "box": list(tag.box),
        "state": tag.state,
        "origin": tag.source,
        "grade": tag.grade,
        "reason": tag.reason,
        "product": {**product_card(tag.product), "own": tag.product_id in own},
        "candidates": [{**product_card(product), "own": product.pk in own} for product in candidates],
    }
