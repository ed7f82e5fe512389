"""The command line::

    python -m models_ml.evaluate detector showroom/pack --detector showroom/checkpoints/detector --out var/judged
    python -m models_ml.evaluate embedder showroom/pack --embedder showroom/checkpoints/embedder \
        --detector showroom/checkpoints/detector --json
    python -m models_ml.evaluate pipeline showroom/pack --detector showroom/checkpoints/detector \
        --embedder showroom/checkpoints/embedder
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from models_ml.checkpoints import CheckpointError
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.evaluate import detector as detectors
from models_ml.evaluate import embedder as embedders
from models_ml.evaluate import pipeline as pipelines
from models_ml.evaluate.inputs import EvaluationError, open_model, read_class_map, read_pack
from models_ml.images import ImageError
from models_ml.manifest import Manifest, ManifestError

Judge = Callable[[argparse.Namespace], tuple[Mapping[str, object], str]]
REPORT, SCENES, CROPS = "report.json", "worst_scenes.png", "worst_crops.png"


def main(argv: Sequence[str] | None = None) -> None:
    """Judge and print; what cannot be judged ends the process with its reason."""
    args = _parser().parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        report, table = args.judge(args)
    except (EvaluationError, ManifestError, CheckpointError, ImageError) as error:
        raise SystemExit(str(error)) from error
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / REPORT).write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(json.dumps(report, allow_nan=False) if args.json else table)


def judge_detector(args: argparse.Namespace) -> tuple[Mapping[str, object], str]:
    """The subcommand ``detector``: a report, and the same as a table."""
    manifest = read_pack(args.pack, args.split)
    detector = open_model(Detector, args.detector, device=args.device)
    judged = detectors.evaluate_detector(
        manifest, detector, split=args.split, class_map=read_class_map(args.categories)
    )
    if args.out:
        detectors.save_worst(judged, args.out / SCENES)
    return judged.report, detectors.as_table(judged.report)


def judge_embedder(args: argparse.Namespace) -> tuple[Mapping[str, object], str]:
    """The subcommand ``embedder``: a report, and the same as a table."""
    manifest = read_pack(args.pack, args.split)
    judged = embedders.evaluate_embedder(
        manifest,
        open_model(Embedder, args.embedder, device=args.device),
        split=args.split,
        distractors=[Manifest.read(path) for path in args.gallery],
        detector=open_model(Detector, args.detector, device=args.device) if args.detector else None,
        codes=args.codes,
    )
    if args.out:
        embedders.save_worst_queries(judged, args.out / CROPS)
    return judged.report, embedders.as_table(judged.report)


def judge_pipeline(args: argparse.Namespace) -> tuple[Mapping[str, object], str]:
    """The subcommand ``pipeline``: a report, and the same as a table."""
    manifest = read_pack(args.pack, args.split)
    metrics = pipelines.evaluate_pipeline(
        manifest,
        open_model(Detector, args.detector, device=args.device),
        open_model(Embedder, args.embedder, device=args.device),
        split=args.split,
        min_score=args.min_score,
        class_map=read_class_map(args.categories),
    )
    return metrics, pipelines.as_table(metrics)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models_ml.evaluate", description="Judge models on a pack.")
    commands = parser.add_subparsers(required=True, metavar="{detector,embedder,pipeline}")
    detector = _command(commands, "detector", "boxes: COCO figures, what is mixed up", judge_detector)
    embedder = _command(commands, "embedder", "crops: is their product found among the photos?", judge_embedder)
    pipeline = _command(commands, "pipeline", "from photo to candidates", judge_pipeline)
    detector.add_argument("--detector", type=Path, required=True, help="checkpoint, without suffix")
    embedder.add_argument("--embedder", type=Path, required=True, help="checkpoint, without suffix")
    embedder.add_argument("--detector", type=Path, help="ask with its boxes too")
    embedder.add_argument("--gallery", type=Path, nargs="+", default=[], help="packs whose products stand in the way")
    embedder.add_argument("--codes", action="store_true", help="say what sign codes cost in recall")
    pipeline.add_argument("--detector", type=Path, required=True, help="checkpoint, without suffix")
    pipeline.add_argument("--embedder", type=Path, required=True, help="checkpoint, without suffix")
    pipeline.add_argument("--min-score", type=float, default=0.05, help="detections less sure than this are not made")
    for command in (detector, pipeline):
        command.add_argument("--categories", type=Path, metavar="FILE", help="JSON: {detector class: pack's category}")
    return parser


def _command(commands: Any, name: str, text: str, judge: Judge) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.set_defaults(judge=judge)
    command.add_argument("pack", type=Path)
    command.add_argument("--split", default="test")
    command.add_argument("--out", type=Path, help="folder for report.json and pictures of the worst cases")
    command.add_argument("--device", default="cpu")
    command.add_argument("--threads", type=int, help="threads of the process")
    command.add_argument("--json", action="store_true", help="one JSON line instead of a table")
    return command


if __name__ == "__main__":
    main()
