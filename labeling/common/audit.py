"""Writing the audit log: call it in the transaction of the act it records."""

from __future__ import annotations

from django.db import models

from labeling.common.models import AuditEvent


def audit_record(*, actor: models.Model | None, verb: str, subject: models.Model, **detail: object) -> AuditEvent:
    """Append one event. ``actor`` is the user, or None for automation; ``detail`` must be JSON."""
    return AuditEvent.objects.create(
        actor_id=actor.pk if actor is not None else None,
        verb=verb,
        subject=subject._meta.label_lower,
        subject_id=subject.pk,
        detail=detail,
    )
