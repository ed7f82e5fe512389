"""What a worker last found suspicious among a vertical's pairs, so that a page need not weigh them."""

from __future__ import annotations

from django.db import models

from labeling.catalog.models import Vertical
from labeling.datasets.models.pairs import Pair


class PairDoubt(models.Model):
    """Why a pair is suspicious, in the figures of :class:`labeling.datasets.suspicion.Doubt`.

    It says nothing of what has become of the pair since: that stands in the pair and its dispute.
    """

    pair = models.OneToOneField(Pair, primary_key=True, on_delete=models.CASCADE, related_name="doubt")
    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="+", db_index=False)
    category = models.FloatField()
    product = models.FloatField()
    strength = models.FloatField()

    class Meta:
        indexes = (
            # The page of suspicious pairs, the most contradicted first.
            models.Index(fields=["vertical", "-strength", "pair"], name="datasets_doubts_in_order"),
        )

    def __str__(self) -> str:
        return f"doubt about pair {self.pair_id}"


class Weighing(models.Model):
    """When a vertical's pairs were last weighed, or found unmoved since; how many counted then, and the newest of them."""

    vertical = models.OneToOneField(Vertical, primary_key=True, on_delete=models.CASCADE, related_name="weighing")
    pairs = models.PositiveIntegerField(default=0)
    last_pair = models.BigIntegerField(default=0)
    weighed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"weighing of {self.vertical_id}"
