"""The work lent to people. Rows are the queue: one a seat."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from labeling.annotation.models.jobs import Campaign, Kind
from labeling.catalog.models import Category, Scene
from labeling.common.models import TimeStamped
from labeling.inference.models import Proposal, Retrieval, Scan

BURST_KINDS = (Kind.BOX_BURST, Kind.MATCH_BURST)


class SkipReason(models.TextChoices):
    """Why work was passed on."""

    NOT_MY_CATEGORY = "not_my_category", _("not my category")
    BAD_IMAGE = "bad_image", _("bad image")
    UNSAFE = "unsafe", _("unsafe")
    UNSURE = "unsure", _("unsure")
    DUPLICATE = "duplicate", _("duplicate")
    OTHER = "other", _("other")


class Burst(models.Model):
    """Objects of one category from several scenes, judged at one go. Which objects never changes once it is composed."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="bursts")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(kind__in=BURST_KINDS), name="annotation_burst_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class BurstItem(models.Model):
    """One question about one object: is it such a thing (box), or is it this product (match)?

    Without a ``burst`` it waits to be put into one. ``category`` is what it is asked as: the proposal's own, or what
    people made of it in a box burst; its candidates are then those of ``retrieval``. One with a ``plant`` is gold: it is
    shown as the plant says, and measures only. From the second ``look`` on it is asked of somebody who has not said a word
    about the object yet.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="burst_items")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="burst_items")
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="burst_items")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    retrieval = models.ForeignKey(Retrieval, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    burst = models.ForeignKey(Burst, null=True, blank=True, on_delete=models.SET_NULL, related_name="items")
    plant = models.OneToOneField(
        "annotation.Plant", null=True, blank=True, on_delete=models.CASCADE, related_name="item"
    )
    position = models.PositiveSmallIntegerField(default=0)
    look = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["campaign", "kind", "proposal", "look"], condition=Q(plant=None), name="annotation_item_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=BURST_KINDS), name="annotation_item_kind"),
        )
        indexes = (
            # Composing: what waits for a burst.
            models.Index(
                fields=["campaign", "kind", "category", "id"], condition=Q(burst=None), name="annotation_loose_items"
            ),
            # Whether a scene is finished.
            models.Index(fields=["campaign", "scene"], name="annotation_item_scene"),
        )


class Purpose(models.TextChoices):
    """What a seat is for. What is said on gold and in training measures only: nothing is drawn from it."""

    WORK = "work"
    GOLD = "gold"
    TRAINING = "training"


class Assignment(TimeStamped):
    """One seat at a scene or a burst. It waits, is lent to one annotator under a lease, and ends submitted or skipped.

    A campaign with overlap n has n rows (``slot`` 0 to n-1) for a scene or burst: capacity is a constraint, never a
    count. ``scan`` is the one shown, pinned when the seat is first lent and the same for all who see the scene; a seat is
    not ``ready`` until there is one. ``former`` maps the token of each lease that was lost to the annotator who held it,
    so that late work is known as theirs. ``client_uuid`` names the submission that counts, the ``version``-th of this
    person; ``past_uuids`` those it amends. ``settled`` says that what follows from it, tags and pairs included, was done.
    Until ``reserved_until`` a seat is its annotator's alone, whatever becomes of the lease; ``returned_reason`` says why
    a curator gave their work back to them.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"

    # Without an index of its own, as below where it says so: one of those of several columns begins with it.
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.SCENE)
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.WORK)
    scene = models.ForeignKey(Scene, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments")
    burst = models.ForeignKey(
        Burst, null=True, blank=True, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    slot = models.PositiveSmallIntegerField(default=0)
    priority = models.FloatField(default=0.0)
    ready = models.BooleanField(default=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assignments"
    )
    scan = models.ForeignKey(Scan, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    token = models.UUIDField(null=True, blank=True)
    former = models.JSONField(default=dict, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    reserved_until = models.DateTimeField(null=True, blank=True)
    returned_reason = models.CharField(max_length=500, blank=True)
    revision = models.PositiveIntegerField(default=0)
    draft = models.JSONField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)
    client_uuid = models.UUIDField(null=True, blank=True, unique=True)
    past_uuids = ArrayField(models.UUIDField(), default=list, blank=True)
    skip_reason = models.CharField(max_length=16, choices=SkipReason.choices, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    settled = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["campaign", "scene", "kind", "slot"], name="annotation_assignment_slot"),
            models.UniqueConstraint(fields=["campaign", "scene", "annotator"], name="annotation_one_seat_a_person"),
            models.UniqueConstraint(fields=["burst", "slot"], name="annotation_burst_slot"),
            models.UniqueConstraint(fields=["burst", "annotator"], name="annotation_one_burst_a_person"),
            models.CheckConstraint(
                condition=Q(kind__in=BURST_KINDS, burst__isnull=False, scene__isnull=True)
                | (~Q(kind__in=BURST_KINDS) & Q(burst__isnull=True, scene__isnull=False)),
                name="annotation_scene_or_burst",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(annotator__isnull=False), name="annotation_finished_by_someone"
            ),
        )
        indexes = (
            # Lending: the most urgent free seat of a campaign.
            models.Index(
                F("campaign"),
                F("priority").desc(),
                F("id"),
                condition=Q(state="waiting", ready=True),
                name="annotation_free_seats",
            ),
            # Lending: what this person holds already, however much they have finished.
            models.Index(fields=["annotator", "campaign"], condition=Q(state="waiting"), name="annotation_held_seats"),
            # Seats that wait for a scan.
            models.Index(
                fields=["campaign", "scene"], condition=Q(state="waiting", ready=False), name="annotation_unready_seats"
            ),
            # A person's own history.
            models.Index(
                F("annotator"),
                F("finished_at").desc(),
                F("id").desc(),
                condition=~Q(state="waiting"),
                name="annotation_history",
            ),
            # What is still to be settled, swept by the beat.
            models.Index(
                fields=["id"], condition=Q(settled=False) & ~Q(state="waiting"), name="annotation_unsettled_seats"
            ),
        )

    def __str__(self) -> str:
        return f"assignment {self.pk}: {self.state}"
