"""Blind judging: which boxes are judged, what each maker puts first at them, and the grades people give."""

from __future__ import annotations

import random
from collections import defaultdict

from django.db import transaction

from labeling.accounts.models import User
from labeling.annotation.consensus import same_place
from labeling.annotation.models import Grade
from labeling.catalog.models import Vertical
from labeling.common.errors import ApplicationError, ConflictError
from labeling.inference.models import Candidate, Proposal, Scan
from labeling.inference.selectors import scenes_eligible
from labeling.tags.models import JudgeBox, JudgeItem, Judgement, JudgeSet, Tag
from models_ml.boxes import as_array, box_iou

SERVED = "what is served"
MOST_SECONDS = 600.0


@transaction.atomic
def judge_set_draw(*, vertical: Vertical, seed: int, count: int) -> JudgeSet:
    """Draw ``count`` served boxes by chance, one a tag, and enter all that have put a product first there.

    The same seed is the same set for ever: drawn again it is only entered anew. Raises :class:`ConflictError` where nothing
    is served.
    """
    known = JudgeSet.objects.filter(vertical=vertical, seed=seed).first()
    if known is None:
        live = Tag.objects.filter(scene__in=scenes_eligible(vertical), state=Tag.State.LIVE, product__available=True)
        keys = list(live.order_by("pk").values_list("pk", flat=True))
        if not keys:
            raise ConflictError(f"{vertical} shows no tag yet, so there is nothing to judge. Publish some first.")
        drawn = live.filter(pk__in=random.Random(seed).sample(keys, min(count, len(keys))))
        known = JudgeSet.objects.create(vertical=vertical, seed=seed)
        JudgeBox.objects.bulk_create(
            [
                JudgeBox(**tag.box._asdict(), judge_set=known, scene_id=tag.scene_id, category_id=tag.category_id)
                for tag in drawn.order_by("pk")
            ]
        )
    return judge_set_enter(judge_set=known)


@transaction.atomic
def judge_set_enter(*, judge_set: JudgeSet) -> JudgeSet:
    """Enter what every embedder that has looked at these scenes, and what is served now, puts first at each box.

    A version is entered once, with the detector that saw the scene last; what is served is brought up to date. The same
    product of several makers is one question.
    """
    judge_set = JudgeSet.objects.select_for_update().get(pk=judge_set.pk)
    firsts = _firsts(judge_set)
    makers = sorted({maker for _, _, maker in firsts} | set(judge_set.makers))
    items = {
        (each.judge_box_id, each.product_id): each for each in JudgeItem.objects.filter(judge_box__judge_set=judge_set)
    }
    for item in items.values():
        item.makers = [maker for maker in item.makers if maker != SERVED]
    entered = {(item.judge_box_id, maker) for item in items.values() for maker in item.makers}
    for box, product, maker in firsts:
        if (box, maker) in entered:
            continue
        item = items.setdefault((box, product), JudgeItem(judge_box_id=box, product_id=product, makers=[]))
        item.makers = sorted({*item.makers, maker})
    JudgeItem.objects.bulk_create([item for item in items.values() if item.pk is None])
    JudgeItem.objects.bulk_update([item for item in items.values() if item.pk is not None], ["makers"], batch_size=500)
    judge_set.makers = makers
    judge_set.save(update_fields=["makers"])
    return judge_set


@transaction.atomic
def judgement_give(*, item: JudgeItem, judge: User, grade: str, seconds: float | None = None) -> Judgement:
    """Grade an item; a judge's newest grade of it counts."""
    if grade not in Grade.values:
        raise ApplicationError(f"Say one of {', '.join(Grade.values)}.", fields={"grade": "choose"})
    spent = None if seconds is None else min(max(seconds, 0.0), MOST_SECONDS)
    given, _ = Judgement.objects.update_or_create(item=item, judge=judge, defaults={"grade": grade, "seconds": spent})
    return given


@transaction.atomic
def judgement_take_back(*, judge_set: JudgeSet, judge: User) -> bool:
    """Forget this judge's last grade in a set, so that the item is asked again; False where there is none."""
    last = Judgement.objects.filter(item__judge_box__judge_set=judge_set, judge=judge).order_by("-updated_at").first()
    if last is None:
        return False
    last.delete()
    return True


def _firsts(judge_set: JudgeSet) -> list[tuple[int, int, str]]:
    """(box, product, maker): the first product at each box, by each embedder and as it is served."""
    boxes: dict[int, list[JudgeBox]] = defaultdict(list)
    for box in judge_set.boxes.all():
        boxes[box.scene_id].append(box)
    found: list[tuple[int, int, str]] = []
    served: set[int] = set()
    live = Tag.objects.filter(scene__in=boxes, state=Tag.State.LIVE, product__available=True)
    for tag in live.order_by("-confidence", "pk"):
        for box in boxes[tag.scene_id]:
            if box.pk not in served and same_place(box.box, tag.box):
                served.add(box.pk)
                found.append((box.pk, tag.product_id, SERVED))
    scans = Scan.objects.filter(scene__in=boxes, state=Scan.State.DONE).select_related("embedder__vertical")
    latest = {(scan.scene_id, scan.embedder_id): scan for scan in scans.order_by("finished_at", "pk")}
    by_scan: dict[int, list[Proposal]] = defaultdict(list)
    for proposal in Proposal.objects.filter(scan__in=[scan.pk for scan in latest.values()]):
        by_scan[proposal.scan_id].append(proposal)
    first = dict(Candidate.objects.filter(proposal__scan__in=list(by_scan), rank=1).values_list("proposal", "product"))
    for scan in latest.values():
        for box in boxes[scan.scene_id]:
            seen = _at(box, by_scan[scan.pk])
            if seen is not None and seen.pk in first:
                found.append((box.pk, first[seen.pk], str(scan.embedder)))
    return found


def _at(box: JudgeBox, proposals: list[Proposal]) -> Proposal | None:
    """The proposal that overlaps a box most, and by at least a half."""
    if not proposals:
        return None
    overlaps = box_iou(as_array([box.box]), as_array([each.box for each in proposals]))[0]
    best = int(overlaps.argmax())
    return proposals[best] if same_place(box.box, proposals[best].box) else None
