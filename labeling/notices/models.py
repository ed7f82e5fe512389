"""Where an owner wants to be told, and what was told: rows are the outbox."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.brands.models import DomainClaim
from labeling.common.models import TimeStamped


class NoticeChannel(TimeStamped):
    """A way to tell the owner of a place: a webhook at ``address``, or e-mail to the owner's account.

    ``secret`` signs what goes to a webhook; ``former_secret`` signs as well until ``former_until``, so that a receiver has time
    to change over. ``told_until`` is the last row that was told of, ``rests_until`` when the next notice may be made.
    """

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("webhook")
        EMAIL = "email", _("e-mail")

    claim = models.ForeignKey(DomainClaim, on_delete=models.CASCADE, related_name="notice_channels")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    address = models.CharField(max_length=2000)
    secret = models.CharField(max_length=80)
    former_secret = models.CharField(max_length=80, blank=True)
    former_until = models.DateTimeField(null=True, blank=True)
    open = models.BooleanField(default=True)
    told_until = models.BigIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["claim", "kind", "address"], condition=Q(open=True), name="notices_one_channel_an_address"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.address}"


class Notice(models.Model):
    """One thing to tell: ``body`` goes out as it is, with ``uuid`` for its id, until the other side takes it.

    The same notice may arrive more than once; its id tells a receiver so.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("delivered")
        FAILED = "failed", _("given up")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4)
    channel = models.ForeignKey(NoticeChannel, on_delete=models.CASCADE, related_name="notices")
    body = models.JSONField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    finding = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (
            # What is to be sent now.
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notices_due"),
        )

    def __str__(self) -> str:
        return f"notice {self.uuid}: {self.state}"
