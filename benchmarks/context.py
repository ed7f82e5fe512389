"""Do the words around a scene pay? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/context.py [--quick] [--json] [--pack DIR] [--embedder CHECKPOINT]

Recall@1 inside the category on the scenes of split test, with known boxes, by visual score alone and with the scene's title,
description and boards, with a paired 95 % interval over scenes; the weight is learned from the scenes of split train. First
with the pack's own captions, then (``told``) with captions that name things in people's words, are of another room, vague or
empty in the shares of ``showroom.telling``. ``milliseconds_per_scene`` is the work of context alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
from _report import ROOT, arguments, report

from models_ml.context import DEPTH
from models_ml.context_fit import Told, gain_of, known_slates, pack_texts, told_scenes
from models_ml.embedding import Embedder
from models_ml.fit_context import fit, weights_hash
from models_ml.manifest import Manifest
from models_ml.product_texts import ProductTexts, SceneText
from models_ml.retrieval_metrics import embed_catalogue
from showroom.telling import KINDS, kind_of, retell

QUICK_SCENES = 16


def _retold(pack: Path) -> dict[str, SceneText]:
    rows, products = (
        [json.loads(line) for line in (pack / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("scenes", "products")
    )
    told = retell(rows, {row["id"]: row for row in products})
    return {row["id"]: SceneText(row["title"], row["description"], tuple(row["boards"])) for row in told}


def _milliseconds(told: list[Told], scenes: Mapping[str, SceneText], texts: ProductTexts, weight: float) -> float:
    taken = []
    for scene in told:
        start = time.perf_counter()
        again = told_scenes(scene.slates, scenes, texts)
        again[0].orders(weight)
        taken.append(1000 * (time.perf_counter() - start))
    return median(taken)


def main() -> None:
    """Measure and print."""
    parser = arguments("What the words around a scene add to recall@1 inside the category.")
    parser.add_argument("--pack", type=Path, default=ROOT / "showroom/pack")
    parser.add_argument("--embedder", type=Path, default=ROOT / "showroom/checkpoints/embedder")
    options = parser.parse_args()
    torch.set_num_threads(2)
    embedder, manifest = Embedder.load(options.embedder), Manifest.read(options.pack)
    gallery = embed_catalogue(embedder, manifest)
    if options.quick:
        parts = (manifest.part(split).scenes[:QUICK_SCENES] for split in ("train", "test"))
        manifest = replace(manifest, scenes=tuple(scene for part in parts for scene in part))
    captions, products = pack_texts(options.pack)
    texts = ProductTexts.build({i: (p.category, products[p.id]) for i, p in enumerate(manifest.products)})
    slates = {split: known_slates(embedder, manifest, gallery, split, DEPTH) for split in ("train", "test")}
    figures: dict[str, dict[str, object]] = {}
    for world, words in (("pack", captions), ("told", _retold(options.pack))):
        train, test = (told_scenes(slates[split], words, texts) for split in ("train", "test"))
        model = fit(train, test, embedder=weights_hash(options.embedder), seed=options.seed)
        figures[world] = {**model.judged, "weight": model.weight, "on": model.on}
    kinds = {
        kind: gain_of(mine, model.weight, seed=options.seed).record()
        for kind in KINDS
        if (mine := [scene for scene in test if kind_of(scene.slates[0].scene) == kind])
    }
    report(
        options,
        question="Do the words around a scene pay?",
        n=int(str(figures["pack"].pop("n"))),
        **figures["pack"],
        told={**figures["told"], "shares": KINDS, "by_kind": kinds},
        milliseconds_per_scene=round(_milliseconds(test, words, texts, model.weight), 3),
        products=len(manifest.products),
    )


if __name__ == "__main__":
    main()
