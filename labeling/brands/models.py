"""A brand owner's proven hold on a place of the web, and the choice of what may happen there."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from labeling.catalog.models import Brand, Category
from labeling.common.models import TimeStamped


class Policy(models.TextChoices):
    """What may happen with scenes of a claimed place."""

    OPEN = "open", _("tags go live")
    REVIEW_FIRST = "review_first", _("tags wait for the owner")
    CLOSED = "closed", _("no tags")


class DomainClaim(TimeStamped):
    """A claim to a domain, subdomain or subpath; one verified claim a place, the more specific wins.

    ``proof`` says which of the three was found last; a claim given by hand has none and is not looked at again. ``sightings``
    are what the last look saw, by proof. ``due_at`` is the next look, ``missing_since`` when the proof of a verified claim
    was first not found: it lapses once the days of grace are over. ``policy`` and what follows it are the owner's choice and
    are kept whatever becomes of the claim.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for proof")
        VERIFIED = "verified", _("verified")
        FAILED = "failed", _("proof not found")
        EXPIRED = "expired", _("token expired")
        CONTESTED = "contested", _("held by another")
        LAPSED = "lapsed", _("lapsed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Proof(models.TextChoices):
        DNS = "dns", _("TXT record")
        FILE = "file", _("file")
        META = "meta", _("meta tag")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="claims")
    domain = models.CharField(max_length=253)
    path = models.CharField(max_length=500, blank=True)
    place = models.GeneratedField(
        expression=Concat("domain", "path"), output_field=models.CharField(max_length=753), db_persist=True
    )
    token = models.CharField(max_length=64)
    token_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    proof = models.CharField(max_length=4, choices=Proof.choices, blank=True)
    finding = models.TextField(blank=True)
    sightings = models.JSONField(default=list, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)
    policy = models.CharField(max_length=12, choices=Policy.choices, default=Policy.CLOSED)
    only_own = models.BooleanField(default=False)
    blocked_categories = models.ManyToManyField(Category, blank=True, related_name="+")
    blocked_brands = models.ManyToManyField(Brand, blank=True, related_name="+")
    blocked_domains = ArrayField(models.CharField(max_length=753), default=list, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["domain", "path"], condition=Q(state="verified"), name="brands_one_holder_a_place"
            ),
            models.UniqueConstraint(
                fields=["owner", "domain", "path"],
                condition=~Q(state__in=["withdrawn", "refused"]),
                name="brands_one_claim_an_owner",
            ),
        )
        indexes = (
            # Which claim rules a page.
            models.Index(fields=["place"], condition=Q(state="verified"), name="brands_ruling"),
            # The next looks.
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="brands_due"),
        )

    def __str__(self) -> str:
        return f"{self.domain}{self.path}"
