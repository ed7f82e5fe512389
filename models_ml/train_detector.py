"""python -m models_ml.train_detector --manifest var/worlds/train showroom/pack --repeat 1 3 --minutes 19 --out FILE

Trains a detector on the train scenes of packs and judges it on their test scenes. Give an end (``--steps``, ``--epochs``
or ``--minutes``); ``--resume`` goes on where a run to the same ``--out`` was cut. The app calls :func:`train_detector`.

The command above, with ``--weights shufflenet_v2_x1_0_coco.pt --freeze backbone.body.conv1 --batch 6 --threads 1``, made
``showroom/checkpoints/detector``: 771 steps on one busy core, mAP@.5 0.869 (0.597 at IoU .75) on the 32 path-traced test
scenes of the demo world. No room of theirs was trained on, and three in five of their objects are products never seen.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from models_ml import checkpoints
from models_ml.backbones import BACKBONES
from models_ml.data import SceneBatches
from models_ml.detection import Detector, DetectorConfig
from models_ml.engine import Budget, DetectorMetrics, Progress, averaged, evaluate, train_one_epoch
from models_ml.initial_weights import Start, start_fresh, start_from_backbone, start_from_detector
from models_ml.manifest import Manifest, merge

log = logging.getLogger(__name__)

FOREVER = 10**9


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train. At least one of ``steps``, ``epochs`` and ``minutes`` ends the run; the first one spent does.

    ``model`` is the network when nothing, or only a backbone, is given to start from. ``weights`` is a backbone's
    ``state_dict`` (``.pt``, with its name and licence for the record) or a detector's checkpoint (``.safetensors``).
    ``freeze`` names parts of the network to leave as they start (``backbone.body.conv1``: a trained stem needs no lesson).
    ``repeats`` says how often an epoch goes through each manifest. A checkpoint is written every ``save_every`` seconds.
    """

    model: DetectorConfig = field(default_factory=lambda: DetectorConfig(classes=()))
    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None
    batch: int = 8
    learning_rate: float = 1e-3
    backbone_rate: float = 0.3
    weight_decay: float = 0.02
    seed: int = 0
    weights: Path | None = None
    weights_name: str = ""
    weights_licence: str = ""
    freeze: tuple[str, ...] = ()
    repeats: tuple[int, ...] = ()
    save_every: float = 300.0
    workers: int = 0
    device: str = "cpu"
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to. ``stopped`` says it was asked to end early; the checkpoint holds what it had by then."""

    checkpoint: Path
    metrics: DetectorMetrics
    steps: int
    seconds: float
    stopped: bool


def train_detector(
    config: TrainConfig,
    manifests: Sequence[Manifest],
    out: Path,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Train, write the checkpoint ``out`` and judge it on the manifests' test scenes, if they have any.

    ``on_progress`` hears of each step and ``should_stop`` is asked after each. Raises
    :class:`models_ml.engine.TrainingDivergedError`, and ``ValueError`` for a config or manifests that cannot work.
    """
    torch.manual_seed(config.seed)
    run = _Run(config, manifests, out)
    stopped = False
    while not stopped and not run.finished():
        for progress in run.stretch():
            on_progress(progress)
            stopped = should_stop()
            if stopped:
                break
        run.remember()
        metrics = run.publish()
        log.info("mAP@.5 %.3f on %d scenes after step %d", metrics["map50"], metrics["scenes"], run.step)
    if not stopped:
        run.state_file.unlink(missing_ok=True)
    return Report(out, metrics, run.step, run.budget.elapsed(), stopped)


