"""What the models say. Proposals and candidates are immutable and carry the versions that made them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.catalog.models import Category, Product, Scene, Vertical
from labeling.common.models import BoxFields, TimeStamped


class ModelVersion(TimeStamped):
    """Immutable weights. ``path`` is relative to MODELS_ROOT, ``fingerprint`` the sha256 of the weights' file of ``size`` bytes.

    ``recipe`` says how they were trained, ``code`` by which revision, ``snapshot_hash`` on what; ``live_at`` is when they last
    went live.
    """

    class Kind(models.TextChoices):
        DETECTOR = "detector"
        EMBEDDER = "embedder"

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="model_versions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField()
    path = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)
    metrics = models.JSONField(default=dict)
    config = models.JSONField(default=dict)
    recipe = models.JSONField(default=dict)
    code = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    snapshot_hash = models.CharField(max_length=64, blank=True)
    live = models.BooleanField(default=False)
    live_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical", "kind", "number"], name="inference_version_number"),
            models.UniqueConstraint(fields=["vertical", "kind", "fingerprint"], name="inference_version_weights"),
            models.UniqueConstraint(
                fields=["vertical", "kind"], condition=Q(live=True), name="inference_one_live_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.vertical.slug} {self.kind} {self.number}"


class IndexBuild(TimeStamped):
    """An index of a vertical's products, one part a category, made by exactly one embedder version.

    ``path`` is relative to INDEX_ROOT; ``catalogue_hash`` says which product pictures it holds, ``recall`` what share of the
    true neighbours it found by category when it was checked against exact search. It has taken in every change of the
    catalogue by a transaction before number ``seen``, null where nobody knows.
    """

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="index_builds")
    embedder = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="index_builds")
    path = models.CharField(max_length=300)
    products = models.PositiveIntegerField()
    catalogue_hash = models.CharField(max_length=64)
    recall = models.JSONField(default=dict)
    seen = models.BigIntegerField(null=True, blank=True)
    live = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["vertical"], condition=Q(live=True), name="inference_one_live_index"),
        )

    def __str__(self) -> str:
        return f"{self.vertical.slug} index {self.pk}"


class CatalogueChange(models.Model):
    """A product that came, went or changed in what an index holds of it, by the transaction ``xact``.

    The database writes these rows, whoever changes the catalogue; the product may be gone.
    """

    vertical = models.ForeignKey(
        Vertical, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    product_id = models.BigIntegerField()
    xact = models.BigIntegerField()

    class Meta:
        indexes = (
            # What an index has not seen yet.
            models.Index(fields=["vertical", "xact"], name="inference_change_xact"),
        )


class IndexChange(models.Model):
    """A product as it is in an index since that was built; a null ``category`` says that it is not in it any more.

    Whoever searches the index brings it up to these rows first, in their order: the newest of a product holds. ``vector``
    is float32 by the embedder that made the index.
    """

    index = models.ForeignKey(IndexBuild, on_delete=models.CASCADE, related_name="changes", db_index=False)
    product_id = models.BigIntegerField()
    category = models.CharField(max_length=100, null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    vector = models.BinaryField(default=b"")
    price = models.FloatField(null=True)
    brand_id = models.BigIntegerField(null=True)
    available = models.BooleanField(default=True)

    class Meta:
        indexes = (
            # What a process has not taken in yet.
            models.Index(fields=["index", "id"], name="inference_index_change"),
            # The newest of a product.
            models.Index(fields=["index", "product_id", "id"], name="inference_change_product"),
        )


class Scan(TimeStamped):
    """One pass of a detector and an embedder over one scene: the row the inference queue is made of."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="scans")
    detector = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    embedder = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    index = models.ForeignKey(IndexBuild, null=True, blank=True, on_delete=models.SET_NULL, related_name="scans")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    nudged_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["scene", "detector", "embedder"], name="inference_one_scan_a_version"),
        )
        indexes = (
            # The queue, swept by the beat.
            models.Index(fields=["nudged_at", "id"], condition=Q(state="waiting"), name="inference_scan_waiting"),
        )

    def __str__(self) -> str:
        return f"scan {self.pk}: {self.state}"


class Proposal(BoxFields):
    """A stored detection: box, detector class, score. ``category`` is null where the taxonomy has no such class."""

    scan = models.ForeignKey(Scan, on_delete=models.CASCADE, related_name="proposals")
    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="proposals")
    position = models.PositiveSmallIntegerField()
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals")
    detector_class = models.CharField(max_length=100)
    score = models.FloatField()

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.UniqueConstraint(fields=["scan", "position"], name="inference_proposal_position"),
        )


class Candidate(models.Model):
    """A stored match of a proposal. The whole slate is kept: what was not chosen is the hard negative."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="candidates")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()

    class Meta:
        ordering = ("rank",)
        constraints = (models.UniqueConstraint(fields=["proposal", "rank"], name="inference_candidate_rank"),)


class Retrieval(TimeStamped, BoxFields):
    """Candidates asked for again, because a person moved a box or changed its category.

    ``candidates`` is ``[{"product": id, "score": cosine, "rank": 1..}]``; a null category searches the whole vertical.
    ``wishes`` is the JSON form of :class:`~labeling.inference.findings.Wishes`.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="retrievals")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    wishes = models.JSONField(default=dict, blank=True)
    candidates = models.JSONField(default=list)
    index = models.ForeignKey(IndexBuild, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    error = models.TextField(blank=True)

    class Meta(BoxFields.Meta):
        indexes = (
            # The queue, swept by the beat.
            models.Index(fields=["id"], condition=Q(state="waiting"), name="inference_retrieval_waiting"),
        )
