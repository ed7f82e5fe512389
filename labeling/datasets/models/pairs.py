"""Human-confirmed pairs, who said so, and what a curator did to many of them at once."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from labeling.annotation.models import Grade, Resolution
from labeling.catalog.models import Brand, Category, Product, Scene, Vertical
from labeling.common.models import BoxFields, TimeStamped
from labeling.tags.models import TagReview


class Pair(TimeStamped, BoxFields):
    """A human-confirmed (scene, box, product, grade): the training datum. A withdrawn pair stays, with who and when.

    ``overruled`` is the brand owner's ruling that withdrew it, so that undoing the ruling brings it back. A curator may
    vouch for one that the models contradict.

    What pairs are looked for by stands in each of them and is kept by the database, whoever writes: ``filed_under`` is its
    category, or else its product's; ``brand`` its product's; ``domain`` the host of its scene's page. ``agreement`` in
    [0, 1] is that of the people it comes from, ``score`` the cosine its slate gave the product, null where it was on none;
    both are as they were when it was made.
    """

    class Source(models.TextChoices):
        ANNOTATORS = "annotators"
        BRAND = "brand"

    vertical = models.ForeignKey(Vertical, on_delete=models.CASCADE, related_name="pairs", db_index=False)
    scene = models.ForeignKey(Scene, on_delete=models.PROTECT, related_name="pairs")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="pairs")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="pairs", db_index=False)
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
    filed_under = models.ForeignKey(
        Category, null=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    brand = models.ForeignKey(
        Brand, null=True, editable=False, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    domain = models.CharField(max_length=253, blank=True, editable=False)
    agreement = models.FloatField(null=True, editable=False)
    score = models.FloatField(null=True, editable=False)

    class Meta(BoxFields.Meta):
        constraints = (
            *BoxFields.Meta.constraints,
            models.CheckConstraint(condition=Q(grade__in=["exact", "similar"]), name="datasets_pair_has_a_match"),
        )
        indexes = (
            # The exports walk by key.
            models.Index(
                fields=["vertical", "id"], condition=Q(withdrawn_at__isnull=True), name="datasets_admitted_pairs"
            ),
            # The pairs page, newest first, narrowed by one thing; see selectors/finding.py.
            models.Index(fields=["vertical", "created_at", "id"], name="datasets_pair_of_vertical"),
            models.Index(fields=["filed_under", "created_at", "id"], name="datasets_pair_of_category"),
            models.Index(fields=["product", "created_at", "id"], name="datasets_pair_of_product"),
            models.Index(fields=["brand", "created_at", "id"], name="datasets_pair_of_brand"),
            models.Index(fields=["domain", "created_at", "id"], name="datasets_pair_of_domain"),
            models.Index(
                fields=["created_at", "id"], condition=Q(withdrawn_at__isnull=False), name="datasets_withdrawn_pairs"
            ),
            models.Index(fields=["created_at", "id"], condition=Q(grade="similar"), name="datasets_similar_pairs"),
            models.Index(fields=["created_at", "id"], condition=Q(source="brand"), name="datasets_owners_pairs"),
            models.Index(fields=["agreement"], name="datasets_pair_agreement"),
            models.Index(fields=["score"], name="datasets_pair_score"),
        )


class PairVoice(models.Model):
    """One person whose answer a pair rests on. The database keeps these; ``created_at`` is the pair's."""

    pair = models.ForeignKey(Pair, on_delete=models.CASCADE, related_name="voices", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["pair", "person"], name="datasets_one_voice_a_pair"),)
        indexes = (
            # A person's pairs, newest first.
            models.Index(fields=["person", "created_at", "pair"], name="datasets_pair_of_person"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} on pair {self.pair_id}"


class Curation(models.Model):
    """What a curator did to many pairs at one go, so that it can be taken back at one go.

    ``before`` is how each stood: ``[[pair, withdrawn at or null, withdrawn by or null, overruled by or null], ...]``.
    """

    class Verb(models.TextChoices):
        WITHDRAW = "withdraw"
        ADMIT = "admit"

    verb = models.CharField(max_length=8, choices=Verb.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    before = models.JSONField(default=list)
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.verb} {len(self.before)} pairs"


class PairChoice(models.Model):
    """Pairs that a person picked out elsewhere, such as on the map, to look at them as a list."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    pairs = ArrayField(models.BigIntegerField())
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{len(self.pairs)} chosen pairs"
