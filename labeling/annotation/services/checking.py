"""Whether a person's decisions fit what they were asked, and the annotations they make."""

from __future__ import annotations

import uuid as uuids
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Grade, Kind, Purpose, Verdict
from labeling.annotation.services.asking import Asked, SeatTaken
from labeling.catalog.models import Category, Product
from labeling.common.errors import ApplicationError
from models_ml.types import Box

BOX_TOLERANCE = 1e-4
MOST_SECONDS = 600.0
"""Active time on one object beyond this is a clock gone wrong."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a client says of one object; ``category`` is a slug, ``grade`` is empty for a rejected box.

    In a box burst ``grade`` may be empty for an accepted one too: the product was not asked for.
    """

    uuid: uuids.UUID
    proposal: int | None
    verdict: Verdict
    box: Box
    category: str | None
    product: int | None
    grade: str
    seconds: float | None = None
    comment: str = ""
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """The categories by slug and the categories of products by id that these decisions name and the vertical has."""

    categories: dict[str, int]
    products: dict[int, int | None]


def annotations_checked(*, taken: SeatTaken, annotator: User, decisions: Sequence[Decision]) -> list[Annotation]:
    """Unsaved annotations, one a decision. Raises :class:`ApplicationError` whose ``fields`` name each bad decision."""
    known = _known(taken, decisions)
    faults = _faults_of_the_whole(taken, decisions)
    for position, decision in enumerate(decisions):
        for name, fault in _faults_of_one(decision, taken, known):
            faults[f"decisions.{position}.{name}"] = fault
    if faults:
        raise ApplicationError(f"The decisions do not fit the scene: {next(iter(faults.values()))}", fields=faults)
    return [_annotation(taken, annotator, decision, known) for decision in decisions]


def _known(taken: SeatTaken, decisions: Sequence[Decision]) -> _Known:
    """What was offered is known already; only what a person looked up is asked of the database."""
    categories = {each.slug: each.category for each in taken.asked.values() if each.slug and each.category}
    products: dict[int, int | None] = {}
    for each in taken.asked.values():
        products.update(dict.fromkeys(each.offered))
    slugs = {decision.category for decision in decisions if decision.category} - categories.keys()
    if slugs:
        found = Category.objects.filter(vertical=taken.vertical, slug__in=slugs)
        categories.update(found.values_list("slug", "pk"))
    chosen = {
        decision.product
        for decision in decisions
        if decision.product is not None and (decision.product not in products or not decision.category)
    }
    if chosen:
        there = Product.objects.filter(vertical=taken.vertical, pk__in=chosen).values_list("pk", "category")
        products.update(there)
    return _Known(categories, products)


def _faults_of_the_whole(taken: SeatTaken, decisions: Sequence[Decision]) -> dict[str, str]:
    faults = {}
    about = Counter(decision.proposal for decision in decisions if decision.proposal is not None)
    if missing := sorted(taken.asked.keys() - about.keys()):
        named = ", ".join(map(str, missing))
        faults["decisions"] = f"Proposals {named} are undecided. Confirm, adjust or reject each."
    elif twice := sorted(proposal for proposal, times in about.items() if times > 1):
        faults["decisions"] = (
            f"Proposals {', '.join(map(str, twice))} are decided more than once. Send one decision each."
        )
    elif len({decision.uuid for decision in decisions}) < len(decisions):
        faults["decisions"] = "Two decisions have the same uuid. Give each its own."
    return faults


def _faults_of_one(decision: Decision, taken: SeatTaken, known: _Known) -> Iterable[tuple[str, str]]:
    """Pairs of field and what is wrong with it."""
    added, rejected = decision.verdict == Verdict.ADDED, decision.verdict == Verdict.REJECTED
    left, top, right, bottom = decision.box
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        yield "box", "A box is left, top, right, bottom in fractions of the picture, left < right and top < bottom."
    if added and decision.proposal is not None:
        yield "proposal", "An added box has no proposal. Send null, or the verdict adjusted."
    if added and not taken.adds:
        yield "verdict", "A burst shows no whole scene, so nothing can be added to it."
    if not added and decision.proposal not in taken.asked:
        yield "proposal", f"Proposal {decision.proposal} was not shown with this scene."
    if decision.category and decision.category not in known.categories:
        yield "category", f"This vertical has no category {decision.category}."
    if decision.product is not None and decision.product not in known.products:
        yield "product", f"This vertical has no product {decision.product}."
    yield from _faults_of_match(decision, rejected, unasked=taken.seat.kind == Kind.BOX_BURST)


def _faults_of_match(decision: Decision, rejected: bool, *, unasked: bool) -> Iterable[tuple[str, str]]:
    if rejected and (decision.product is not None or decision.grade):
        yield "grade", "A rejected box has neither product nor grade."
    if not rejected and decision.grade not in Grade.values and not (unasked and decision.grade == ""):
        yield "grade", "Say exact, similar or none."
    if decision.grade in (Grade.EXACT, Grade.SIMILAR) and decision.product is None:
        yield "product", f"The grade {decision.grade} needs a product. Pick one, or say none."
    if decision.grade in (Grade.NONE, "") and not rejected and decision.product is not None:
        yield "product", "Without the grade exact or similar no product matches. Leave the product out."


def _annotation(taken: SeatTaken, annotator: User, decision: Decision, known: _Known) -> Annotation:
    about = taken.asked.get(decision.proposal) if decision.proposal is not None else None
    scene = about.scene if about else taken.seat.scene_id
    category = known.categories[decision.category] if decision.category else None
    verdict, box, category = _as_said(decision, about, category)
    if category is None and decision.product is not None:
        category = known.products[decision.product]
    return Annotation(
        **box._asdict(),
        annotator=annotator,
        campaign_id=taken.seat.campaign_id,
        scene_id=scene,  # type: ignore[misc]
        proposal_id=decision.proposal,
        verdict=verdict,
        category_id=category,
        product_id=decision.product,
        grade=decision.grade,
        seconds=None if decision.seconds is None else min(decision.seconds, MOST_SECONDS),
        comment=decision.comment,
        flagged=decision.flagged,
        planted=about.planted if about else taken.seat.purpose != Purpose.WORK,
        client_uuid=decision.uuid,
    )


def _as_said(decision: Decision, about: Asked | None, category: int | None) -> tuple[Verdict, Box, int | None]:
    """Verdict, box and category as they are kept: nothing a person changed is lost to a client that calls it confirmed."""
    verdict, box = decision.verdict, decision.box
    if about is None:
        return verdict, box, category
    if verdict == Verdict.REJECTED:
        return verdict, about.box, about.proposed
    if verdict == Verdict.CONFIRMED:
        category = category or about.category
        moved = max(abs(a - b) for a, b in zip(box, about.box, strict=True)) > BOX_TOLERANCE
        renamed = category is not None and category != about.proposed
        verdict = Verdict.ADJUSTED if moved or renamed else verdict
        box = box if moved else about.box
    return verdict, box, category
