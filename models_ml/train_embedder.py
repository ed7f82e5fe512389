"""python -m models_ml.train_embedder --manifest showroom/pack --manifest var/worlds/train --catalogue showroom/pack
--minutes 20 --out showroom/checkpoints/embedder

Trains an embedder on the train scenes and catalogue photos of packs, and judges it on the test scenes of ``--catalogue``
against all its products. Give an end (``--steps``, ``--epochs`` or ``--minutes``); ``--resume`` goes on where a run to the
same ``--out`` was cut. The app calls :func:`train_embedder`.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models_ml import checkpoints
from models_ml.backbones import BACKBONES
from models_ml.crops import ROOM, Augmentation, look, read_crops
from models_ml.embedder_start import Start, start_fresh, start_from_backbone, start_from_embedder, unfold_norms
from models_ml.embedding import Embedder, EmbedderConfig
from models_ml.engine import CLIP_NORM, Budget, Progress, TrainingDivergedError, averaged, rate_factor
from models_ml.losses import NormalisedSoftmax
from models_ml.manifest import Manifest, merge
from models_ml.retrieval_metrics import RetrievalMetrics, judge_embedder
from models_ml.samplers import CategoryBatchSampler

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How to train. At least one of ``steps``, ``epochs`` and ``minutes`` ends the run; the first one spent does.

    ``model`` is the network when nothing, or only a backbone, is given to start from. ``weights`` is a backbone's
    ``state_dict`` (``.pt``, with its name and licence for the record) or an embedder's checkpoint (``.safetensors``).
    The proxies learn ``proxy_rate`` times as fast as the rest and a backbone given ``backbone_rate`` times. A checkpoint is
    written every ``save_every`` seconds.
    """

    model: EmbedderConfig = field(default_factory=EmbedderConfig)
    steps: int | None = None
    epochs: float | None = None
    minutes: float | None = None
    batch: int = 64
    views: int = 3
    temperature: float = 0.06
    margin: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    learning_rate: float = 2e-3
    backbone_rate: float = 0.5
    proxy_rate: float = 10.0
    weight_decay: float = 0.02
    seed: int = 0
    weights: Path | None = None
    weights_name: str = ""
    weights_licence: str = ""
    save_every: float = 300.0
    device: str = "cpu"
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to. ``stopped`` says it was asked to end early; the checkpoint holds what it had by then."""

    checkpoint: Path
    metrics: RetrievalMetrics
    steps: int
    seconds: float
    stopped: bool


def train_embedder(
    config: TrainConfig,
    manifests: Sequence[Manifest],
    out: Path,
    *,
    catalogue: Manifest | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Report:
    """Train, write the checkpoint ``out`` and judge it on the test scenes of ``catalogue`` (by default all manifests).

    ``on_progress`` hears of each step and ``should_stop`` is asked after each. Raises
    :class:`models_ml.engine.TrainingDivergedError`, and ``ValueError`` for a config or manifests that cannot work.
    """
    torch.manual_seed(config.seed)
    run = _Run(config, manifests, catalogue or merge(*manifests), out)
    stopped = False
    while not stopped and not run.finished():
        for progress in run.stretch():
            on_progress(progress)
            stopped = should_stop()
            if stopped:
                break
        run.remember()
        metrics = run.publish()
        log.info("in category %s, %d queries, after step %d", metrics["in_category"], metrics["queries"], run.step)
    if not stopped:
        run.state_file.unlink(missing_ok=True)
    return Report(out, metrics, run.step, run.budget.elapsed(), stopped)


class _Run:
    """One run under way: the model, its proxies, its follower, the optimizer and where they stand."""

    def __init__(self, config: TrainConfig, manifests: Sequence[Manifest], catalogue: Manifest, out: Path) -> None:
        self.config, self.catalogue, self.out = config, catalogue, out
        self.state_file = out.with_name(out.name + ".resume.pt")
        self.manifest_hash = merge(*manifests).hash
        self.start = _start(config)
        self.side = self.start.config.side
        self.crops = read_crops(train_parts([*manifests, catalogue]), window=round(self.side * (1 + 2 * ROOM)))
        log.info("%d crops and photos of %d products", len(self.crops), len(self.crops.names))
        self.sampler = CategoryBatchSampler(
            self.crops.labels.numpy(),
            self.crops.categories.numpy(),
            self.crops.photos.numpy(),
            batch=config.batch,
            views=config.views,
            seed=config.seed,
        )
        # Channels last: a step takes two thirds of the time on a CPU.
        self.model = self.start.model.to(config.device).to(memory_format=torch.channels_last)
        self.loss = NormalisedSoftmax(
            len(self.crops.names),
            self.start.config.dim,
            temperature=config.temperature,
            margin=config.margin,
            groups=self.crops.label_categories,
        ).to(config.device)
        if config.weights and config.weights.suffix == ".pt":
            unfold_norms(self.model, self._batch(0)[0])
        elif config.weights:
            self._centre_proxies()
        self.follower = averaged(self.model)
        self.optimizer = torch.optim.AdamW(_groups(self.model, self.loss, config), lr=config.learning_rate)
        self.step = 0
        self.budget = Budget(_steps(config, self.sampler), config.minutes * 60 if config.minutes else None)
        if config.resume and self.state_file.is_file():
            self._restore()

    def finished(self) -> bool:
        return self.budget.share(self.step) >= 1

    def stretch(self) -> Iterator[Progress]:
        """Train until it is time to save, yielding after each step."""
        end = self.budget.elapsed() + self.config.save_every
        self.model.train()
        while not self.finished() and self.budget.elapsed() < end:
            factor = rate_factor(self.budget.share(self.step))
            for group in self.optimizer.param_groups:
                group["lr"] = group["peak_lr"] * factor
            pixels, labels = self._batch(self.step)
            loss: Tensor = self.loss(self.model(pixels), labels)
            value = float(loss.detach())
            if not math.isfinite(value):
                raise TrainingDivergedError(f"step {self.step}: the loss is {value}; lower the learning rate")
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.model.parameters(), CLIP_NORM)
            self.optimizer.step()
            self.follower.update_parameters(self.model)
            self.step += 1
            yield self.budget.progress(self.step, {"softmax": value})

    def remember(self) -> None:
        """Write what a resumed run needs."""
        state = {
            "step": self.step,
            "elapsed": self.budget.elapsed(),
            "manifest": self.manifest_hash,
            "model": self.model.state_dict(),
            "loss": self.loss.state_dict(),
            "follower": self.follower.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.state_file.with_name(self.state_file.name + ".part")
        torch.save(state, fresh)
        os.replace(fresh, self.state_file)

    def publish(self) -> RetrievalMetrics:
        """Judge the averaged weights and write them as the checkpoint."""
        model: Any = self.follower.module
        metrics = judge_embedder(Embedder(model, self.start.config, "", device=self.config.device), self.catalogue)
        checkpoints.save(self.out, model.state_dict(), self._sidecar(metrics), half=True)
        return metrics

    @torch.no_grad()
    def _centre_proxies(self) -> None:
        """What the model knows already should not be pulled apart by proxies that know nothing."""
        self.model.eval()
        batches = [self._batch(step) for step in range(3 * len(self.crops.names) // self.config.batch + 1)]
        embeddings = torch.cat([self.model(pixels) for pixels, _ in batches])
        self.loss.centre(embeddings, torch.cat([labels for _, labels in batches]))

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        items = torch.from_numpy(self.sampler[step])
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + step)
        pixels = look(self.crops, items, self.side, self.config.augmentation, generator)
        return pixels.to(self.config.device), self.crops.labels[items].to(self.config.device)

    def _sidecar(self, metrics: RetrievalMetrics) -> dict[str, object]:
        how = asdict(self.config)
        for name in ("model", "weights", "weights_name", "weights_licence", "resume", "device"):
            del how[name]
        return {
            "kind": "embedder",
            "config": self.start.config.record(),
            "training": {**how, "steps_done": self.step, "seconds": round(self.budget.elapsed(), 1)},
            "seed": self.config.seed,
            "manifest_hash": self.manifest_hash,
            "initial_weights": self.start.origin,
            "metrics": metrics,
        }

    def _restore(self) -> None:
        state = torch.load(self.state_file, map_location=self.config.device, weights_only=True)
        if state["manifest"] != self.manifest_hash:
            raise ValueError(
                f"{self.state_file} belongs to other data; delete it to start anew, or give the same packs"
            )
        self.model.load_state_dict(state["model"])
        self.loss.load_state_dict(state["loss"])
        self.follower.load_state_dict(state["follower"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self.budget.spent = state["elapsed"]
        log.info("resumed at step %d", self.step)


def train_parts(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The train part of each pack, without the products that any of them holds out."""
    held_out = {product.id for manifest in manifests for product in manifest.products if product.split == "test"}
    parts = [manifest.part("train") for manifest in manifests]
    return [replace(part, products=tuple(p for p in part.products if p.id not in held_out)) for part in parts]


