"""What waits for an adjudicator: the answers side by side, and what may be ruled."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet

from labeling.annotation.models import Annotation, Dispute, Grade, Verdict
from labeling.catalog.models import Category, Product, ProductImage
from labeling.common.errors import NotFoundError
from models_ml.types import Box

OFFERED = 5
"""So many of the slate that nobody chose are offered too."""


@dataclass(slots=True)
class Option:
    """One possible ruling with the people who said it; ``number`` is its key from 1 on."""

    number: int
    accepted: bool
    box: Box
    category: Category | None
    product: Product | None
    grade: str
    people: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def disputes_open(*, after: int = 0) -> QuerySet[Dispute]:
    """Disputes nobody has ruled on, oldest first, those after the id ``after``."""
    disputes = Dispute.objects.filter(ruled_at=None, pk__gt=after)
    return disputes.select_related("campaign", "scene", "proposal__category").order_by("pk")


def dispute_get(*, dispute_id: int) -> Dispute:
    """A dispute with its scene and campaign. Raises :class:`NotFoundError`."""
    found = Dispute.objects.select_related(
        "campaign__vertical", "scene", "proposal__category", "category", "product", "ruled_by"
    )
    dispute = found.filter(pk=dispute_id).first()
    if dispute is None:
        raise NotFoundError(f"There is no dispute {dispute_id}.")
    return dispute


def dispute_options(*, dispute: Dispute) -> list[Option]:
    """What people said, the most often said first; then what else was offered, nothing that matches, and no object."""
    pictures = Prefetch("product__images", ProductImage.objects.order_by("position"))
    said = dispute.annotations.select_related("annotator", "category", "product__category").prefetch_related(pictures)
    options: dict[tuple[object, ...], Option] = {}
    for each in said.order_by("pk"):
        option = options.setdefault(_key(each), _option(each))
        option.people.append(each.annotator.get_username())
        if each.comment:
            option.comments.append(each.comment)
    ranked = sorted(options.values(), key=lambda option: -len(option.people))
    box = next((option.box for option in ranked if option.accepted), dispute.box)
    category = next((option.category for option in ranked if option.accepted), None)
    category = category or (dispute.proposal.category if dispute.proposal else None)
    chosen = {option.product for option in ranked}
    if dispute.proposal is not None:
        slate = dispute.proposal.candidates.select_related("product__category").prefetch_related(pictures)
        others = [
            match.product for match in slate.order_by("rank")[: OFFERED + len(chosen)] if match.product not in chosen
        ]
        ranked += [Option(0, True, box, product.category, product, Grade.EXACT) for product in others[:OFFERED]]
    if category is not None and not any(option.grade == Grade.NONE for option in ranked):
        ranked.append(Option(0, True, box, category, None, Grade.NONE))
    if all(option.accepted for option in ranked):
        ranked.append(Option(0, False, dispute.box, None, None, ""))
    for number, option in enumerate(ranked, start=1):
        option.number = number
    return ranked


def _key(said: Annotation) -> tuple[object, ...]:
    if said.verdict == Verdict.REJECTED:
        return (False,)
    return (True, said.category_id, said.product_id, said.grade)


def _option(said: Annotation) -> Option:
    if said.verdict == Verdict.REJECTED:
        return Option(0, False, said.box, None, None, "")
    return Option(0, True, said.box, said.category, said.product, said.grade or Grade.NONE)
