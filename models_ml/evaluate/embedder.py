"""Judge an embedder: is the product of a crop found among the catalogue's photos?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import numpy as np

from models_ml.bootstrap import share_interval
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.evaluate.pictures import QueryTile, query_tile, save_grid
from models_ml.evaluate.queries import Query, detected_queries, open_gallery, photo_queries, true_queries
from models_ml.gallery import Gallery, Recalls, recalls
from models_ml.index import CodedVectors
from models_ml.manifest import Manifest
from models_ml.types import Box, Vectors

MIN_SCORE = 0.05
WORST, SHOWN = 24, 5
SHORTLIST = 100


class Figure(TypedDict):
    """A share with its 95 % interval over scenes drawn anew; None where there is nothing to judge."""

    value: float
    low: float | None
    high: float | None


class Part(TypedDict):
    """``in_category`` ranks the entries of the category asked for, ``overall`` those of the whole gallery.

    With detected boxes the category is the detector's, and an object that it missed is not found: ``found`` counts the others.
    """

    queries: int
    found: int
    in_category: Recalls
    overall: Recalls


class Boxes(TypedDict):
    """Recall with one kind of boxes; ``held_out`` asks for products that were never trained on, ``per_category`` for all."""

    held_out: Part
    all: Part
    per_category: dict[str, Part]


class DomainGap(TypedDict):
    """How much harder a scene crop is than a photo of the same size, in the whole gallery; ``at_1`` is the difference."""

    photo_to_photo: Recalls
    crop_to_photo: Recalls
    at_1: float


class CodesCost(TypedDict):
    """Recall in the whole gallery by sign bits with the ``shortlist`` nearest scored again, beside that by floats."""

    shortlist: int
    by_codes: Recalls
    by_floats: Recalls


class EmbedderReport(TypedDict):
    """``headline`` holds ``in_category_recall_at_1`` and ``overall_recall_at_10`` of the held-out products, by true boxes, and
    the same by detected ones under ``detected_...`` where a detector is given."""

    scenes: int
    products: int
    entries: int
    headline: dict[str, Figure | None]
    true_boxes: Boxes
    detected_boxes: Boxes | None
    domain_gap: DomainGap
    codes: CodesCost | None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A query with the place of its product in its category and over all, from 1 on; None is not found."""

    query: Query
    in_category: int | None
    overall: int | None


@dataclass(frozen=True, slots=True)
class JudgedEmbedder:
    """A report with what it was made from."""

    report: EmbedderReport
    gallery: Gallery
    ranked: Sequence[Ranked]


def evaluate_embedder(
    manifest: Manifest,
    embedder: Embedder,
    *,
    split: str = "test",
    distractors: Sequence[Manifest] = (),
    detector: Detector | None = None,
    codes: bool = False,
) -> JudgedEmbedder:
    """Search all products of the pack and of ``distractors`` for every clear object of a known product in ``split``.

    Products held out are those whose ``split`` is ``test``. Raises :class:`models_ml.evaluate.inputs.EvaluationError` and
    ``ImageError`` naming the picture at fault.
    """
    gallery = open_gallery(embedder, [manifest, *distractors])
    queries = true_queries(embedder, manifest, split)
    ranked = [_ranked(query, gallery) for query in queries]
    boxes: dict[str, list[Ranked]] = {"": ranked}
    if detector is not None:
        found = detected_queries(queries, detector, embedder, min_score=MIN_SCORE)
        boxes["detected_"] = [_ranked(query, gallery) for query in found]
    report: EmbedderReport = {
        "scenes": len({query.scene for query in queries}),
        "products": len(gallery.products),
        "entries": len(set(gallery.entries.tolist())),
        "headline": {name: figure for kind, rows in boxes.items() for name, figure in _headline(kind, rows, gallery)},
        "true_boxes": _boxes(ranked, gallery),
        "detected_boxes": _boxes(boxes["detected_"], gallery) if detector is not None else None,
        "domain_gap": _domain_gap(ranked, photo_queries(queries, embedder, gallery), gallery),
        "codes": _codes_cost(ranked, gallery) if codes else None,
    }
    return JudgedEmbedder(report, gallery, ranked)


def _ranked(query: Query, gallery: Gallery) -> Ranked:
    if query.vector is None:
        return Ranked(query, None, None)
    return Ranked(
        query,
        gallery.rank(query.vector, query.place, category=query.category),
        gallery.rank(query.vector, query.place),
    )


def _held_out(ranked: Sequence[Ranked], gallery: Gallery) -> list[Ranked]:
    return [row for row in ranked if gallery.products[row.query.place].split == "test"]


def _boxes(ranked: Sequence[Ranked], gallery: Gallery) -> Boxes:
    categories = sorted({gallery.products[row.query.place].category for row in ranked})
    return {
        "held_out": _part(_held_out(ranked, gallery)),
        "all": _part(ranked),
        "per_category": {
            name: _part([row for row in ranked if gallery.products[row.query.place].category == name])
            for name in categories
        },
    }


def _part(ranked: Sequence[Ranked]) -> Part:
    return {
        "queries": len(ranked),
        "found": sum(row.query.vector is not None for row in ranked),
        "in_category": recalls([row.in_category for row in ranked]),
        "overall": recalls([row.overall for row in ranked]),
    }


