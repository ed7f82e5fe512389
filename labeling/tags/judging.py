"""What is left to be judged, and what the judgements come to."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, Sum

from labeling.accounts.models import User
from labeling.annotation.intervals import share
from labeling.annotation.models import Annotation, Campaign, Grade, Resolution
from labeling.catalog.models import ProductImage, Vertical
from labeling.tags.models import JudgeBox, JudgeItem, Judgement, JudgeSet


@dataclass(frozen=True, slots=True)
class MakerFigures:
    """Extremely-similar@1 of one maker: ``exact`` of the ``judged`` boxes, with the 95 % interval of Wilson (1927).

    A box at which the maker puts nothing first counts as judged and not exact. ``boxes`` is all of the set.
    """

    maker: str
    boxes: int
    judged: int
    exact: int
    similar: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a confirmed pair costs a person: active ``seconds``, and ``actions``, decisions sent, amendments included.

    Blind audits make no pairs and are left out. Keys and clicks are not recorded; a decision takes one at the least.
    """

    decisions: int
    timed: int
    pairs: int
    seconds_per_pair: float | None
    actions_per_pair: float | None


def judge_sets() -> list[JudgeSet]:
    """The sets there are, newest first, with ``questions`` and ``boxes_drawn`` counted."""
    sets = JudgeSet.objects.select_related("vertical").annotate(
        questions=Count("boxes__items", distinct=True), boxes_drawn=Count("boxes", distinct=True)
    )
    return list(sets.order_by("-pk"))


def judge_next(*, judge_set: JudgeSet, judge: User) -> tuple[JudgeItem | None, int]:
    """The next item for this judge, in an order that tells nothing of who made it, and how many are left."""
    pictures = Prefetch("product__images", queryset=ProductImage.objects.order_by("position"))
    items = JudgeItem.objects.filter(judge_box__judge_set=judge_set).exclude(judgements__judge=judge)
    keys = sorted(items.values_list("pk", flat=True), key=lambda pk: zlib.crc32(f"{judge_set.seed} {pk}".encode()))
    if not keys:
        return None, 0
    shown = items.select_related("judge_box__scene", "judge_box__category", "product__brand").prefetch_related(pictures)
    return shown.get(pk=keys[0]), len(keys)


def judge_figures(*, judge_set: JudgeSet) -> list[MakerFigures]:
    """Extremely-similar@1 by maker. Of several judges of one item the majority counts; tied, the worse grade."""
    grades: dict[int, Counter[str]] = {}
    for item, grade in Judgement.objects.filter(item__judge_box__judge_set=judge_set).values_list("item", "grade"):
        grades.setdefault(item, Counter())[grade] += 1
    boxes = set(JudgeBox.objects.filter(judge_set=judge_set).values_list("pk", flat=True))
    items = list(JudgeItem.objects.filter(judge_box__judge_set=judge_set))
    return [_figures(maker, boxes, items, grades) for maker in judge_set.makers]


def cost_of(*, vertical: Vertical) -> Cost:
    """Active seconds and decisions for each confirmed (scene, object, product) of a vertical's campaigns."""
    paying = Campaign.objects.filter(vertical=vertical, blind_audit=False)
    said = Annotation.objects.filter(campaign__in=paying).aggregate(
        n=Count("pk"), timed=Count("pk", filter=Q(seconds__gt=0)), spent=Sum("seconds")
    )
    named = Resolution.objects.filter(campaign__in=paying, accepted=True, product__isnull=False)
    pairs = named.exclude(grade=Grade.NONE).count()
    return Cost(
        decisions=said["n"],
        timed=said["timed"],
        pairs=pairs,
        seconds_per_pair=(said["spent"] or 0.0) / pairs if pairs and said["timed"] else None,
        actions_per_pair=said["n"] / pairs if pairs else None,
    )


def report_of(*, judge_set: JudgeSet) -> dict[str, Any]:
    """The JSON form of all of it."""
    judges = Judgement.objects.filter(item__judge_box__judge_set=judge_set).values("judge").distinct().count()
    return {
        "vertical": judge_set.vertical.slug,
        "seed": judge_set.seed,
        "judges": judges,
        "extremely_similar_at_1": [asdict(each) for each in judge_figures(judge_set=judge_set)],
        "cost": asdict(cost_of(vertical=judge_set.vertical)),
    }


def _figures(maker: str, boxes: set[int], items: list[JudgeItem], grades: dict[int, Counter[str]]) -> MakerFigures:
    mine = {item.judge_box_id: item for item in items if maker in item.makers}
    verdicts = [_verdict(grades[item.pk]) for item in mine.values() if item.pk in grades]
    # Nothing first is a miss that no judge need look at, but only where something of the set was judged at all.
    nothing = len(boxes - mine.keys()) if grades else 0
    found = share(verdicts.count(Grade.EXACT), len(verdicts) + nothing)
    return MakerFigures(
        maker, len(boxes), found.n, found.hits, verdicts.count(Grade.SIMILAR), found.value, found.low, found.high
    )


def _verdict(grades: Counter[str]) -> str:
    worse = {Grade.NONE.value: 2, Grade.SIMILAR.value: 1, Grade.EXACT.value: 0}
    return max(grades, key=lambda grade: (grades[grade], worse[grade]))