class _Run:
    """One run under way: the model, its follower, the optimizer and where they stand."""

    def __init__(self, config: TrainConfig, manifests: Sequence[Manifest], out: Path) -> None:
        self.config, self.out = config, out
        self.state_file = out.with_name(out.name + ".resume.pt")
        self.manifest = merge(*manifests)
        self.start = _start(config, self.manifest.categories)
        self.model = self.start.model.to(config.device)
        _freeze(self.model, config.freeze)
        self.follower = averaged(self.model)
        self.optimizer = torch.optim.AdamW(_groups(self.model, config), lr=config.learning_rate)
        self.batches = SceneBatches(
            _repeated([m.part("train") for m in manifests], config.repeats),
            self.start.config.classes,
            side=self.start.config.image_side,
            size=config.batch,
            seed=config.seed,
        )
        self.step = 0
        self.budget = Budget(_steps(config, self.batches), config.minutes * 60 if config.minutes else None)
        if config.resume and self.state_file.is_file():
            self._restore()

    def finished(self) -> bool:
        return self.budget.share(self.step) >= 1

    def stretch(self) -> Any:
        """Train until it is time to save; yields the progress of each step."""
        end = self.budget.elapsed() + self.config.save_every
        last = self.budget.steps or FOREVER
        loader = DataLoader(
            self.batches, batch_size=None, sampler=range(self.step, last), num_workers=self.config.workers
        )
        for progress in train_one_epoch(
            self.model, self.optimizer, loader, budget=self.budget, start=self.step, follower=self.follower
        ):
            self.step = progress.step
            yield progress
            if self.budget.elapsed() >= end:
                return

    def remember(self) -> None:
        """Write what a resumed run needs."""
        state = {
            "step": self.step,
            "elapsed": self.budget.elapsed(),
            "manifest": self.manifest.hash,
            "model": self.model.state_dict(),
            "follower": self.follower.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.state_file.with_name(self.state_file.name + ".part")
        torch.save(state, fresh)
        os.replace(fresh, self.state_file)

    def publish(self) -> DetectorMetrics:
        """Judge the averaged weights and write them as the checkpoint."""
        state = self.follower.module.state_dict()
        detector = Detector(self.follower.module, self.start.config, device=self.config.device)
        metrics = evaluate(detector, self.manifest.part("test").scenes)
        checkpoints.save(self.out, state, self._sidecar(metrics), half=True)
        return metrics

    def _sidecar(self, metrics: DetectorMetrics) -> dict[str, object]:
        how = asdict(self.config)
        for name in ("model", "weights", "weights_name", "weights_licence", "resume", "device", "workers"):
            del how[name]
        return {
            "kind": "detector",
            "config": self.start.config.record(),
            "training": {**how, "steps_done": self.step, "seconds": round(self.budget.elapsed(), 1)},
            "seed": self.config.seed,
            "manifest_hash": self.manifest.hash,
            "initial_weights": self.start.origin,
            "metrics": metrics,
        }

    def _restore(self) -> None:
        state = torch.load(self.state_file, map_location=self.config.device, weights_only=True)
        if state["manifest"] != self.manifest.hash:
            raise ValueError(
                f"{self.state_file} belongs to other data; delete it to start anew, or give the same packs"
            )
        self.model.load_state_dict(state["model"])
        self.follower.load_state_dict(state["follower"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self.budget.spent = state["elapsed"]
        log.info("resumed at step %d", self.step)


def _start(config: TrainConfig, classes: tuple[str, ...]) -> Start:
    if config.weights is None:
        return start_fresh(replace(config.model, classes=classes))
    if config.weights.suffix == ".pt":
        model = replace(config.model, classes=classes)
        return start_from_backbone(model, config.weights, name=config.weights_name, licence=config.weights_licence)
    return start_from_detector(config.weights, classes)


def _freeze(model: nn.Module, prefixes: Sequence[str]) -> None:
    for prefix in prefixes:
        frozen = [p for name, p in model.named_parameters() if name.startswith(prefix)]
        if not frozen:
            raise ValueError(f"nothing to freeze: no weight's name begins with {prefix!r}")
        for parameter in frozen:
            parameter.requires_grad_(False)


def _groups(model: nn.Module, config: TrainConfig) -> list[dict[str, Any]]:
    """A trained backbone learns slower than the rest; biases and norms are not decayed."""
    slow = config.learning_rate * (config.backbone_rate if config.weights else 1.0)
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name.startswith("backbone.body"), parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "peak_lr": slow if in_body else config.learning_rate,
            "weight_decay": config.weight_decay if decayed else 0.0,
        }
        for (in_body, decayed), parameters in groups.items()
    ]


def _repeated(parts: Sequence[Manifest], repeats: Sequence[int]) -> list[Any]:
    counts = repeats or (1,) * len(parts)
    if len(counts) != len(parts):
        raise ValueError(f"{len(counts)} repeats for {len(parts)} manifests; give one number for each")
    return [scene for part, count in zip(parts, counts, strict=True) for scene in part.scenes * count]


def _steps(config: TrainConfig, batches: SceneBatches) -> int | None:
    by_epochs = round(config.epochs * batches.steps_an_epoch) if config.epochs else None
    given = [n for n in (config.steps, by_epochs) if n]
    return max(min(given), 1) if given else None


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models_ml.train_detector", description="Train a detector on packs."
    )
    parser.add_argument("--manifest", type=Path, nargs="+", required=True, help="folders of packs")
    parser.add_argument("--repeat", type=int, nargs="+", default=[], help="times an epoch goes through each pack")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint, without suffix")
    parser.add_argument("--weights", type=Path, help="a backbone's .pt or a detector's .safetensors to start from")
    parser.add_argument("--weights-name", default="", help="who made the .pt, for the record")
    parser.add_argument("--weights-licence", default="", help="under which licence")
    parser.add_argument("--backbone", choices=list(BACKBONES), default="shufflenet_v2_x1_0")
    parser.add_argument("--side", type=int, default=384, help="longer side of a scene in pixels")
    parser.add_argument("--freeze", nargs="+", default=[], help="beginnings of names of weights to leave as they are")
    for name, kind in (("steps", int), ("epochs", float), ("minutes", float)):
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1e-3, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="threads of the process")
    parser.add_argument("--workers", type=int, default=0, help="processes that open pictures")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--save-every", type=float, default=300.0, help="seconds between checkpoints")
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.threads:
        torch.set_num_threads(args.threads)
    config = TrainConfig(
        model=DetectorConfig(classes=(), backbone=args.backbone, image_side=args.side),
        steps=args.steps,
        epochs=args.epochs,
        minutes=args.minutes,
        batch=args.batch,
        learning_rate=args.rate,
        seed=args.seed,
        weights=args.weights,
        weights_name=args.weights_name,
        weights_licence=args.weights_licence,
        freeze=tuple(args.freeze),
        repeats=tuple(args.repeat),
        save_every=args.save_every,
        workers=args.workers,
        device=args.device,
        resume=args.resume,
    )
    report = train_detector(config, [Manifest.read(path) for path in args.manifest], args.out, on_progress=_logged)
    log.info("%s: mAP@.5 %.3f after %d steps", report.checkpoint, report.metrics["map50"], report.steps)


def _logged(progress: Progress) -> None:
    if progress.step % 10 == 0 or progress.step == progress.steps:
        parts = " ".join(f"{name} {value:.3f}" for name, value in progress.losses.items())
        log.info("step %d of %d, %s, %.0f s left", progress.step, progress.steps, parts, progress.seconds_left)


if __name__ == "__main__":
    main()
