"""A picture of the pairs by what an embedder sees in them."""

from __future__ import annotations

from django.db import models

from labeling.catalog.models import Vertical
from labeling.inference.models import ModelVersion


class PairMap(models.Model):
    """The latest map of a vertical's pairs: where the crop of each lies by the embedder's vectors.

    ``points`` is ``{"pairs": [id], "x": [0..1], "y": [0..1], "category": [place in "categories"], "categories": [name],
    "error": [0 right, 1 wrong, 2 unknown]}``: wrong is a pair whose slate is headed by another product, unknown one without
    a slate. ``shares`` of the variance are those that the two axes show.
    """

    vertical = models.OneToOneField(Vertical, on_delete=models.CASCADE, related_name="pair_map")
    embedder = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    points = models.JSONField(default=dict)
    shares = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"map of {self.vertical_id}"
