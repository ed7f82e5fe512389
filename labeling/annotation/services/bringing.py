"""What others have labelled elsewhere, brought in: put before people, taken as decided, or taken for gold."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, Campaign, Gold, Grade, Verdict
from labeling.catalog.models import Vertical
from labeling.inference.models import Proposal, Scan

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a proposed object: its product and how well that matches; without a product the box alone."""

    proposal: Proposal
    product: int | None
    grade: str

    @property
    def answer(self) -> tuple[int | None, str]:
        """Product and grade as the database takes them: a product without a grade is exact, ``none`` goes without one."""
        if self.product is None or self.grade == Grade.NONE:
            return None, Grade.NONE if self.grade == Grade.NONE else ""
        return self.product, self.grade or Grade.EXACT


@transaction.atomic
def seats_bring(*, campaign: Campaign, scans: Iterable[Scan]) -> int:
    """Put these scans before people, whatever the live models say of the same scenes; returns how many seats are new."""
    scans = list(scans)
    known = _seated(campaign, scans)
    seats = [
        Assignment(campaign=campaign, scene_id=scan.scene_id, scan=scan, slot=slot)
        for scan in scans
        if scan.scene_id not in known
        for slot in range(campaign.overlap)
    ]
    return len(Assignment.objects.bulk_create(seats, batch_size=BATCH))


@transaction.atomic
def decisions_bring(
    *, campaign: Campaign, annotator: User, decided: Sequence[tuple[Scan, Sequence[Known]]]
) -> list[Assignment]:
    """Take what is known of these scans as confirmed by ``annotator``; a scene this campaign holds already is left alone.

    Returns the seats, finished and to be settled.
    """
    known = _seated(campaign, [scan for scan, _ in decided])
    fresh = [(scan, objects) for scan, objects in decided if scan.scene_id not in known]
    now = timezone.now()
    seats = Assignment.objects.bulk_create(
        [
            Assignment(
                campaign=campaign,
                scene_id=scan.scene_id,
                scan=scan,
                annotator=annotator,
                state=Assignment.State.SUBMITTED,
                client_uuid=uuid.uuid4(),
                finished_at=now,
            )
            for scan, _ in fresh
        ],
        batch_size=BATCH,
    )
    Annotation.objects.bulk_create(
        [
            _annotation(seat, annotator, each)
            for seat, (_, objects) in zip(seats, fresh, strict=True)
            for each in objects
        ],
        batch_size=BATCH,
    )
    return seats


@transaction.atomic
def golds_bring(*, vertical: Vertical, objects: Sequence[Known], actor: User | None) -> int:
    """Make gold of these proposals; what is gold already stays as it is. Returns how many are new."""
    there = set(
        Gold.objects.filter(proposal__in=[each.proposal for each in objects]).values_list("proposal", flat=True)
    )
    golds = []
    for each in objects:
        if each.proposal.pk not in there:
            product, grade = each.answer
            golds.append(
                Gold(
                    **each.proposal.box._asdict(),
                    vertical=vertical,
                    scene_id=each.proposal.scene_id,
                    proposal=each.proposal,
                    accepted=True,
                    category_id=each.proposal.category_id,
                    product_id=product,
                    grade=grade,
                    made_by=actor,
                )
            )
    return len(Gold.objects.bulk_create(golds, batch_size=BATCH))


def _seated(campaign: Campaign, scans: Sequence[Scan]) -> set[int | None]:
    seats = campaign.assignments.filter(scene__in=[scan.scene_id for scan in scans])
    return set(seats.values_list("scene", flat=True))


def _annotation(seat: Assignment, annotator: User, known: Known) -> Annotation:
    product, grade = known.answer
    return Annotation(
        **known.proposal.box._asdict(),
        assignment=seat,
        campaign_id=seat.campaign_id,
        annotator=annotator,
        scene_id=known.proposal.scene_id,
        proposal=known.proposal,
        verdict=Verdict.CONFIRMED,
        category_id=known.proposal.category_id,
        product_id=product,
        grade=grade,
        client_uuid=uuid.uuid4(),
    )
