"""Which admitted pairs the models contradict, with the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, Max, Min, OuterRef, Prefetch, Q
from django.utils.translation import gettext as _

from labeling.annotation.models import Annotation, Dispute
from labeling.catalog.models import ProductImage, Vertical
from labeling.datasets.models import Pair
from labeling.datasets.suspicion import Doubt, Evidence, Slate, doubts_of
from labeling.inference.models import Candidate, Proposal

STILL = 1e-6
"""A box moved by no more than this is the one that was proposed."""
OBJECT = "resolution__proposal"
CANDIDATES = "resolution__proposal__candidates"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A suspicious pair as a curator sees it; ``first`` is what heads its slate, ``said`` what people had answered."""

    pair: Pair
    proposal: Proposal
    first: Candidate | None
    said: list[Annotation]
    doubt: Doubt

    @property
    def reason(self) -> str:
        """Why it is suspicious, in words."""
        grounds = []
        if self.doubt.category:
            grounds.append(
                _("People say %(given)s, the detector %(seen)s, surely (%(score).0f%%).")
                % {
                    "given": self.pair.category or self.pair.product.category,
                    "seen": self.proposal.category,
                    "score": 100 * self.proposal.score,
                }
            )
        if self.doubt.product and self.first is not None:
            grounds.append(
                _("The slate is headed by “%(first)s”; the confirmed product scores at least %(less).0f%% less.")
                % {"first": self.first.product.title, "less": 100 * self.doubt.product}
            )
        return " ".join(grounds)


def pairs_suspicious(*, vertical: Vertical) -> list[Doubt]:
    """The doubts about admitted pairs of a vertical that nobody has looked at again, the most contradicted first.

    All pairs of annotators on a proposal are weighed. Left out are those that an adjudicator rules or has ruled on, and
    those a curator vouches for.
    """
    pairs = Pair.objects.filter(vertical=vertical, withdrawn_at=None, resolution__proposal__isnull=False)
    disputes = Dispute.objects.filter(
        campaign=OuterRef("resolution__campaign"), proposal=OuterRef("resolution__proposal")
    )
    on_slate = Q(**{f"{CANDIDATES}__product": F("product")})
    rows = pairs.annotate(
        looked_at=Exists(disputes) | Q(vouched_at__isnull=False),
        first=Max(f"{CANDIDATES}__score"),
        last=Min(f"{CANDIDATES}__score"),
        confirmed=Max(f"{CANDIDATES}__score", filter=on_slate),
    ).values_list(
        "pk", "looked_at", "category", "product__category", f"{OBJECT}__category", f"{OBJECT}__score",
        "first", "last", "confirmed",
        "left", "top", "right", "bottom",
        f"{OBJECT}__left", f"{OBJECT}__top", f"{OBJECT}__right", f"{OBJECT}__bottom",
    )  # fmt: skip
    evidence, done = [], set[int]()
    for pk, looked_at, given, own, seen, score, first, last, confirmed, *sides in rows.order_by("pk"):
        given = given or own
        moved = max(abs(a - b) for a, b in zip(sides[:4], sides[4:], strict=True)) > STILL
        # Another box or category was judged on another slate than the stored one.
        slate = Slate(first, last, confirmed) if first is not None and seen == given and not moved else None
        evidence.append(Evidence(pk, given, seen, score, slate))
        if looked_at:
            done.add(pk)
    return [doubt for doubt in doubts_of(evidence) if doubt.pair not in done]


def suspects_shown(*, doubts: Sequence[Doubt]) -> list[Suspect]:
    """Pictures, answers and slates' heads of these doubts, in their order, in a constant number of queries."""
    pictures = ProductImage.objects.order_by("position")
    heads = Candidate.objects.filter(rank=1).select_related("product__category")
    said = Annotation.objects.select_related("annotator", "category", "product").order_by("pk")
    pairs = Pair.objects.select_related(
        "scene", "category", "product__category", "resolution__campaign", "resolution__proposal__category"
    ).prefetch_related(
        Prefetch("product__images", pictures),
        Prefetch("resolution__annotations", said),
        Prefetch("resolution__proposal__candidates", heads.prefetch_related(Prefetch("product__images", pictures))),
    )
    found = pairs.in_bulk([doubt.pair for doubt in doubts])
    suspects = []
    for doubt in doubts:
        pair = found.get(doubt.pair)
        # What was withdrawn in the meantime has lost its resolution.
        if pair is not None and pair.resolution is not None and pair.resolution.proposal is not None:
            proposal, answers = pair.resolution.proposal, list(pair.resolution.annotations.all())
            suspects.append(Suspect(pair, proposal, next(iter(proposal.candidates.all()), None), answers, doubt))
    return suspects
