"""Setting up a labeling job."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from django.db import IntegrityError, transaction

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Campaign
from labeling.catalog.models import Scene, Vertical
from labeling.common.audit import audit_record
from labeling.common.errors import ApplicationError, ConflictError

BATCH = 1000


@transaction.atomic
def campaign_create(
    *,
    vertical: Vertical,
    name: str,
    actor: User | None = None,
    instructions: str = "",
    overlap: int = 1,
    bulk_confirm: bool = True,
    admit_pairs: bool = True,
    blind_audit: bool = False,
) -> Campaign:
    """An open campaign without scenes; ``overlap`` people will see each."""
    if overlap < 1:
        raise ApplicationError(
            "At least one person must see each scene: set overlap to 1 or more.", fields={"overlap": "min 1"}
        )
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                vertical=vertical,
                name=name,
                instructions=instructions,
                overlap=overlap,
                bulk_confirm=bulk_confirm,
                admit_pairs=admit_pairs,
                blind_audit=blind_audit,
                created_by=actor,
            )
    except IntegrityError as error:
        raise ConflictError(
            f"{vertical} has a campaign “{name}” already. Choose another name.", fields={"name": "taken"}
        ) from error
    audit_record(actor=actor, verb="campaign created", subject=campaign, name=name)
    return campaign


@transaction.atomic
def campaign_fill(*, campaign: Campaign, scenes: Iterable[Scene], priority: float = 0.0) -> int:
    """Add the seats of these scenes; scenes that are there already are left alone. Returns how many seats are new."""
    before = campaign.assignments.count()
    waiting = iter(scenes)
    while batch := list(islice(waiting, BATCH)):
        for scene in batch:
            if scene.vertical_id != campaign.vertical_id:
                raise ApplicationError(
                    f"Scene {scene.external_id} is of another vertical than the campaign {campaign.name}."
                )
        seats = [
            Assignment(campaign=campaign, scene=scene, slot=slot, priority=priority)
            for scene in batch
            for slot in range(campaign.overlap)
        ]
        Assignment.objects.bulk_create(seats, ignore_conflicts=True)
    return campaign.assignments.count() - before
