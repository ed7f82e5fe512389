"""Which gold can be planted where, and what it shows."""

from __future__ import annotations

from itertools import groupby

from django.db.models import Count, Exists, Max, OuterRef, Q

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Assignment, BurstItem, Campaign, Gold, Purpose
from labeling.catalog.models import Product
from labeling.inference.models import Candidate, Proposal

Slate = list[dict[str, object]]
SLATES = 12


def golds_of(*, vertical_id: int | None = None) -> list[Gold]:
    """Gold that is not retired, newest first, with all that a page shows of it."""
    golds = Gold.objects.filter(retired=False) if vertical_id is None else Gold.objects.filter(vertical=vertical_id)
    golds = golds.select_related("scene", "category", "product", "vertical", "made_by").annotate(
        shown=Count("plants__marks"), well=Count("plants__marks", filter=Q(plants__marks__right=True))
    )
    return list(golds.filter(retired=False).order_by("-pk")[:300])


def planted_due(*, campaign: Campaign, annotator: User) -> bool:
    """Whether this person has seen less gold in whole scenes than the campaign's share of what they were shown."""
    seats = Assignment.objects.filter(campaign=campaign, annotator=annotator, burst=None)
    counts = seats.aggregate(
        gold=Count("pk", filter=Q(purpose=Purpose.GOLD)),
        work=Count("pk", filter=Q(purpose=Purpose.WORK) & ~Q(state=Assignment.State.WAITING)),
    )
    # In the middle of each stretch rather than at its end, so that the first gold does not come late.
    return bool(counts["gold"] + 0.5 <= campaign.gold_share * (counts["work"] + counts["gold"] + 1))


def golds_for_scenes(*, campaign: Campaign, annotator: User, size: int) -> list[tuple[int, list[Gold]]]:
    """Scenes with gold that a person may be shown whole, by the scan that proposed it; the least planted first."""
    said = Annotation.objects.filter(scene=OuterRef("scene"), annotator=annotator)
    seated = Assignment.objects.filter(campaign=campaign, scene=OuterRef("scene"), annotator=annotator)
    free = Gold.objects.filter(~Exists(said), ~Exists(seated), vertical=campaign.vertical_id, retired=False)
    scans = (
        free.values("proposal__scan")
        .annotate(planted=Count("plants"), last=Max("plants__pk"))
        .order_by("planted", "last", "proposal__scan")
    )
    wanted = [row["proposal__scan"] for row in scans[:size]]
    golds = free.filter(proposal__scan__in=wanted).select_related("proposal", "product")
    by_scan = {
        scan: list(group)
        for scan, group in groupby(golds.order_by("proposal__scan", "pk"), key=lambda gold: gold.proposal.scan_id)
    }
    return [(scan, by_scan[scan]) for scan in wanted if scan in by_scan]


def golds_for_burst(*, campaign: Campaign, category_id: int | None, without: set[int], size: int) -> list[Gold]:
    """Gold for a burst of one category, the least planted first: objects of it, and as many of other categories."""
    asked = BurstItem.objects.filter(campaign=campaign, proposal=OuterRef("proposal"))
    golds = Gold.objects.filter(~Exists(asked), vertical=campaign.vertical_id, retired=False)
    golds = golds.exclude(proposal__in=without).annotate(planted=Count("plants")).order_by("planted", "pk")
    golds = golds.select_related("proposal", "product")
    own = Q(accepted=True, category=category_id) | Q(accepted=False, proposal__category=category_id)
    others = max(1, round(campaign.trick_share * size / 3)) if campaign.trick_share else 0
    return [*golds.filter(own)[:size], *golds.filter(~own, accepted=True)[:others]]


def slate_of(*, gold: Gold) -> Slate:
    """The stored slate of a gold object."""
    return _slate(gold.proposal)


def wrong_product(*, gold: Gold, slate: Slate) -> Slate:
    """The slate with a wrong product on top: the first that is not the answer, nor shares its photo, changes places with it.

    Scores stay with their ranks, so that nothing looks out of order. Where all are right, the slate as it is.
    """
    group = gold.product.same_photo_group if gold.product else ""
    same = set(Product.objects.filter(same_photo_group=group).values_list("pk", flat=True)) if group else set()
    same.add(gold.product_id or 0)
    wrong = next((n for n, match in enumerate(slate) if match["product"] not in same), 0)
    order = (
        [slate[wrong]["product"], *(match["product"] for n, match in enumerate(slate) if n != wrong)] if slate else []
    )
    return [match | {"product": product} for match, product in zip(slate, order, strict=True)]


def category_slates(*, vertical_id: int, only: int | None, without: int | None) -> list[tuple[int, Slate]]:
    """Other categories with a slate as it was found for some object of them."""
    some = Proposal.objects.filter(scene__vertical=vertical_id, category__isnull=False).exclude(category=without)
    some = some.filter(Exists(Candidate.objects.filter(proposal=OuterRef("pk"))))
    if only is not None:
        some = some.filter(category=only)
    picked = some.order_by("category_id", "pk").distinct("category_id")[:SLATES]
    return [(each.category_id, _slate(each)) for each in picked if each.category_id is not None]


def _slate(proposal: Proposal) -> Slate:
    rows = proposal.candidates.order_by("rank").values_list("product", "rank", "score")
    return [{"product": product, "rank": rank, "score": score} for product, rank, score in rows]
