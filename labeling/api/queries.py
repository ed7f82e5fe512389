"""A picture that was never seen: what stands in it and what of the catalogue is like it, within one request. Public."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from kombu.exceptions import OperationalError
from rest_framework import serializers
from rest_framework.parsers import BaseParser, DataAndFiles, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.cards import ErrorBody, ProductCard
from labeling.api.public import PublicView, Throttle, TooLarge
from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_named
from labeling.common.errors import ApplicationError, BusyError
from labeling.common.storage import ImageRefused, image_header
from labeling.serving import desk
from labeling.serving.tasks import answer_query

FORM_BYTES = 10_000
"""What a form adds to its picture."""


class QueriesThrottle(Throttle):
    """Pictures of one address."""

    limit = "QUERIES_A_MINUTE"


class PictureParser(BaseParser):
    """The bytes of a picture as they are, as the file ``image``: up to the limit and no further."""

    media_type = "image/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles[dict[str, str], dict[str, IO[bytes]]]:
        """As a form that holds nothing else would come."""
        return DataAndFiles({}, {"image": io.BytesIO(stream.read(settings.QUERY_MAX_BYTES + 1))})


class Query(PublicView):
    """What stands in a picture and which products are like it. It is kept nowhere; events cannot be sent for it.

    At most LOOKTAG_QUERIES_WAITING pictures are looked at or wait at once. Who finds no place, or no answer in time, is told
    503 with ``Retry-After``; an address that asks too often 429.
    """

    parser_classes = (PictureParser, MultiPartParser)
    throttle_classes = (QueriesThrottle,)

    class OutputSerializer(serializers.Serializer[Any]):
        class Found(serializers.Serializer[Any]):
            class Alike(ProductCard):
                score = serializers.FloatField(help_text="cosine similarity")

            box = serializers.ListField(child=serializers.FloatField())
            dot = serializers.ListField(child=serializers.FloatField())
            category = serializers.CharField(allow_null=True)
            score = serializers.FloatField()
            products = Alike(many=True)

        class Versions(serializers.Serializer[Any]):
            detector = serializers.IntegerField()
            embedder = serializers.IntegerField()
            index = serializers.IntegerField()

        objects = Found(many=True)
        ranker = serializers.IntegerField(allow_null=True)
        versions = Versions()

    @extend_schema(
        operation_id="looks_query",
        parameters=[OpenApiParameter("vertical", str, description="Its slug; needed where there are several.")],
        request={
            "image/*": bytes,
            "multipart/form-data": {"type": "object", "properties": {"image": {"format": "binary"}}},
        },
        responses={200: OutputSerializer, 400: ErrorBody, 413: ErrorBody, 429: ErrorBody, 503: ErrorBody},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        picture = _picture(request)
        vertical = _vertical(request.GET.get("vertical", ""))
        width, height = image_header(picture, item="The picture")
        with desk.place_taken(picture) as name:
            try:
                answer_query.apply_async(
                    (name, vertical.pk, width / height), expires=settings.QUERY_SECONDS, retry=False
                )
            except OperationalError as error:
                raise BusyError("Pictures cannot be looked at just now. Ask again in a moment.", seconds=5) from error
            answer = desk.answer_wait(name)
        if "refused" in answer:
            raise ImageRefused(answer["refused"])
        if "failed" in answer:
            raise BusyError(f"{answer['failed']} Ask again later.", seconds=60)
        response = Response(answer)
        response["Cache-Control"] = "no-store"
        return response


def _picture(request: Request) -> bytes:
    """The bytes that were sent, alone or in a form. What says beforehand that it is too large is not read."""
    limit = settings.QUERY_MAX_BYTES
    too_large = TooLarge(f"A picture may have {limit} bytes. Save it smaller.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit + FORM_BYTES:
        raise too_large
    sent = request.FILES.get("image")
    data = b"" if sent is None else sent.read(limit + 1)
    if not data:
        raise ApplicationError("There is no picture in the request. Send its bytes, or a form with a field image.")
    if len(data) > limit:
        raise too_large
    return data


def _vertical(slug: str) -> Vertical:
    """The one that is named, or the only one."""
    if slug:
        return vertical_named(slug)
    verticals = list(Vertical.objects.order_by("slug")[:2])
    if len(verticals) != 1:
        raise ApplicationError("vertical: say in which vertical to look, as in ?vertical=home.")
    return verticals[0]
