"""Whether a person's decisions fit the scene they were made on, and the annotations they make."""

from __future__ import annotations

import uuid as uuids
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, Grade, Verdict
from labeling.catalog.models import Category, Product
from labeling.common.errors import ApplicationError, ConflictError
from labeling.inference.models import Proposal
from models_ml.types import Box

BOX_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class Decision:
    """What a client says of one object; ``category`` is a slug, ``grade`` is empty for a rejected box."""

    uuid: uuids.UUID
    proposal: int | None
    verdict: Verdict
    box: Box
    category: str | None
    product: int | None
    grade: str


def annotations_checked(*, seat: Assignment, annotator: User, decisions: list[Decision]) -> list[Annotation]:
    """Unsaved annotations, one a decision. Raises :class:`ApplicationError` whose ``fields`` name each bad decision."""
    vertical = seat.campaign.vertical_id
    proposals = Proposal.objects.select_related("category").filter(scan=seat.scan_id).in_bulk() if seat.scan_id else {}
    slugs = {decision.category for decision in decisions if decision.category}
    categories = {each.slug: each for each in Category.objects.filter(vertical=vertical, slug__in=slugs)}
    chosen = {decision.product for decision in decisions if decision.product is not None}
    products = Product.objects.select_related("category").filter(vertical=vertical).in_bulk(chosen)
    faults = _faults_of_the_whole(proposals.keys(), decisions)
    for position, decision in enumerate(decisions):
        for name, fault in _faults_of_one(decision, proposals, categories, products):
            faults[f"decisions.{position}.{name}"] = fault
    if faults:
        raise ApplicationError(f"The decisions do not fit the scene: {next(iter(faults.values()))}", fields=faults)
    if Annotation.objects.filter(client_uuid__in=[decision.uuid for decision in decisions]).exists():
        raise ConflictError("A decision's uuid was used before. Reload the page and decide again.")
    made = []
    for decision in decisions:
        proposal = proposals.get(decision.proposal) if decision.proposal is not None else None
        category = categories.get(decision.category) if decision.category else None
        product = products.get(decision.product) if decision.product is not None else None
        made.append(_annotation(seat, annotator, decision, proposal, category, product))
    return made


def _faults_of_the_whole(proposals: Iterable[int], decisions: list[Decision]) -> dict[str, str]:
    faults = {}
    about = Counter(decision.proposal for decision in decisions if decision.proposal is not None)
    if missing := sorted(set(proposals) - about.keys()):
        named = ", ".join(map(str, missing))
        faults["decisions"] = f"Proposals {named} are undecided. Confirm, adjust or reject each."
    elif twice := sorted(proposal for proposal, times in about.items() if times > 1):
        faults["decisions"] = (
            f"Proposals {', '.join(map(str, twice))} are decided more than once. Send one decision each."
        )
    elif len({decision.uuid for decision in decisions}) < len(decisions):
        faults["decisions"] = "Two decisions have the same uuid. Give each its own."
    return faults


def _faults_of_one(
    decision: Decision, proposals: dict[int, Proposal], categories: dict[str, Category], products: dict[int, Product]
) -> Iterable[tuple[str, str]]:
    """Pairs of field and what is wrong with it."""
    added, rejected = decision.verdict == Verdict.ADDED, decision.verdict == Verdict.REJECTED
    left, top, right, bottom = decision.box
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        yield "box", "A box is left, top, right, bottom in fractions of the picture, left < right and top < bottom."
    if added and decision.proposal is not None:
        yield "proposal", "An added box has no proposal. Send null, or the verdict adjusted."
    if not added and decision.proposal not in proposals:
        yield "proposal", f"Proposal {decision.proposal} was not shown with this scene."
    if decision.category and decision.category not in categories:
        yield "category", f"This vertical has no category {decision.category}."
    if decision.product is not None and decision.product not in products:
        yield "product", f"This vertical has no product {decision.product}."
    if rejected and (decision.product is not None or decision.grade):
        yield "grade", "A rejected box has neither product nor grade."
    if not rejected and decision.grade not in Grade.values:
        yield "grade", "Say exact, similar or none."
    if decision.grade in (Grade.EXACT, Grade.SIMILAR) and decision.product is None:
        yield "product", f"The grade {decision.grade} needs a product. Pick one, or say none."
    if decision.grade == Grade.NONE and decision.product is not None:
        yield "product", "The grade none means that no product matches. Leave the product out."


def _annotation(
    seat: Assignment,
    annotator: User,
    decision: Decision,
    proposal: Proposal | None,
    category: Category | None,
    product: Product | None,
) -> Annotation:
    verdict, box = decision.verdict, decision.box
    if proposal is not None and verdict == Verdict.REJECTED:
        box, category = proposal.box, proposal.category
    elif proposal is not None and verdict == Verdict.CONFIRMED:
        # Nothing a person changed is lost to a client that calls it confirmed.
        moved = max(abs(a - b) for a, b in zip(box, proposal.box, strict=True)) > BOX_TOLERANCE
        renamed = category is not None and category != proposal.category
        verdict = Verdict.ADJUSTED if moved or renamed else verdict
        box, category = (box if moved else proposal.box), category or proposal.category
    if category is None and product is not None:
        category = product.category
    return Annotation(
        **box._asdict(),
        annotator=annotator,
        scene=seat.scene,
        proposal=proposal,
        verdict=verdict,
        category=category,
        product=product,
        grade=decision.grade,
        client_uuid=decision.uuid,
    )
