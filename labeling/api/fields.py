"""Fields that several resources take."""

from __future__ import annotations

import math
from typing import Any

from rest_framework import serializers

from models_ml.types import Box

PRICE: dict[str, Any] = {
    "max_digits": 12,
    "decimal_places": 2,
    "min_value": 0,
    "allow_null": True,
    "default": None,
    "help_text": "inclusive, in the catalogue's currency",
}
"""How a limit of a price range is given."""


class BoxField(serializers.ListField):
    """``[left, top, right, bottom]`` in fractions of the picture, as a :class:`Box`."""

    child = serializers.FloatField()

    def to_internal_value(self, data: list[Any]) -> Box:  # type: ignore[override]
        """Four finite numbers in [0, 1], left < right and top < bottom."""
        numbers = super().to_internal_value(data)
        whole = len(numbers) == 4 and all(math.isfinite(value) and 0 <= value <= 1 for value in numbers)
        if not whole or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
            raise serializers.ValidationError(
                "A box is left, top, right, bottom in fractions of the picture, left < right and top < bottom."
            )
        return Box(*numbers)
