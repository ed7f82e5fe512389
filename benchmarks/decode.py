"""How small may a worker decode a scene before its crops are recognised less often? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/decode.py [--quick] [--json] [--scenes 48] [--width 2560]

Rooms are drawn at the size of what a camera gives, from products of the demo pack, and kept as JPEG. Each is decoded whole and,
as :func:`models_ml.pipeline.decode` does it, with no more than enough pixels on its longer side; the true boxes are cut out
of both, embedded, and searched in their category. ``recall`` is that of the true product among the first 1 and 9 of its
category; ``lost`` the share of boxes that a smaller picture loses at 1, with a paired 95 % interval over scenes. The
detector sees every scene at its own, smaller size, so it does not enter. ``worker`` is the side a worker decodes at.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from _report import ROOT, arguments, report

from models_ml.bootstrap import bootstrap
from models_ml.data import LEAST_VISIBLE
from models_ml.embedding import Embedder
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest
from models_ml.pipeline import ENOUGH_SIDE, limit_threads
from models_ml.retrieval_metrics import embed_catalogue
from models_ml.types import Box
from showroom.catalogue import catalogue
from showroom.collage import collage_scenes
from showroom.types import ObjectTruth

START = 2_000_000
SIDES = (256, 384, 512, 768, ENOUGH_SIDE, 1536)
ROUNDS = 5000

Ranks = npt.NDArray[np.int64]


def main() -> None:
    """Measure and print."""
    parser = arguments("What a worker loses by decoding scenes small.")
    parser.add_argument("--scenes", type=int, help="how many are drawn")
    parser.add_argument("--width", type=int, default=2560, help="of the pictures drawn, at 4:3")
    parser.add_argument("--embedder", type=Path, default=ROOT / "showroom" / "checkpoints" / "embedder")
    options = parser.parse_args()
    limit_threads(1)
    count = options.scenes or (6 if options.quick else 48)
    drawn = pictures(count, options.width, options.seed)
    embedder, manifest = Embedder.load(options.embedder), Manifest.read(ROOT / "showroom" / "pack")
    gallery = embed_catalogue(embedder, manifest)
    whole = judged(drawn, None, embedder, gallery, manifest)
    figures = {"whole": summary(whole, whole, options.seed)}
    for side in SIDES:
        figures[str(side)] = summary(judged(drawn, side, embedder, gallery, manifest), whole, options.seed)
    report(
        options,
        question="How small may a worker decode a scene before its crops are recognised less often?",
        n=len(drawn),
        boxes=int(sum(len(ranks) for ranks in whole["ranks"])),
        picture=[options.width, options.width * 3 // 4],
        sides=figures,
        worker=ENOUGH_SIDE,
        lost_by_worker=figures[str(ENOUGH_SIDE)]["lost"],
    )


def pictures(count: int, width: int, seed: int) -> list[tuple[bytes, list[ObjectTruth]]]:
    """Rooms no model was trained on, as JPEG, each with the objects in it that can be seen clearly."""
    made = []
    start = START + 1000 * seed
    for image, truth in collage_scenes(catalogue(), seed=start, count=count, width=width, height=width * 3 // 4):
        stream = BytesIO()
        image.save(stream, "JPEG", quality=90)
        made.append((stream.getvalue(), [item for item in truth.objects if item.visible >= LEAST_VISIBLE]))
    return made


def judged(
    drawn: Sequence[tuple[bytes, list[ObjectTruth]]],
    side: int | None,
    embedder: Embedder,
    gallery: npt.NDArray[np.float32],
    manifest: Manifest,
) -> dict[str, Any]:
    """The rank of the true product in its category for every box of every scene, and the milliseconds to decode a scene."""
    place = {product.id: number for number, product in enumerate(manifest.products)}
    category = np.array([product.category for product in manifest.products])
    ranks: list[Ranks] = []
    spent, pixels = [], 0
    for data, objects in drawn:
        began = time.thread_time()
        image = open_image(data, enough_side=side)
        spent.append(1000 * (time.thread_time() - began))
        pixels = max(image.size)
        vectors = embedder.embed([crop(image, Box(*item.box)) for item in objects])
        scores = vectors @ gallery.T
        mine = np.array([place[item.product] for item in objects], dtype=np.int64)
        rivals = category[None, :] == category[mine][:, None]
        better = (scores > scores[np.arange(len(mine)), mine][:, None]) & rivals
        ranks.append(1 + better.sum(axis=1))
    return {"ranks": ranks, "decode_ms": round(statistics.median(spent), 2), "side": pixels}


def summary(mine: dict[str, Any], whole: dict[str, Any], seed: int) -> dict[str, Any]:
    """Recall, and what it lost beside the whole picture."""
    every = np.concatenate(mine["ranks"])
    counts = np.array([len(ranks) for ranks in whole["ranks"]])
    pairs = zip(whole["ranks"], mine["ranks"], strict=True)
    change = np.array([(before == 1).sum() - (after == 1).sum() for before, after in pairs], dtype=float)
    low, high = bootstrap(lambda times: float(times @ change / (times @ counts)), len(counts), rounds=ROUNDS, seed=seed)
    return {
        "side": mine["side"],
        "decode_ms": mine["decode_ms"],
        "recall_at_1": round(float((every == 1).mean()), 4),
        "recall_at_9": round(float((every <= 9).mean()), 4),
        "lost": [round(float(value), 4) for value in (change.sum() / counts.sum(), low, high)],
    }


if __name__ == "__main__":
    main()
