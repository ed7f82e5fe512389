"""The part of the command line that all trainers share."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Any

import torch

from models_ml.backbones import BACKBONES
from models_ml.engine import PRECISIONS, RunConfig
from models_ml.schedule import Progress

log = logging.getLogger(__name__)

LINE_EVERY = 20


def add_run_arguments(parser: argparse.ArgumentParser, defaults: RunConfig) -> None:
    """Give ``parser`` an option for each field of a :class:`RunConfig`, and for the network and threads."""
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint, without suffix")
    parser.add_argument(
        "--weights",
        type=Path,
        help="start from: torchvision (its weights of the backbone), a backbone's .pt, or a .safetensors of ours",
    )
    parser.add_argument("--weights-name", default="", help="who made the .pt, for the record")
    parser.add_argument("--weights-licence", default="", help="under which licence")
    parser.add_argument("--backbone", choices=list(BACKBONES), default="shufflenet_v2_x1_0")
    parser.add_argument("--steps", type=int, help="end after so many steps; alone it makes a run repeatable to the bit")
    parser.add_argument("--epochs", type=float, help="end after so many rounds through the data")
    parser.add_argument("--minutes", type=float, help="end after so much time")
    parser.add_argument("--batch", type=int, default=defaults.batch)
    parser.add_argument("--rate", type=float, default=defaults.learning_rate, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--threads", type=int, help="threads of the process")
    parser.add_argument("--device", default=defaults.device)
    parser.add_argument(
        "--precision",
        choices=list(PRECISIONS),
        default=defaults.precision,
        help="bfloat16 pays on GPUs, and on CPUs with AMX or AVX512-BF16 for bodies without depthwise convolutions",
    )
    parser.add_argument(
        "--save-every", type=float, default=defaults.save_every, help="seconds between states to resume from"
    )
    parser.add_argument(
        "--evaluate-every", type=float, default=defaults.evaluate_every, help="minutes between points of the curve"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a run to the same --out was cut")


def run_fields(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of a :class:`RunConfig` as they were given; also sets the threads and the log."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.threads:
        torch.set_num_threads(args.threads)
    renamed = {"learning_rate": args.rate}
    same = ("steps", "epochs", "minutes", "batch", "seed", "weights", "weights_name", "weights_licence", "save_every")
    later = ("evaluate_every", "precision", "device", "resume")
    return renamed | {name: getattr(args, name) for name in (*same, *later)}


def log_progress(progress: Progress) -> None:
    """A line every so many steps, and for the last."""
    if progress.step % LINE_EVERY == 0 or progress.step == progress.steps:
        parts = ", ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        log.info(
            "step %d of %d, loss %.3f (%s), rate %.2g, %d:%02d left",
            *(progress.step, progress.steps, progress.loss, parts, progress.rate, minutes, seconds),
        )
