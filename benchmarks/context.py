"""Do the words around a scene pay? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/context.py [--quick] [--json] [--pack DIR] [--models DIR] [--encoder DIR]

Recall@1 inside the category on the scenes of split test, with known boxes, by visual score alone and with the scene's title,
description and boards, with a paired 95 % interval over scenes; the weight is learned from the scenes of split train. First
with the pack's own captions, then (``told``) with captions that name things in people's words, are of another room, vague or
empty in the shares of ``showroom.telling``. ``sentences`` is the same by a pretrained sentence encoder, where one is given.
``category`` is what the category prior of the same words adds to the share of objects that are detected under their own
name. ``milliseconds_per_scene`` is the work of context alone.
"""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
from _report import ROOT, arguments, report

from models_ml.context import DEPTH
from models_ml.context_fit import Slate, Texts, gain_of, known_slates, pack_texts, told_scenes
from models_ml.data import is_clear
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.fit_context import fit, weights_hash
from models_ml.leaning_fit import Possible, fit_leaning, leaning_gain, possible_of, told_anew
from models_ml.manifest import Manifest
from models_ml.product_texts import ProductTexts, SceneText
from models_ml.retrieval_metrics import embed_catalogue
from models_ml.sentence_texts import SentenceTexts
from models_ml.sentences import SentenceEncoder
from showroom.telling import KINDS, kind_of, retell

QUICK_SCENES = 16
SPLITS = ("train", "test")


def _retold(pack: Path) -> dict[str, SceneText]:
    rows, products = (
        [json.loads(line) for line in (pack / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("scenes", "products")
    )
    told = retell(rows, {row["id"]: row for row in products})
    return {row["id"]: SceneText(row["title"], row["description"], tuple(row["boards"])) for row in told}


def _milliseconds(slates: list[Slate], scenes: Mapping[str, SceneText], texts: Texts) -> float:
    by_scene: dict[str, list[Slate]] = defaultdict(list)
    for slate in slates:
        by_scene[slate.scene].append(slate)
    taken = []
    for mine in by_scene.values():
        start = time.perf_counter()
        [again] = told_scenes(mine, scenes, texts)
        again.orders(0.1)
        taken.append(1000 * (time.perf_counter() - start))
    return median(taken)


def main() -> None:
    """Measure and print."""
    parser = arguments("What the words around a scene add to recall@1 inside the category.")
    parser.add_argument("--pack", type=Path, default=ROOT / "showroom/pack")
    parser.add_argument("--models", type=Path, default=ROOT / "showroom/checkpoints")
    parser.add_argument("--encoder", type=Path, help="the folder of a pretrained sentence encoder")
    options = parser.parse_args()
    torch.set_num_threads(1)
    embedder, manifest = Embedder.load(options.models / "embedder"), Manifest.read(options.pack)
    gallery = embed_catalogue(embedder, manifest)
    if options.quick:
        parts = (manifest.part(split).scenes[:QUICK_SCENES] for split in ("train", "test"))
        manifest = replace(manifest, scenes=tuple(scene for part in parts for scene in part))
    captions, products = pack_texts(options.pack)
    catalogue = {i: (p.category, products[p.id]) for i, p in enumerate(manifest.products)}
    texts: dict[str, Texts] = {"words": ProductTexts.build(catalogue)}
    if options.encoder is not None:
        texts["sentences"] = SentenceTexts.build(catalogue, SentenceEncoder.load(options.encoder))
    slates = {split: known_slates(embedder, manifest, gallery, split, DEPTH) for split in SPLITS}
    worlds = {"pack": captions, "told": _retold(options.pack)}
    figures = {name: _figures(reader, slates, worlds, options) for name, reader in texts.items()}
    detector = Detector.load(options.models / "detector")
    possible = {split: possible_of(detector, manifest, split, captions, texts["words"]) for split in SPLITS}
    category = {
        name: {world: _category(possible, manifest, words, reader, options.seed) for world, words in worlds.items()}
        for name, reader in texts.items()
    }
    first = figures["words"].pop("pack")
    report(
        options,
        question="Do the words around a scene pay?",
        n=int(str(first.pop("n"))),
        **first,
        told={**figures["words"]["told"], "shares": KINDS},
        sentences=figures.get("sentences"),
        category=category,
        milliseconds_per_scene=round(_milliseconds(slates["test"], worlds["told"], texts["words"]), 3),
        products=len(manifest.products),
    )


def _figures(
    texts: Texts, slates: Mapping[str, list[Slate]], worlds: Mapping[str, Mapping[str, SceneText]], options: Namespace
) -> dict[str, dict[str, object]]:
    """By world: the weight learned, the gain in recall@1, and whether it is on; of the retold one, by kind of caption."""
    figures: dict[str, dict[str, object]] = {}
    for world, words in worlds.items():
        train, test = (told_scenes(slates[split], words, texts) for split in SPLITS)
        model = fit(train, test, embedder=weights_hash(options.models / "embedder"), seed=options.seed)
        figures[world] = {**model.judged, "weight": model.weight, "on": model.on}
    figures[world]["by_kind"] = {
        kind: gain_of(mine, model.weight, seed=options.seed).record()
        for kind in KINDS
        if (mine := [scene for scene in test if kind_of(scene.slates[0].scene) == kind])
    }
    return figures


def _category(
    possible: Mapping[str, list[Possible]],
    manifest: Manifest,
    words: Mapping[str, SceneText],
    texts: Texts,
    seed: int,
) -> dict[str, object]:
    """What the category prior adds, its weight learned from the train scenes."""
    parts = {}
    for split in SPLITS:
        names = [scene.id for scene in manifest.part(split).scenes if any(is_clear(item) for item in scene.objects)]
        parts[split] = told_anew(possible[split], [words.get(name, SceneText()) for name in names], texts)
    weight = fit_leaning(parts["train"])
    gain = leaning_gain(parts["test"], weight, seed=seed)
    return {**gain.record(), "weight": weight, "on": gain.low > 0}


if __name__ == "__main__":
    main()