def _start(config: TrainConfig) -> Start:
    if config.weights is None:
        return start_fresh(config.model)
    if config.weights.suffix == ".pt":
        return start_from_backbone(
            config.model, config.weights, name=config.weights_name, licence=config.weights_licence
        )
    return start_from_embedder(config.weights)


def _groups(model: nn.Module, loss: nn.Module, config: TrainConfig) -> list[dict[str, Any]]:
    """A trained backbone learns slower than the rest, proxies faster; biases and norms are not decayed, nor are proxies."""
    slow = config.learning_rate * (config.backbone_rate if config.weights else 1.0)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = slow if name.startswith("body") else config.learning_rate
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    groups[(config.learning_rate * config.proxy_rate, 0.0)] = list(loss.parameters())
    return [{"params": members, "peak_lr": rate, "weight_decay": decay} for (rate, decay), members in groups.items()]


def _steps(config: TrainConfig, sampler: CategoryBatchSampler) -> int | None:
    by_epochs = round(config.epochs * sampler.steps_an_epoch) if config.epochs else None
    given = [n for n in (config.steps, by_epochs) if n]
    return max(min(given), 1) if given else None


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models_ml.train_embedder", description="Train an embedder on packs."
    )
    parser.add_argument(
        "--manifest", type=Path, action="append", required=True, help="folder of a pack; may be repeated"
    )
    parser.add_argument("--catalogue", type=Path, help="the pack to judge on; by default all that were given")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint, without suffix")
    parser.add_argument("--weights", type=Path, help="a backbone's .pt or an embedder's .safetensors to start from")
    parser.add_argument("--weights-name", default="", help="who made the .pt, for the record")
    parser.add_argument("--weights-licence", default="", help="under which licence")
    parser.add_argument("--backbone", choices=list(BACKBONES), default="shufflenet_v2_x1_0")
    parser.add_argument("--side", type=int, default=96, help="side of the square crop in pixels")
    parser.add_argument("--dim", type=int, default=128, help="length of the vectors")
    for name, kind in (("steps", int), ("epochs", float), ("minutes", float)):
        parser.add_argument(f"--{name}", type=kind)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--temperature", type=float, default=0.06)
    parser.add_argument("--margin", type=float, default=0.0, help="additive angular margin in radians")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="threads of the process")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--save-every", type=float, default=300.0, help="seconds between checkpoints")
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.threads:
        torch.set_num_threads(args.threads)
    config = TrainConfig(
        model=EmbedderConfig(backbone=args.backbone, side=args.side, dim=args.dim),
        steps=args.steps,
        epochs=args.epochs,
        minutes=args.minutes,
        batch=args.batch,
        learning_rate=args.rate,
        temperature=args.temperature,
        margin=args.margin,
        seed=args.seed,
        weights=args.weights,
        weights_name=args.weights_name,
        weights_licence=args.weights_licence,
        save_every=args.save_every,
        device=args.device,
        resume=args.resume,
    )
    catalogue = Manifest.read(args.catalogue) if args.catalogue else None
    manifests = [Manifest.read(path) for path in args.manifest]
    report = train_embedder(config, manifests, args.out, catalogue=catalogue, on_progress=_logged)
    log.info("%s: in category %s after %d steps", report.checkpoint, report.metrics["in_category"], report.steps)


def _logged(progress: Progress) -> None:
    if progress.step % 20 == 0 or progress.step == progress.steps:
        log.info(
            "step %d of %d, loss %.3f, %.0f s left", progress.step, progress.steps, progress.loss, progress.seconds_left
        )


if __name__ == "__main__":
    main()
