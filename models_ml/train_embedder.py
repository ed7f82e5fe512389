"""python -m models_ml.train_embedder --manifest showroom/pack --manifest var/worlds/train --catalogue showroom/pack
--minutes 20 --out showroom/checkpoints/embedder

Trains an embedder on the train scenes and catalogue photos of packs, and judges it on the test scenes of ``--catalogue``
against all its products. Give an end (``--steps``, ``--epochs`` or ``--minutes``); ``--resume`` goes on where a run to the
same ``--out`` was cut. The app calls :func:`train_embedder`. On several GPUs:
``torchrun --nproc-per-node 4 -m models_ml.train_embedder ... --device cuda``; a batch is shared out, and products are one
another's rivals within a share.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from models_ml.crops import ROOM, Augmentation, look, read_crops
from models_ml.embedder_start import start_embedder, unfold_norms
from models_ml.embedding import Embedder, EmbedderConfig, EmbeddingNet
from models_ml.engine import Report, RunConfig, Trainee, train
from models_ml.images import ImageError
from models_ml.losses import NormalisedSoftmax, supervised_contrast
from models_ml.manifest import Manifest, merge, train_parts
from models_ml.retrieval_metrics import RetrievalMetrics, judge_embedder
from models_ml.samplers import CategoryBatchSampler
from models_ml.schedule import Progress
from models_ml.together import Team, part_ways, team_of
from models_ml.training_cli import add_run_arguments, log_progress, run_fields

log = logging.getLogger(__name__)

CONTRAST_TEMPERATURE = 0.08


@dataclass(frozen=True, slots=True)
class TrainConfig(RunConfig):
    """How to train an embedder, beside what :class:`models_ml.engine.RunConfig` says.

    ``model`` is the network when nothing, or only a backbone, is given to start from. ``views`` of each product meet in a
    batch, with others of its category and of ``categories_per_batch - 1`` more. ``temperature``, ``margin`` and
    ``rejected_weight`` are those of :class:`models_ml.losses.NormalisedSoftmax`; ``contrast`` weighs the contest inside the
    batch, which tells more than the proxies where products are many and each is met seldom. The proxies learn ``proxy_rate``
    times as fast as the rest and a backbone given ``backbone_rate`` times.
    """

    model: EmbedderConfig = field(default_factory=EmbedderConfig)
    batch: int = 64
    views: int = 3
    categories_per_batch: int = 5
    contrast: float = 0.0
    temperature: float = 0.06
    margin: float = 0.0
    rejected_weight: float = 0.5
    augmentation: Augmentation = field(default_factory=Augmentation)
    learning_rate: float = 2e-3
    backbone_rate: float = 0.5
    proxy_rate: float = 10.0


class Looks(NamedTuple):
    """A batch: ``pixels`` (n, 3, side, side), ``labels`` (n,) and the labels refused for each, ``rejected`` (n, k)."""

    pixels: Tensor
    labels: Tensor
    rejected: Tensor


def train_embedder(
    config: TrainConfig,
    manifests: Sequence[Manifest],
    out: Path,
    *,
    catalogue: Manifest | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_judged: Callable[[], None] = lambda: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Report[RetrievalMetrics]:
    """Train, write the checkpoint ``out`` and judge it on the test scenes of ``catalogue`` (by default all manifests).

    The callbacks are those of :func:`models_ml.engine.train`. Raises :class:`models_ml.engine.TrainingDivergedError`, and
    ``ValueError`` for a config or manifests that cannot work.
    """
    config = replace(config, device=team_of(config.device).device)
    torch.manual_seed(config.seed)
    trainee = EmbedderTrainee(config, manifests, catalogue or merge(*manifests))
    return train(trainee, config, out, on_progress=on_progress, on_judged=on_judged, should_stop=should_stop)


class EmbedderTrainee(Trainee[Looks, RetrievalMetrics]):
    """An embedder in training, with a proxy for each product."""

    kind = "embedder"

    def __init__(self, config: TrainConfig, manifests: Sequence[Manifest], catalogue: Manifest) -> None:
        self.settings, self.catalogue, self.team = config, catalogue, Team(config.device)
        self.manifest_hash = merge(*manifests).hash
        start = start_embedder(config.model, config.weights, name=config.weights_name, licence=config.weights_licence)
        self.model_config, self.origin, self.config = start.config, start.origin, start.config.record()
        self.crops = read_crops(train_parts([*manifests, catalogue]), window=round(start.config.side * (1 + 2 * ROOM)))
        self.categories = self.crops.category_names
        log.info("%d crops and photos of %d products", len(self.crops), len(self.crops.names))
        self.sampler = CategoryBatchSampler(
            self.crops.labels.numpy(),
            self.crops.categories.numpy(),
            self.crops.photos.numpy(),
            batch=config.batch,
            views=config.views,
            categories_per_batch=config.categories_per_batch,
            seed=config.seed,
        )
        self.steps_an_epoch = self.sampler.steps_an_epoch
        # Channels last: a step takes three quarters of the time on a CPU.
        self.net: EmbeddingNet = start.model.to(config.device).to(memory_format=torch.channels_last)
        self.loss = NormalisedSoftmax(
            len(self.crops.names),
            start.config.dim,
            temperature=config.temperature,
            margin=config.margin,
            groups=self.crops.label_categories,
            rejected_weight=config.rejected_weight,
        ).to(config.device)
        if config.weights and start.origin and start.origin["name"] == "looktag embedder":
            self._centre_proxies()
        elif config.weights:
            unfold_norms(self.net, self._looks(0).pixels)

    def companions(self) -> dict[str, nn.Module]:
        """The proxies."""
        return {"loss": self.loss}

    def share(self, team: Team) -> None:
        """An equal part of each batch, in which the views of a product stay together."""
        if self.settings.batch % team.size:
            raise ValueError(
                f"a batch of {self.settings.batch} cannot be shared out evenly among {team.size} processes"
            )
        self.team = team

    def batches(self, steps: range) -> Iterator[Looks]:
        """Crops and photos, varied anew."""
        return (self._looks(step) for step in steps)

    def losses(self, batch: Looks) -> dict[str, Tensor]:
        """The parts of the softmax over the proxies, and the contest inside the batch if it counts.

        In full precision, whatever that of the network.
        """
        if not torch.isfinite(batch.pixels).all():
            raise ImageError("the batch holds pixels that are no numbers; look at the newest pictures")
        embeddings: Tensor = self.net(batch.pixels)
        with torch.autocast(batch.pixels.device.type, enabled=False):
            parts = self.loss.parts(embeddings.float(), batch.labels, batch.rejected)
            if weight := self.settings.contrast:
                contest = supervised_contrast(embeddings.float(), batch.labels, temperature=CONTRAST_TEMPERATURE)
                parts = {**parts, "contrast": weight * contest}
        return parts

    def judge(self, net: nn.Module) -> RetrievalMetrics:
        """Recall on the catalogue's test scenes."""
        if not isinstance(net, EmbeddingNet):
            raise TypeError(f"an embedder is an EmbeddingNet, not a {type(net).__name__}")
        embedder = Embedder(net, self.model_config, "", device=self.settings.device)
        metrics = judge_embedder(embedder, self.catalogue)
        log.info("in category %s, %d queries", metrics["in_category"], metrics["queries"])
        return metrics

    def groups(self) -> list[dict[str, Any]]:
        """A trained backbone learns slower than the rest, proxies faster; biases and norms are not decayed, nor are proxies."""
        config = self.settings
        slow = config.learning_rate * (config.backbone_rate if config.weights else 1.0)
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in self.net.named_parameters():
            if parameter.requires_grad:
                rate = slow if name.startswith("body") else config.learning_rate
                decay = config.weight_decay if parameter.ndim > 1 else 0.0
                groups.setdefault((rate, decay), []).append(parameter)
        groups[(config.learning_rate * config.proxy_rate, 0.0)] = list(self.loss.parameters())
        return [
            {"params": members, "peak_lr": rate, "weight_decay": decay} for (rate, decay), members in groups.items()
        ]

    @torch.no_grad()
    def _centre_proxies(self) -> None:
        """What the model knows already should not be pulled apart by proxies that know nothing."""
        self.net.eval()
        batches = [self._looks(step) for step in range(3 * len(self.crops.names) // self.settings.batch + 1)]
        embeddings = torch.cat([self.net(looks.pixels) for looks in batches])
        self.loss.centre(embeddings, torch.cat([looks.labels for looks in batches]))

    def _looks(self, step: int) -> Looks:
        mine = self.settings.batch // self.team.size
        items = torch.from_numpy(self.sampler[step])[self.team.rank * mine : (self.team.rank + 1) * mine]
        generator = torch.Generator().manual_seed(self.team.seed(self.settings.seed, step))
        pixels = look(self.crops, items, self.model_config.side, self.settings.augmentation, generator)
        device = self.settings.device
        return Looks(pixels.to(device), self.crops.labels[items].to(device), self.crops.rejected[items].to(device))


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models_ml.train_embedder", description="Train an embedder on packs."
    )
    parser.add_argument(
        "--manifest", type=Path, action="append", required=True, help="folder of a pack; may be repeated"
    )
    parser.add_argument("--catalogue", type=Path, help="the pack to judge on; by default all that were given")
    defaults = TrainConfig()
    add_run_arguments(parser, defaults)
    parser.add_argument("--side", type=int, default=96, help="side of the square crop in pixels")
    parser.add_argument("--dim", type=int, default=128, help="length of the vectors")
    parser.add_argument("--views", type=int, default=defaults.views, help="of each product in a batch")
    parser.add_argument(
        "--categories", type=int, default=defaults.categories_per_batch, help="that meet in a batch; few are harder"
    )
    parser.add_argument("--contrast", type=float, default=defaults.contrast, help="of the contest inside a batch")
    parser.add_argument("--temperature", type=float, default=defaults.temperature)
    parser.add_argument("--margin", type=float, default=defaults.margin, help="additive angular margin in radians")
    parser.add_argument(
        "--rejected-weight",
        type=float,
        default=defaults.rejected_weight,
        help="of products people refused, in the loss",
    )
    args = parser.parse_args(argv)
    config = TrainConfig(
        **run_fields(args),
        model=EmbedderConfig(backbone=args.backbone, side=args.side, dim=args.dim),
        views=args.views,
        categories_per_batch=args.categories,
        contrast=args.contrast,
        temperature=args.temperature,
        margin=args.margin,
        rejected_weight=args.rejected_weight,
    )
    catalogue = Manifest.read(args.catalogue) if args.catalogue else None
    manifests = [Manifest.read(path) for path in args.manifest]
    report = train_embedder(config, manifests, args.out, catalogue=catalogue, on_progress=log_progress)
    if report.metrics:
        log.info("%s: in category %s after %d steps", report.checkpoint, report.metrics["in_category"], report.steps)
    part_ways()


if __name__ == "__main__":
    main()
