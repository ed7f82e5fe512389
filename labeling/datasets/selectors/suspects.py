"""Which admitted pairs the models contradict, with the reason in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Func, IntegerField, Max, Min, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.annotation.models import Annotation, Dispute
from labeling.catalog.models import ProductImage, Vertical
from labeling.datasets.models import Curation, Pair, PairDoubt, Weighing
from labeling.datasets.suspicion import Doubt, Evidence, Slate, doubts_of
from labeling.inference.models import Candidate, Proposal

ENOUGH_NEW = 1 / 200
"""All pairs of a vertical are weighed anew when this share of them came or went, or any, and :data:`SOON` is over: what a pair is
weighed by are means over its category, which few others move, and so a new pair costs no more the more there are."""
SOON = timedelta(hours=1)
BATCH = 5000
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
    """Weigh all pairs of a vertical: the doubts about those admitted that nobody has looked at again, most contradicted first.

    It reads every pair of annotators on a proposal; :func:`doubts_open` reads what a worker made of that. Left out are those
    that an adjudicator rules or has ruled on, and those a curator vouches for.
    """
    pairs = Pair.objects.filter(vertical=vertical, withdrawn_at=None, resolution__proposal__isnull=False)
    on_slate = Q(**{f"{CANDIDATES}__product": F("product")})
    rows = pairs.annotate(
        looked_at=_looked_at(),
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
    for pk, looked_at, given, own, seen, score, first, last, confirmed, *sides in rows.order_by("pk").iterator(
        chunk_size=BATCH
    ):
        given = given or own
        moved = max(abs(a - b) for a, b in zip(sides[:4], sides[4:], strict=True)) > STILL
        # Another box or category was judged on another slate than the stored one.
        slate = Slate(first, last, confirmed) if first is not None and seen == given and not moved else None
        evidence.append(Evidence(pk, given, seen, score, slate))
        if looked_at:
            done.add(pk)
    return [doubt for doubt in doubts_of(evidence) if doubt.pair not in done]


def verticals_to_weigh() -> list[Vertical]:
    """Verticals of whose pairs enough came or went since they were weighed, or that were weighed a while ago.

    It reads what moved, however many pairs there are, and no more of that than is enough.
    """
    due = []
    for vertical in Vertical.objects.select_related("weighing").order_by("pk"):
        before = getattr(vertical, "weighing", None) or Weighing(vertical=vertical)
        enough = max(1, math.ceil(ENOUGH_NEW * before.pairs))
        long_ago = before.weighed_at is not None and before.weighed_at < timezone.now() - SOON
        if long_ago or pairs_moved(since=before, most=enough) >= enough:
            due.append(vertical)
    return due


def pairs_moved(*, since: Weighing, most: int) -> int:
    """How many pairs came since a weighing, or were withdrawn or admitted by curators; of those that came up to ``most``.

    What rulings and second thoughts of annotators withdraw is not among them: to see that, all have to be counted.
    """
    came = Pair.objects.filter(vertical=since.vertical, withdrawn_at=None, pk__gt=since.last_pair)[:most].count()
    if since.weighed_at is None:
        return came
    done = Curation.objects.filter(Q(made_at__gt=since.weighed_at) | Q(undone_at__gt=since.weighed_at))
    pairs = Func("before", function="jsonb_array_length", output_field=IntegerField())
    return came + (done.aggregate(n=Sum(pairs))["n"] or 0)


def weighing_of(*, vertical: Vertical) -> Weighing:
    """The pairs of a vertical as they stand, to be noted beside what they are found to be."""
    found = Pair.objects.filter(vertical=vertical, withdrawn_at=None).aggregate(n=Count("pk"), last=Max("pk"))
    return Weighing(vertical=vertical, pairs=found["n"], last_pair=found["last"] or 0, weighed_at=timezone.now())


def weighed_at(*, vertical: Vertical) -> datetime | None:
    """When the pairs of a vertical were last weighed; None where they never were."""
    return Weighing.objects.filter(vertical=vertical).values_list("weighed_at", flat=True).first()


def doubts_open(*, vertical: Vertical) -> QuerySet[PairDoubt]:
    """What a worker found suspicious and nobody has looked at again since, the most contradicted first."""
    waiting = PairDoubt.objects.filter(vertical=vertical, pair__withdrawn_at=None, pair__resolution__isnull=False)
    return waiting.exclude(_looked_at("pair__")).order_by("-strength", "pair")


def doubts_page(*, vertical: Vertical, after: int | None, size: int) -> list[Doubt]:
    """So many open doubts that follow the one about the pair ``after``; the first where that is None or no longer in doubt."""
    rows = doubts_open(vertical=vertical)
    place = PairDoubt.objects.filter(vertical=vertical, pair=after).first() if after is not None else None
    if place is not None:
        # The first condition is what the index takes.
        rows = rows.filter(strength__lte=place.strength)
        rows = rows.filter(Q(strength__lt=place.strength) | Q(pair__gt=place.pair_id))
    return as_doubts(rows[:size])


def doubts_count(*, vertical: Vertical, most: int) -> int:
    """How many doubts are open, counted up to ``most``."""
    return doubts_open(vertical=vertical)[:most].count()


def as_doubts(rows: QuerySet[PairDoubt]) -> list[Doubt]:
    """Rows as the figures they hold, in their order."""
    return [Doubt(*row) for row in rows.values_list("pair", "category", "product")]


def _looked_at(pair: str = "") -> Q:
    """Whether somebody has looked at a pair again; ``pair`` is the way to it."""
    disputes = Dispute.objects.filter(
        campaign=OuterRef(f"{pair}resolution__campaign"), proposal=OuterRef(f"{pair}resolution__proposal")
    )
    return Q(Exists(disputes)) | Q(**{f"{pair}vouched_at__isnull": False})


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
