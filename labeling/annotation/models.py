"""What people say: the work lent to them, their append-only decisions, and what these resolve to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.common.models import BoxFields, TimeStamped
from labeling.inference.models import Proposal, Scan


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


class SkipReason(models.TextChoices):
    """Why a scene was passed on."""

    NOT_MY_CATEGORY = "not_my_category", _("not my category")
    BAD_IMAGE = "bad_image", _("bad image")
    UNSAFE = "unsafe", _("unsafe")
    UNSURE = "unsure", _("unsure")
    DUPLICATE = "duplicate", _("duplicate")
    OTHER = "other", _("other")


class Campaign(TimeStamped):
    """One labeling job: ``overlap`` people see each scene; ``bulk_confirm`` allows confirming all that is left at once."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="campaigns")
    name = models.CharField(max_length=200)
    instructions = models.TextField(blank=True)
    overlap = models.PositiveSmallIntegerField(default=1)
    bulk_confirm = models.BooleanField(default=True)
    admit_pairs = models.BooleanField(default=True)
    blind_audit = models.BooleanField(default=False)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "name"], name="annotation_campaign_name"),
            models.CheckConstraint(condition=Q(overlap__gte=1), name="annotation_campaign_overlap"),
        )

    def __str__(self) -> str:
        return self.name


class Assignment(TimeStamped):
    """One seat at one scene of a campaign. It waits, is lent to one annotator under a lease, and ends submitted or skipped.

    A campaign with overlap n has n rows (``slot`` 0 to n-1) for a scene: capacity is a constraint, never a count.
    ``scan`` is the one shown, pinned when the seat is first lent and the same for all who see the scene. ``former`` maps
    the token of each lease that was lost to the annotator who held it, so that late work is known as theirs.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="assignments")
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="assignments")
    slot = models.PositiveSmallIntegerField(default=0)
    priority = models.FloatField(default=0.0)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assignments"
    )
    scan = models.ForeignKey(Scan, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    token = models.UUIDField(null=True, blank=True)
    former = models.JSONField(default=dict, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    draft = models.JSONField(null=True, blank=True)
    client_uuid = models.UUIDField(null=True, blank=True, unique=True)
    skip_reason = models.CharField(max_length=16, choices=SkipReason.choices, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["campaign", "scene", "slot"], name="annotation_assignment_slot"),
            models.UniqueConstraint(fields=["campaign", "scene", "annotator"], name="annotation_one_seat_a_person"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(annotator__isnull=False), name="annotation_finished_by_someone"
            ),
        )
        indexes = (
            # Lending: the most urgent free seat of a campaign.
            models.Index(
                F("campaign"), F("priority").desc(), F("id"), condition=Q(state="waiting"), name="annotation_free_seats"
            ),
        )

    def __str__(self) -> str:
        return f"assignment {self.pk}: {self.state}"


class Annotation(BoxFields):
    """One annotator's decision about one object. Append-only; the client's UUID makes a repeat harmless."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="annotations")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotations")
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="annotations")
    proposal = models.ForeignKey(Proposal, null=True, blank=True, on_delete=models.PROTECT, related_name="annotations")
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="annotations")
    grade = models.CharField(max_length=7, choices=Grade.choices, blank=True)
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
                condition=(
                    Q(verdict="rejected", grade="", product__isnull=True)
                    | (~Q(verdict="rejected") & Q(grade__in=["exact", "similar"], product__isnull=False))
                    | (~Q(verdict="rejected") & Q(grade="none", product__isnull=True))
                ),
            ),
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
