"""Snapshots of the pairs that never change, and whether their splits were found to leak."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from labeling.annotation.models import Grade
from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.common.models import BoxFields
from labeling.datasets.models.pairs import Pair


class Snapshot(models.Model):
    """A frozen, numbered, content-hashed list of pairs. Once it has its hash the database refuses to change it or its rows.

    ``statistics`` counts what is in it, ``card`` is its dataset card (Markdown); ``licence`` is what the curator says about
    the use of it. ``left_out`` pairs were admitted and not frozen, since they would have leaked.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    pairs = models.PositiveIntegerField()
    scenes = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0)
    splits = models.JSONField(default=dict)
    statistics = models.JSONField(default=dict)
    card = models.TextField(blank=True)
    licence = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=300, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    frozen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["vertical", "number"], name="datasets_snapshot_number"),)

    def __str__(self) -> str:
        return f"{self.vertical.slug} snapshot {self.number}"


class SnapshotRow(BoxFields):
    """One pair as it was when the snapshot was frozen.

    ``split`` is its scene's; ``product_split`` its product's: an embedder learns from no product of ``test``.
    It is empty in the rows of the first snapshots, which had none.
    """

    class Split(models.TextChoices):
        TRAIN = "train"
        VAL = "val"
        TEST = "test"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="rows", db_index=False)
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="snapshot_rows")
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=7, choices=Grade.choices)
    split = models.CharField(max_length=5, choices=Split.choices)
    product_split = models.CharField(max_length=5, choices=Split.choices, blank=True)

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.UniqueConstraint(fields=["snapshot", "pair"], name="datasets_pair_once_a_snapshot"),
        )


class LeakReport(models.Model):
    """What a search for leaks between the splits of a snapshot came to.

    ``leaks`` is ``[{"kind", "left", "right", "words"}, ...]``, the first of each kind; ``counts`` how many there are of each
    kind; ``unseen`` how many of its scenes and products nobody had looked at for likeness.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="leak_reports")
    counts = models.JSONField(default=dict)
    leaks = models.JSONField(default=list)
    unseen = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"leak report {self.pk} of snapshot {self.snapshot_id}"

    @property
    def is_clean(self) -> bool:
        """Whether none was found."""
        return not any(self.counts.values())

    @property
    def is_whole(self) -> bool:
        """Whether every picture was compared."""
        return not any(self.unseen.values())
