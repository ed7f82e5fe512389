"""What we train on: human-confirmed pairs, and snapshots of them that never change."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.annotation.models import Grade, Resolution
from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.common.models import BoxFields, TimeStamped
from labeling.tags.models import TagReview


class Pair(TimeStamped, BoxFields):
    """A human-confirmed (scene, box, product, grade): the training datum. A withdrawn pair stays, with who and when.

    ``overruled`` is the brand owner's ruling that withdrew it, so that undoing the ruling brings it back. A curator may
    vouch for one that the models contradict.
    """

    class Source(models.TextChoices):
        ANNOTATORS = "annotators"
        BRAND = "brand"

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="pairs")
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="pairs")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="pairs")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="pairs")
    grade = models.CharField(max_length=7, choices=Grade.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    resolution = models.OneToOneField(Resolution, null=True, blank=True, on_delete=models.SET_NULL, related_name="pair")
    review = models.OneToOneField(TagReview, null=True, blank=True, on_delete=models.SET_NULL, related_name="pair")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    overruled = models.ForeignKey(
        TagReview, null=True, blank=True, on_delete=models.SET_NULL, related_name="pairs_overruled"
    )
    vouched_at = models.DateTimeField(null=True, blank=True)
    vouched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.CheckConstraint(condition=Q(grade__in=["exact", "similar"]), name="datasets_pair_has_a_match"),
        )
        indexes = (
            # The pairs page and the exports walk by key.
            models.Index(
                fields=["vertical", "id"], condition=Q(withdrawn_at__isnull=True), name="datasets_admitted_pairs"
            ),
        )


class Snapshot(models.Model):
    """A frozen, numbered, content-hashed list of pairs; its rows never change after ``frozen_at``."""

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    pairs = models.PositiveIntegerField()
    scenes = models.PositiveIntegerField()
    splits = models.JSONField(default=dict)
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
    """One pair as it was when the snapshot was frozen, with its split."""

    class Split(models.TextChoices):
        TRAIN = "train"
        VAL = "val"
        TEST = "test"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="rows")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="snapshot_rows")
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=7, choices=Grade.choices)
    split = models.CharField(max_length=5, choices=Split.choices)

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.UniqueConstraint(fields=["snapshot", "pair"], name="datasets_pair_once_a_snapshot"),
        )
