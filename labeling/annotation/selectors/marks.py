"""What people said of gold beside what they were shown and what is known, and what came of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q

from labeling.accounts.models import User
from labeling.annotation.golds import Known, Said, Shown
from labeling.annotation.intervals import Share, share
from labeling.annotation.models import (
    Annotation,
    Assignment,
    Campaign,
    Grade,
    Kind,
    Mark,
    Plant,
    Purpose,
    Standing,
    Verdict,
)
from labeling.catalog.models import Product, Vertical


@dataclass(frozen=True, slots=True)
class PlantedAnswer:
    """One person's answer to one planted object; ids stand for rows."""

    plant: int
    annotation: int
    annotator: int
    known: Known
    shown: Shown
    said: Said


@dataclass(frozen=True, slots=True)
class Figures:
    """What gold says of a person, or of one category of theirs: shares of what was shown, with intervals.

    ``false_accept``: of what was shown wrongly, what they let pass. ``false_reject``: of what was shown rightly, what they
    changed. ``right``: of all, what they answered rightly.
    """

    annotator: str
    annotator_id: int
    category: str | None
    right: Share
    false_accept: Share
    false_reject: Share


def planted_answers(*, seat: Assignment) -> list[PlantedAnswer]:
    """The answers of a finished seat to gold that its annotator did not make and has not been marked on."""
    where = Q(assignment=seat) | Q(item__burst=seat.burst_id) if seat.burst_id else Q(assignment=seat)
    plants = Plant.objects.filter(where).exclude(marks__annotator=seat.annotator_id)
    plants = plants.exclude(gold__authors__contains=[seat.annotator_id])
    by_proposal = {plant.gold.proposal_id: plant for plant in plants.select_related("gold")}
    if not by_proposal:
        return []
    said = Annotation.objects.filter(assignment=seat, version=seat.version, planted=True, proposal__in=by_proposal)
    said = said.select_related("assignment")
    return _answers([(by_proposal[each.proposal_id], each) for each in said.order_by("pk") if each.proposal_id])


def marked_answers(*, vertical: Vertical, most: int) -> list[PlantedAnswer]:
    """The answers to gold of a vertical that were marked, newest first."""
    marks = Mark.objects.filter(campaign__vertical=vertical).select_related("plant__gold", "annotation__assignment")
    return _answers([(mark.plant, mark.annotation) for mark in marks.order_by("-pk")[:most]])


def marks_recent(*, campaign: Campaign, annotator: User, since: int = 0) -> list[Mark]:
    """A person's marks in a campaign after the mark ``since``, newest first, at most 200."""
    return list(Mark.objects.filter(campaign=campaign, annotator=annotator, pk__gt=since).order_by("-pk")[:200])


def marks_of_seat(*, seat: Assignment) -> list[Mark]:
    """The marks on what a person sent for a seat, with what is known; for those who may see them."""
    marks = Mark.objects.filter(annotation__assignment=seat)
    return list(
        marks.select_related("annotation__category", "plant__gold__category", "plant__gold__product").order_by("pk")
    )


def lessons_of(*, campaign: Campaign, annotator: User) -> list[Mark]:
    """What a person was told in training in a campaign, newest first, with what a page shows of it."""
    marks = Mark.objects.filter(
        campaign=campaign, annotator=annotator, annotation__assignment__purpose=Purpose.TRAINING
    ).select_related(
        "annotation__category",
        "annotation__product",
        "annotation__scene",
        "plant__gold__category",
        "plant__gold__product",
    )
    return list(marks.prefetch_related("plant__gold__product__images").order_by("-pk")[:60])


def gold_figures(*, vertical: Vertical, campaign: Campaign | None = None, by_category: bool = False) -> list[Figures]:
    """What gold says of each person in a vertical, or in one campaign; by category where asked."""
    marks = Mark.objects.filter(campaign__vertical=vertical)
    if campaign is not None:
        marks = marks.filter(campaign=campaign)
    named: list[str] = ["annotator", "annotator__username", *(["category__name"] if by_category else [])]
    counted = marks.values(*named).annotate(
        n=Count("pk"),
        right=Count("pk", filter=Q(right=True)),
        tricked=Count("pk", filter=~Q(wrong="")),
        let_pass=Count("pk", filter=~Q(wrong="") & Q(fooled=True)),
        changed=Count("pk", filter=Q(wrong="", fooled=True)),
    )
    return [
        Figures(
            annotator=row["annotator__username"],
            annotator_id=row["annotator"],
            category=row.get("category__name") if by_category else None,
            right=share(row["right"], row["n"]),
            false_accept=share(row["let_pass"], row["tricked"]),
            false_reject=share(row["changed"], row["n"] - row["tricked"]),
        )
        for row in counted.order_by(*named[1:])
    ]


def wrong_products_taken(*, vertical: Vertical) -> tuple[int, int]:
    """Of the wrong products that gold showed to people who decide in a vertical: how many they took for right, and how many.

    To take one is to keep it as exact, as it would have to be to look like a right tag. What was said in training is left out,
    and so is everybody who has said nothing there but on gold and in blind audits.
    """
    decided = Annotation.objects.filter(
        annotator=OuterRef("annotator"), campaign__vertical=vertical, campaign__blind_audit=False, planted=False,
        assignment__purpose=Purpose.WORK,
    )  # fmt: skip
    marks = Mark.objects.filter(Exists(decided), campaign__vertical=vertical, wrong=Mark.Wrong.PRODUCT)
    counted = marks.exclude(annotation__assignment__purpose=Purpose.TRAINING).aggregate(
        taken=Count("pk", filter=Q(fooled=True, annotation__grade=Grade.EXACT)), shown=Count("pk")
    )
    return counted["taken"], counted["shown"]


def standings_of(*, campaign: Campaign) -> list[Standing]:
    """Who is in training, admitted or paused in a campaign, the paused first."""
    return list(campaign.standings.select_related("annotator").order_by(F("state").desc(), "annotator__username"))


def _answers(pairs: Iterable[tuple[Plant, Annotation]]) -> list[PlantedAnswer]:
    pairs = list(pairs)
    named = {plant.gold.product_id for plant, _ in pairs} | {said.product_id for _, said in pairs}
    named |= {_top(plant) for plant, _ in pairs}
    groups = _groups(product for product in named if product is not None)
    return [
        PlantedAnswer(
            plant=plant.pk,
            annotation=said.pk,
            annotator=said.annotator_id,
            known=Known(
                plant.gold.accepted, plant.gold.box, plant.gold.category_id, groups.get(plant.gold.product_id or 0)
            ),
            shown=Shown(plant.box, plant.category_id, groups.get(_top(plant) or 0)),
            said=Said(
                accepted=said.verdict != Verdict.REJECTED,
                box=said.box,
                category=said.category_id,
                product=groups.get(said.product_id or 0),
                asked=said.assignment.kind != Kind.BOX_BURST,
            ),
        )
        for plant, said in pairs
    ]


def _top(plant: Plant) -> int | None:
    return int(plant.slate[0]["product"]) if plant.slate else None


def _groups(products: Iterable[int]) -> dict[int, Hashable]:
    """What tells products apart: the photo they share, or themselves."""
    rows = Product.objects.filter(pk__in=set(products)).values_list("pk", "same_photo_group")
    return {pk: group or pk for pk, group in rows}
