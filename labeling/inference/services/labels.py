"""Labels that others made, kept as proposals: their file stands for the detector and for whoever named the products.

Such a version has no weights and is never live; a scene has one scan of each file, so that no file counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from labeling.accounts.models import User
from labeling.catalog.models import Vertical
from labeling.common.audit import audit_record
from labeling.inference.models import Candidate, ModelVersion, Proposal, Scan
from labeling.inference.selectors import LABELS_PATH
from models_ml.types import Box

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled object: its box, what it is called there, and our category and product where there are such."""

    box: Box
    name: str
    category: int | None
    product: int | None
    score: float


@dataclass(frozen=True, slots=True)
class Labels:
    """The versions that stand for one file of labels."""

    detector: ModelVersion
    embedder: ModelVersion


@transaction.atomic
def labels_register(*, vertical: Vertical, name: str, fingerprint: str, actor: User | None = None) -> Labels:
    """Versions for a file of labels; the same content (sha256 in ``fingerprint``) is the same versions."""
    # Whoever numbers versions of this vertical goes one at a time.
    Vertical.objects.select_for_update(no_key=True).get(pk=vertical.pk)
    return Labels(*(_version(vertical, kind, name, fingerprint, actor) for kind in ModelVersion.Kind))


@transaction.atomic
def scans_import(*, labels: Labels, found: Mapping[int, Sequence[Label]]) -> set[int]:
    """Keep the labels of these scenes (by id) as proposals, in their order; a scene that has them already is left alone.

    A product that a label names is the first and only candidate. Returns the scenes that are new.
    """
    mine = {"detector": labels.detector, "embedder": labels.embedder}
    there = set(Scan.objects.filter(**mine, scene__in=found).values_list("scene_id", flat=True))
    now = timezone.now()
    scans = Scan.objects.bulk_create(
        [Scan(scene_id=pk, **mine, state=Scan.State.DONE, finished_at=now) for pk in found if pk not in there],
        batch_size=BATCH,
    )
    labelled = [(scan, position, label) for scan in scans for position, label in enumerate(found[scan.scene_id])]
    proposals = Proposal.objects.bulk_create(
        [
            Proposal(
                scan=scan,
                scene_id=scan.scene_id,
                position=position,
                category_id=label.category,
                detector_class=label.name[:100],
                score=label.score,
                left=label.box.left,
                top=label.box.top,
                right=label.box.right,
                bottom=label.box.bottom,
            )
            for scan, position, label in labelled
        ],
        batch_size=BATCH,
    )
    Candidate.objects.bulk_create(
        [
            Candidate(proposal=proposal, product_id=label.product, rank=1, score=label.score)
            for proposal, (_, _, label) in zip(proposals, labelled, strict=True)
            if label.product is not None
        ],
        batch_size=BATCH,
    )
    return {scan.scene_id for scan in scans}


def _version(vertical: Vertical, kind: str, name: str, fingerprint: str, actor: User | None) -> ModelVersion:
    mine = ModelVersion.objects.filter(vertical=vertical, kind=kind)
    if there := mine.filter(fingerprint=fingerprint).first():
        return there
    version = ModelVersion.objects.create(
        vertical=vertical,
        kind=kind,
        number=(mine.aggregate(last=Max("number"))["last"] or 0) + 1,
        path=f"{LABELS_PATH}{fingerprint}",
        fingerprint=fingerprint,
        config={"labels": name},
    )
    audit_record(actor=actor, verb="version.labels", subject=version, file=name, fingerprint=fingerprint)
    return version
