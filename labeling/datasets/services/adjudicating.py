"""What a curator's word about people's work means for tags and pairs."""

from __future__ import annotations

from django.db import transaction

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Dispute
from labeling.annotation.services import assignment_return, dispute_rule
from labeling.catalog.models import Category, Product
from labeling.datasets.services.concluding import resolutions_go_back_on, scene_conclude
from models_ml.types import Box


@transaction.atomic
def dispute_conclude(
    *,
    dispute: Dispute,
    actor: User,
    accepted: bool,
    box: Box | None = None,
    category: Category | None = None,
    product: Product | None = None,
    grade: str = "",
) -> Dispute:
    """Take an adjudicator's ruling and carry it to resolutions, tags and pairs."""
    dispute = dispute_rule(
        dispute=dispute, actor=actor, accepted=accepted, box=box, category=category, product=product, grade=grade
    )
    scene_conclude(campaign=dispute.campaign, scene=dispute.scene)
    return dispute


@transaction.atomic
def work_return(*, assignment: Assignment, actor: User, reason: str) -> None:
    """Give work back to its author with the reason, and take back the tags and pairs that rest on it alone."""
    resolutions_go_back_on(resolutions=assignment_return(assignment=assignment, actor=actor, reason=reason))
