"""What shoppers may see, always with the reason; and the automation that may publish without a person."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.annotation.models import Grade, Resolution
from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.common.models import BoxFields, TimeStamped
from labeling.inference.models import Proposal


class Tag(TimeStamped, BoxFields):
    """A product at a place in a scene. ``reason`` says in words why it is live, held or hidden.

    While ``ruled``, a ruling of the owner of the place stands, and nobody but the owner changes the tag. Where nothing but
    the policy of its place keeps a tag from shoppers, ``was_state`` and ``was_reason`` are what it has been, and will be
    again when the owner changes their mind.
    """

    class Source(models.TextChoices):
        HUMAN = "human", _("people")
        MODEL = "model", _("automation")
        BRAND = "brand", _("brand owner")

    class State(models.TextChoices):
        LIVE = "live", _("live")
        HELD = "held", _("held")
        HIDDEN = "hidden", _("hidden")

    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="tags")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="tags")
    grade = models.CharField(max_length=7, choices=Grade.choices)
    source = models.CharField(max_length=5, choices=Source.choices)
    state = models.CharField(max_length=6, choices=State.choices)
    reason = models.CharField(max_length=300)
    ruled = models.BooleanField(default=False)
    was_state = models.CharField(max_length=6, choices=State.choices, blank=True)
    was_reason = models.CharField(max_length=300, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    proposal = models.ForeignKey(Proposal, null=True, blank=True, on_delete=models.SET_NULL, related_name="tags")
    resolution = models.ForeignKey(Resolution, null=True, blank=True, on_delete=models.SET_NULL, related_name="tags")

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(source="model"), name="tags_one_automatic_tag_a_proposal"
            ),
            models.UniqueConstraint(
                fields=["resolution"], condition=Q(source="human"), name="tags_one_human_tag_a_resolution"
            ),
        )
        indexes = (
            # The look of a scene.
            models.Index(fields=["scene"], condition=Q(state="live"), name="tags_live_of_scene"),
            # What waits for a brand owner.
            models.Index(fields=["scene", "id"], condition=Q(state="held"), name="tags_held"),
            # What owners have ruled in a scene, which nothing new may go against.
            models.Index(fields=["scene"], condition=Q(ruled=True), name="tags_ruled_of_scene"),
        )

    def __str__(self) -> str:
        return f"tag {self.pk}: {self.state}"


class TagReview(models.Model):
    """A brand owner's ruling on a tag, or the undoing of one. Append-only; the client's UUID makes a repeat harmless.

    ``refused`` is the product that the owner says is not the one in the picture: what a correction replaced, or what was
    hidden as wrong. ``before`` is what the tag was: its state, source, grade, reason, product and whether it was ruled.
    """

    class Ruling(models.TextChoices):
        APPROVE = "approve", _("approve")
        HIDE = "hide", _("hide")
        CORRECT = "correct", _("correct")
        UNDO = "undo", _("undo")

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ruling = models.CharField(max_length=7, choices=Ruling.choices)
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    refused = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="refusals")
    reason = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)
    undoes = models.OneToOneField("self", null=True, blank=True, on_delete=models.CASCADE, related_name="undoing")
    client_uuid = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="tags_correction_names_a_product",
                condition=Q(ruling="correct", product__isnull=False) | (~Q(ruling="correct") & Q(product__isnull=True)),
            ),
            models.CheckConstraint(
                name="tags_undo_names_a_ruling",
                condition=Q(ruling="undo", undoes__isnull=False) | (~Q(ruling="undo") & Q(undoes__isnull=True)),
            ),
        )
        indexes = (
            # The history of one tag, newest first.
            models.Index(fields=["tag", "-id"], name="tags_reviews_of_tag"),
        )


class AutomationPolicy(TimeStamped):
    """For one category, or with none for the whole vertical: publish alone what is surer than ``threshold``.

    ``calibration`` is the JSON form of a :class:`~models_ml.confidence.Confidence`: it turns the signals of a tag into the
    probability that it is right. ``threshold`` is such a probability, null while the evidence does not bear the target.
    ``report`` says what the last fit saw. Audits since ``resumed_at`` watch over what it publishes: every object that is
    sure enough, or with the reach of a scene only its surest object, which tags more scenes at the same precision.
    """

    class Reach(models.TextChoices):
        OBJECT = "object", _("every object that is sure enough")
        SCENE = "scene", _("the surest object of each scene")

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="automation_policies")
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.CASCADE, related_name="automation_policies"
    )
    enabled = models.BooleanField(default=False)
    target_precision = models.FloatField(default=0.95)
    audit_share = models.FloatField(default=0.05)
    reach = models.CharField(max_length=6, choices=Reach.choices, default=Reach.OBJECT)
    calibration = models.JSONField(default=dict)
    threshold = models.FloatField(null=True, blank=True)
    evidence = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)
    fitted_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "automation policies"
        constraints = (
            models.UniqueConstraint(
                fields=["vertical", "category"], nulls_distinct=False, name="tags_one_policy_a_category"
            ),
            models.CheckConstraint(
                condition=Q(target_precision__gt=0, target_precision__lt=1), name="tags_policy_target"
            ),
        )


class Audit(models.Model):
    """An automatic tag picked for blind judgement by people; ``asked_at`` is when it went to them.

    One that was ``drawn`` at random says how well its policy does; one that was picked because shoppers look at it does not.
    """

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, related_name="audit")
    policy = models.ForeignKey(AutomationPolicy, on_delete=models.CASCADE, related_name="audits")
    drawn = models.BooleanField(default=True)
    correct = models.BooleanField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (
            # What is still to be asked, and what watches over a policy.
            models.Index(fields=["id"], condition=Q(asked_at=None), name="tags_audits_unasked"),
            models.Index(fields=["policy", "judged_at"], name="tags_audits_of_policy"),
        )


class TagEvent(models.Model):
    """One thing that happened to a tag: how it stood from then on, why, and by whose doing. Append-only.

    ``policy``, ``confidence`` and ``threshold`` say what automation went by, ``resolution`` what people came to, ``review``
    what the owner of the place ruled, and ``actor`` who it was where it was one person.
    """

    class Cause(models.TextChoices):
        PEOPLE = "people", _("people's decisions")
        AUTOMATION = "automation", _("automation")
        STOP = "stop", _("automation was stopped")
        OWNER = "owner", _("ruling of the owner")
        PLACE = "place", _("policy of the place")

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="history")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    state = models.CharField(max_length=6, choices=Tag.State.choices)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    policy = models.ForeignKey(AutomationPolicy, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    resolution = models.ForeignKey(Resolution, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    review = models.ForeignKey(TagReview, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    confidence = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["tag", "id"], name="tags_history"),)


class JudgeSet(models.Model):
    """A fixed random set of boxes that were served; what each maker puts first at them is graded blind.

    A maker is an embedder's version, or the ranking that is served. ``makers`` are those that were entered.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="judge_sets")
    seed = models.PositiveIntegerField()
    makers = ArrayField(models.CharField(max_length=100), default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["vertical", "seed"], name="tags_one_judge_set_a_seed"),)

    def __str__(self) -> str:
        return f"{self.vertical.slug} judge set {self.seed}"


class JudgeBox(BoxFields):
    """One of the boxes of a set."""

    judge_set = models.ForeignKey(JudgeSet, on_delete=models.CASCADE, related_name="boxes")
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class JudgeItem(models.Model):
    """A product that at least one maker put first at a box: asked once, whoever they are. ``makers`` are never shown."""

    judge_box = models.ForeignKey(JudgeBox, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    makers = ArrayField(models.CharField(max_length=100), default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["judge_box", "product"], name="tags_judged_once"),)


class Judgement(models.Model):
    """One judge's grade of one item. ``seconds`` is active time; judged again, the newest counts."""

    item = models.ForeignKey(JudgeItem, on_delete=models.CASCADE, related_name="judgements")
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=7, choices=Grade.choices)
    seconds = models.FloatField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["item", "judge"], name="tags_one_judgement_a_judge"),)
