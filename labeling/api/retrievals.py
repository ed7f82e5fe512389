"""Candidates asked for again, because a box was moved or its category changed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.accounts.models import Role
from labeling.annotation.selectors import assignment_of, scene_of_item
from labeling.api.cards import CandidateCard, ErrorBody, product_card
from labeling.api.fields import PRICE, BoxField
from labeling.api.permissions import caller, role
from labeling.catalog.models import Category
from labeling.catalog.selectors import brands_named, products_shown
from labeling.common.errors import ApplicationError, NotFoundError
from labeling.inference.findings import Wishes
from labeling.inference.models import Retrieval
from labeling.inference.services import retrieval_queue
from labeling.inference.tasks import retrieve_candidates


class RetrievalAsk(APIView):
    """Asks a worker for candidates of a box, of a brand and within a price range if wished."""

    permission_classes = [role(Role.ANNOTATOR)]

    class InputSerializer(serializers.Serializer[Any]):
        token = serializers.UUIDField()
        proposal = serializers.IntegerField(
            allow_null=True, default=None, help_text="In a burst: the object the box belongs to, which tells the scene."
        )
        box = BoxField()
        category = serializers.CharField(max_length=100, allow_null=True, allow_blank=True, default=None)
        brand = serializers.CharField(
            max_length=200, allow_blank=True, default="", help_text="what the brand's name begins with"
        )
        price_min = serializers.DecimalField(**PRICE)
        price_max = serializers.DecimalField(**PRICE)

    class OutputSerializer(serializers.Serializer[Any]):
        id = serializers.IntegerField()

    @extend_schema(
        operation_id="retrieval_ask",
        request=InputSerializer,
        responses={202: OutputSerializer, 400: ErrorBody, 404: ErrorBody},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        parsed = self.InputSerializer(data=request.data)
        parsed.is_valid(raise_exception=True)
        given = parsed.validated_data
        seat = assignment_of(annotator=caller(request), assignment_id=assignment_id, token=given["token"])
        scene = scene_of_item(seat=seat, proposal_id=given["proposal"])
        category = None
        if given["category"]:
            category = Category.objects.filter(vertical=scene.vertical_id, slug=given["category"]).first()
            if category is None:
                raise ApplicationError(
                    f"This vertical has no category {given['category']}.", fields={"category": "unknown"}
                )
        wishes = Wishes(given["price_min"], given["price_max"], brands_named(given["brand"]))
        retrieval = retrieval_queue(
            scene=scene, box=given["box"], category=category, asked_by=caller(request), wishes=wishes
        )
        retrieve_candidates.delay_on_commit(retrieval.pk)
        return Response({"id": retrieval.pk}, status=202)


class RetrievalAnswer(APIView):
    """What a worker has found so far; for the person who asked."""

    permission_classes = [role(Role.ANNOTATOR)]

    class OutputSerializer(serializers.Serializer[Any]):
        state = serializers.ChoiceField(Retrieval.State.choices)
        candidates = CandidateCard(many=True)
        error = serializers.CharField(required=False)

    @extend_schema(operation_id="retrieval_answer", responses={200: OutputSerializer, 404: ErrorBody})
    def get(self, request: Request, retrieval_id: int) -> Response:
        retrieval = Retrieval.objects.filter(pk=retrieval_id, asked_by=caller(request)).first()
        if retrieval is None:
            raise NotFoundError(f"There is no retrieval {retrieval_id} of yours.")
        body: dict[str, object] = {"state": retrieval.state, "candidates": _cards(retrieval.candidates)}
        if retrieval.error:
            body["error"] = retrieval.error
        return Response(body)


def _cards(matches: list[dict[str, Any]]) -> list[dict[str, object]]:
    """Matches with their products; a product that was deleted since is left out."""
    products = products_shown().in_bulk([match["product"] for match in matches])
    return [
        {**product_card(products[match["product"]]), "rank": match["rank"], "score": round(match["score"], 4)}
        for match in matches
        if match["product"] in products
    ]
