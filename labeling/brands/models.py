"""A brand owner's proven hold on a place of the web, and the choice of what may happen there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.catalog.models import Brand
from labeling.common.models import TimeStamped


class Policy(models.TextChoices):
    """What may happen with scenes of a claimed place."""

    OPEN = "open", _("tags go live")
    REVIEW_FIRST = "review_first", _("tags wait for the owner")
    CLOSED = "closed", _("no tags")


class DomainClaim(TimeStamped):
    """A claim to a domain, subdomain or subpath; one verified claim a place, the more specific wins."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for proof")
        VERIFIED = "verified", _("verified")
        FAILED = "failed", _("proof not found")
        WITHDRAWN = "withdrawn", _("withdrawn")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    brand = models.ForeignKey(Brand, null=True, blank=True, on_delete=models.SET_NULL, related_name="claims")
    domain = models.CharField(max_length=253)
    path = models.CharField(max_length=500, blank=True)
    token = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    policy = models.CharField(max_length=12, choices=Policy.choices, default=Policy.CLOSED)
    finding = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["domain", "path"], condition=Q(state="verified"), name="brands_one_holder_a_place"
            ),
            models.UniqueConstraint(
                fields=["owner", "domain", "path"], condition=~Q(state="withdrawn"), name="brands_one_claim_an_owner"
            ),
        )

    def __str__(self) -> str:
        return self.place

    @property
    def place(self) -> str:
        """The domain with its path, as a person writes it."""
        return f"{self.domain}{self.path}"
