"""Fit how much the words around a scene count beside an embedder, and switch them on only where they are proven to pay::

    python -m models_ml.fit_context showroom/pack --embedder showroom/checkpoints/embedder --json

The weight is learned from the scenes of ``--split``, the yes or no comes from those of ``--judge``: on where the lower bound
of the gain in recall@1 inside the category is above 0. Both are written beside the embedder, as ``NAME.context.json``. With
``--detector`` the category prior of the same words is fitted as well, and switched on by the same rule.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from models_ml import checkpoints
from models_ml.context import DEPTH, ContextModel
from models_ml.context_fit import Told, fit_weight, gain_of, known_slates, pack_texts, told_scenes
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.leaning_fit import fit_leaning, leaning_gain, possible_of
from models_ml.manifest import Manifest
from models_ml.product_texts import ProductTexts, SceneText
from models_ml.retrieval_metrics import embed_catalogue


def context_path(embedder: Path) -> Path:
    """Where the context model of an embedder's checkpoint stands."""
    weights, _ = checkpoints.paths(embedder)
    return weights.with_name(f"{weights.stem}.context.json")


def fit(told: Sequence[Told], judges: Sequence[Told], *, embedder: str, seed: int = 0) -> ContextModel:
    """Learn the weight from ``told``, decide by ``judges``; ``embedder`` is the sha256 of the weights both were found with."""
    weight = fit_weight(told)
    gain = gain_of(judges, weight, seed=seed)
    fitted = {"scenes": len(told), "slates": sum(len(scene.slates) for scene in told)}
    return ContextModel(gain.low > 0, weight, embedder, DEPTH, fitted, gain.record())


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models_ml.fit_context", description="Fit what a scene's words count."
    )
    parser.add_argument("pack", type=Path)
    parser.add_argument("--embedder", type=Path, required=True)
    parser.add_argument("--detector", type=Path, help="fit the category prior beside this detector too")
    parser.add_argument("--split", default="train", help="the scenes to learn the weight from")
    parser.add_argument("--judge", default="test", help="the scenes that say whether it pays")
    parser.add_argument("--out", type=Path, help="the file to write; beside the embedder unless given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="threads of the process")
    parser.add_argument("--json", action="store_true", help="print the file's content")
    args = parser.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.split == args.judge:
        raise SystemExit(f"split {args.split!r} can not both teach and judge; give --judge another")
    manifest, embedder = Manifest.read(args.pack), Embedder.load(args.embedder)
    scenes, products = pack_texts(args.pack)
    catalogue = {i: (entry.category, products[entry.id]) for i, entry in enumerate(manifest.products)}
    texts, gallery = ProductTexts.build(catalogue), embed_catalogue(embedder, manifest)
    parts = []
    for split in (args.split, args.judge):
        slates = known_slates(embedder, manifest, gallery, split, DEPTH)
        if not slates:
            raise SystemExit(f"{args.pack} has no known products in scenes of split {split!r}; give another")
        parts.append(told_scenes(slates, scenes, texts))
    model = fit(*parts, embedder=weights_hash(args.embedder), seed=args.seed)
    data = hashlib.sha256(json.dumps([manifest.hash, repr(scenes), products]).encode()).hexdigest()
    if args.detector:
        model = with_leaning(model, args, manifest, scenes, texts)
    model = ContextModel.from_record(model.record() | {"fitted": {**model.fitted, "data": data, "split": args.split}})
    model.write(args.out or context_path(args.embedder))
    print(json.dumps(model.record()) if args.json else verdict(model))


def with_leaning(
    model: ContextModel,
    args: argparse.Namespace,
    manifest: Manifest,
    scenes: Mapping[str, SceneText],
    texts: ProductTexts,
) -> ContextModel:
    """The same with the category prior fitted beside a detector; 0 unless the lower bound of its gain is above 0."""
    detector = Detector.load(args.detector)
    told, judges = (possible_of(detector, manifest, split, scenes, texts) for split in (args.split, args.judge))
    weight = fit_leaning(told)
    gain = leaning_gain(judges, weight, seed=args.seed)
    named = {**gain.record(), "weight": weight, "detector": weights_hash(args.detector)}
    return replace(model, leaning=weight if gain.low > 0 else 0.0, named=named)


def weights_hash(checkpoint: Path) -> str:
    """The sha256 of a checkpoint's weights, as its sidecar has it."""
    return str(checkpoints.read_sidecar(checkpoint)["weights_sha256"])


def verdict(model: ContextModel) -> str:
    """The decision for a terminal."""
    judged = model.judged
    figures = f"gain {judged['gain']:+.4f} [{judged['low']:+.4f}, {judged['high']:+.4f}] over {judged['n']} boxes"
    named = f"; category prior {model.leaning}, gain {model.named['gain']:+.4f}" if model.named else ""
    return f"{'on' if model.on else 'off'}: weight {model.weight}, {figures}{named}"


if __name__ == "__main__":
    main()
