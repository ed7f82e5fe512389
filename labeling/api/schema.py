"""How the OpenAPI schema names what views take and give."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

INSIDE_A_VIEW = ("InputSerializer", "OutputSerializer")


class NamedByView(AutoSchema):
    """``Draft.InputSerializer`` becomes DraftInput, so that every view may call its own by the same two names."""

    def get_serializer_name(
        self, serializer: serializers.Serializer[Any], direction: Literal["request", "response"]
    ) -> str:
        """The component's name; other serializers keep their own."""
        name = super().get_serializer_name(serializer, direction)
        kind = type(serializer)
        if kind.__name__ not in INSIDE_A_VIEW:
            return str(name)
        view = kind.__qualname__.split(".")[-2]
        return view + kind.__name__.removesuffix("Serializer")