def _headline(kind: str, ranked: Sequence[Ranked], gallery: Gallery) -> list[tuple[str, Figure | None]]:
    mine = _held_out(ranked, gallery)
    scenes = [row.query.scene for row in mine]
    return [
        (f"{kind}in_category_recall_at_1", _figure([row.in_category for row in mine], 1, scenes)),
        (f"{kind}overall_recall_at_10", _figure([row.overall for row in mine], 10, scenes)),
    ]


def _figure(ranks: Sequence[int | None], k: int, scenes: Sequence[int]) -> Figure | None:
    if not ranks:
        return None
    hits = [rank is not None and rank <= k for rank in ranks]
    low, high = share_interval(hits, scenes)
    value = round(sum(hits) / len(hits), 4)
    return (
        {"value": value, "low": None, "high": None}
        if math.isnan(low)
        else {
            "value": value,
            "low": round(low, 4),
            "high": round(high, 4),
        }
    )


def _domain_gap(ranked: Sequence[Ranked], photos: Sequence[Query], gallery: Gallery) -> DomainGap:
    by_photo = recalls([_ranked(query, gallery).overall for query in photos])
    by_crop = recalls([row.overall for row in ranked])
    return {
        "photo_to_photo": by_photo,
        "crop_to_photo": by_crop,
        "at_1": round(by_photo["recall_at_1"] - by_crop["recall_at_1"], 4),
    }


def _codes_cost(ranked: Sequence[Ranked], gallery: Gallery) -> CodesCost:
    vectors: Vectors = np.stack([row.query.vector for row in ranked if row.query.vector is not None])
    near = CodedVectors(gallery.vectors).search(vectors, SHORTLIST, shortlist=SHORTLIST).ids
    ranks = [_entry_rank(gallery, row.query.place, places.tolist()) for row, places in zip(ranked, near, strict=True)]
    return {
        "shortlist": SHORTLIST,
        "by_codes": recalls(ranks),
        "by_floats": recalls([row.overall for row in ranked]),
    }


def _entry_rank(gallery: Gallery, place: int, found: Sequence[int]) -> int | None:
    entries = list(dict.fromkeys(int(gallery.entries[i]) for i in found if i >= 0))
    own = int(gallery.entries[place])
    return entries.index(own) + 1 if own in entries else None


def save_worst_queries(judged: JudgedEmbedder, path: Path, *, count: int = WORST) -> None:
    """Draw the crops whose product stands last in its category, with the five photos that stand first."""
    gallery = judged.gallery
    tiles = []
    for row in sorted(judged.ranked, key=lambda row: -(row.in_category or 0))[:count]:
        query = row.query
        if query.vector is None:
            continue
        product = gallery.products[query.place]
        own = {gallery.products[i].id for i in np.flatnonzero(gallery.entries == gallery.entries[query.place])}
        near = gallery.nearest(query.vector, SHOWN, category=query.category)
        tiles.append(
            QueryTile(
                f"{query.picture.id}: {product.id} is number {row.in_category} of its category, {row.overall} over all",
                query.picture.image,
                query.box or Box(0.0, 0.0, 1.0, 1.0),
                product.image,
                [(other.image, score, other.id in own) for other, score in near],
            )
        )
    save_grid([query_tile(tile) for tile in tiles], path, columns=2)


def as_table(report: EmbedderReport) -> str:
    """The figures for a terminal: a line a category, then the whole, then the headline."""
    lines = [f"{report['products']} products ({report['entries']} by photo), {report['scenes']} scenes"]
    for title, boxes in (("true boxes", report["true_boxes"]), ("detected boxes", report["detected_boxes"])):
        if boxes is None:
            continue
        lines.append(
            f"{title:24} {'in category R@1':>15} {'R@5':>6} {'R@10':>6} {'over all R@1':>13} {'R@10':>6} {'of':>6}"
        )
        rows = {**boxes["per_category"], "all": boxes["all"], "held out": boxes["held_out"]}
        for name, part in rows.items():
            near, wide = part["in_category"], part["overall"]
            lines.append(
                f"{name:24} {near['recall_at_1']:15.3f} {near['recall_at_5']:6.3f} {near['recall_at_10']:6.3f}"
                f" {wide['recall_at_1']:13.3f} {wide['recall_at_10']:6.3f} {part['queries']:6d}"
            )
    for name, figure in report["headline"].items():
        text = "nothing to judge"
        if figure is not None:
            span = "" if figure["low"] is None else f" ({figure['low']:.3f} to {figure['high']:.3f})"
            text = f"{figure['value']:.3f}{span}"
        lines.append(f"held out, {name}: {text}")
    gap = report["domain_gap"]
    lines.append(
        f"a photo is found at 1 in {gap['photo_to_photo']['recall_at_1']:.3f}, a crop in "
        f"{gap['crop_to_photo']['recall_at_1']:.3f}: the gap is {gap['at_1']:.3f}"
    )
    if codes := report["codes"]:
        lines.append(
            f"sign codes: R@10 {codes['by_codes']['recall_at_10']:.3f}, by floats {codes['by_floats']['recall_at_10']:.3f}"
        )
    return "\n".join(lines)
