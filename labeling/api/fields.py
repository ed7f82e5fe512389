"""Fields that several resources take."""

from __future__ import annotations

import math

from rest_framework import serializers

from models_ml.types import Box


class BoxField(serializers.ListField):
    """``[left, top, right, bottom]`` in fractions of the picture, as a :class:`Box`."""

    child = serializers.FloatField()

    def __init__(self, **kwargs: object) -> None:
        super().__init__(min_length=4, max_length=4, **kwargs)

    def to_internal_value(self, data: object) -> Box:  # type: ignore[override]
        """Four finite numbers in [0, 1], left < right and top < bottom."""
        left, top, right, bottom = super().to_internal_value(data)
        whole = all(math.isfinite(value) and 0 <= value <= 1 for value in (left, top, right, bottom))
        if not whole or left >= right or top >= bottom:
            raise serializers.ValidationError(
                "A box is left, top, right, bottom in fractions of the picture, left < right and top < bottom."
            )
        return Box(left, top, right, bottom)
