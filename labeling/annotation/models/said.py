"""What people said, and what it came to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.annotation.models.jobs import Campaign
from labeling.annotation.models.work import Assignment
from labeling.catalog.models import Category, Product, Scene
from labeling.common.models import BoxFields
from labeling.inference.models import Proposal


class Verdict(models.TextChoices):
    """What a person says of a box."""

    CONFIRMED = "confirmed", _("confirmed")
    ADJUSTED = "adjusted", _("adjusted")
    ADDED = "added", _("added")
    REJECTED = "rejected", _("rejected")


class Grade(models.TextChoices):
    """How well a product matches; none means that nothing in the catalogue does."""

    EXACT = "exact", _("exact")
    SIMILAR = "similar", _("similar")
    NONE = "none", _("none")


class Annotation(BoxFields):
    """One annotator's decision about one object. Append-only; the client's UUID makes a repeat harmless.

    An accepted box without a grade comes from a box burst, which does not ask for the product. Of several decisions of
    one person about one object the newest counts. ``seconds`` is the active time spent on the object. What was said of a
    ``planted`` object measures only.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="annotations")
    # Without indexes of their own: those of several columns below begin with them.
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="annotations", db_index=False)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotations", db_index=False
    )
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="annotations")
    proposal = models.ForeignKey(Proposal, null=True, blank=True, on_delete=models.PROTECT, related_name="annotations")
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="annotations")
    grade = models.CharField(max_length=7, choices=Grade.choices, blank=True)
    planted = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)
    comment = models.CharField(max_length=1000, blank=True)
    flagged = models.BooleanField(default=False)
    client_uuid = models.UUIDField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.CheckConstraint(
                name="annotation_added_without_proposal",
                condition=Q(verdict="added", proposal__isnull=True) | (~Q(verdict="added") & Q(proposal__isnull=False)),
            ),
            models.CheckConstraint(
                name="annotation_grade_fits",
                condition=Q(grade__in=["exact", "similar"], product__isnull=False) & ~Q(verdict="rejected")
                | Q(grade="none", product__isnull=True) & ~Q(verdict="rejected")
                | Q(grade="", product__isnull=True),
            ),
        )
        indexes = (
            # What was said of a scene in a campaign.
            models.Index(fields=["campaign", "scene"], name="annotation_of_scene"),
            # A person's pace.
            models.Index(fields=["annotator", "created_at"], name="annotation_of_person"),
            # What annotators ask the curator to look at.
            models.Index(fields=["-id"], condition=Q(flagged=True) | ~Q(comment=""), name="annotation_remarks"),
        )


class Resolution(BoxFields):
    """What the annotations of one object of a scene came to. Replaced, never edited, when consensus changes its mind."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="resolutions")
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="resolutions")
    proposal = models.ForeignKey(Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="resolutions")
    accepted = models.BooleanField()
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="resolutions")
    grade = models.CharField(max_length=7, choices=Grade.choices, blank=True)
    agreement = models.FloatField(default=1.0)
    annotations = models.ManyToManyField(Annotation, related_name="resolutions")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BoxFields.Meta):
        constraints = (*BoxFields.Meta.constraints,)
        indexes = (
            # What is known of a scene.
            models.Index(fields=["scene", "campaign"]),
        )
