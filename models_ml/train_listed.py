"""python -m models_ml.train_listed --manifest var/rooms --detector showroom/checkpoints/detector --backbone mobilenet_v1_075
--weights mobilenet_v1_075_imagenet.pt --weights-name NAME --weights-licence LICENCE --steps 200 --out var/trained/rooms

Trains an embedder on scenes that list their products (``product_ids``) but not where they stand, and judges it on the test
scenes. The boxes are a detector's, whatever it calls them. Only the last layer is learned: it starts as the whitening of what
a trained network sees, or as it is in an embedder of ours. ``models_ml.split_pack`` splits a pack that has no split.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models_ml.detection import Detector
from models_ml.embedder_start import start_embedder
from models_ml.embedding import EmbedderConfig, EmbeddingNet
from models_ml.engine import Report, RunConfig, Trainee, train
from models_ml.listed_bags import Bag, Bags, photo_features, read_bags
from models_ml.listed_loss import listed_loss, scene_scores
from models_ml.manifest import Manifest, train_parts
from models_ml.scene_retrieval import SceneRetrieval, scene_retrieval
from models_ml.schedule import Progress
from models_ml.training_cli import add_run_arguments, log_progress, run_fields
from models_ml.whitening import whitening

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainConfig(RunConfig):
    """How to learn from lists, beside what :class:`models_ml.engine.RunConfig` says; ``batch`` counts scenes.

    ``model`` is the network around a backbone that is given. ``min_score`` and ``boxes`` choose the detector's boxes of a
    scene. ``temperature`` and ``softness`` are those of :mod:`models_ml.listed_loss`. Rooms are few and a layer has many
    weights: ``pull`` is the weight of the mean square by which outputs have left those of the start, ``dropout`` the share of
    features that a step does without.
    """

    model: EmbedderConfig = field(
        default_factory=lambda: EmbedderConfig(backbone="mobilenet_v1_075", side=160, dim=256)
    )
    learning_rate: float = 3e-3
    min_score: float = 0.05
    boxes: int = 60
    temperature: float = 0.05
    softness: float = 0.02
    pull: float = 1.0
    dropout: float = 0.2


def train_listed(
    config: TrainConfig,
    manifest: Manifest,
    detector: Detector,
    out: Path,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Report[SceneRetrieval]:
    """Learn from the train scenes of ``manifest``, write the checkpoint ``out`` and judge it on the test scenes.

    Raises :class:`models_ml.engine.TrainingDivergedError`, and ``ValueError`` for a config or manifest that cannot work.
    """
    torch.manual_seed(config.seed)
    return train(
        ListedTrainee(config, manifest, detector), config, out, on_progress=on_progress, should_stop=should_stop
    )


class ListedTrainee(Trainee[list[Bag], SceneRetrieval]):
    """The last layer of an embedder in training."""

    kind = "embedder"

    def __init__(self, config: TrainConfig, manifest: Manifest, detector: Detector) -> None:
        if config.weights is None:
            raise ValueError("lists of products are too few to learn a network from; give --weights to start from")
        self.settings, self.manifest_hash = config, manifest.hash
        start = start_embedder(config.model, config.weights, name=config.weights_name, licence=config.weights_licence)
        self.net: EmbeddingNet = start.model.to(config.device).to(memory_format=torch.channels_last)
        self.model_config, self.origin, self.config = start.config, start.origin, start.config.record()
        self.categories = tuple(sorted({product.category for product in manifest.products}))
        self.net.requires_grad_(False)
        from_body = (start.origin or {}).get("name") != "looktag embedder"
        if from_body:
            # Classifiers, from which such bodies come, read the plain average of their last map.
            self.net.pool.power.fill_(1.0)
        [part] = train_parts([manifest])
        photos = photo_features(self.net, manifest.products, start.config.side)
        self.bags = self._bags(part, detector, photos)
        self.test = self._bags(manifest.part("test"), detector, photos)
        log.info("%d scenes to learn from, %d to judge on", len(self.bags.scenes), len(self.test.scenes))
        if from_body:
            self._whiten()
        self.start = nn.Linear(self.net.project.in_features, self.net.project.out_features).requires_grad_(False)
        self.start.load_state_dict(self.net.project.state_dict())
        self.net.project.requires_grad_(True)
        self.steps_an_epoch = max(len(self.bags.scenes) // config.batch, 1)

    def batches(self, steps: range) -> Iterator[list[Bag]]:
        """Scenes drawn at random, none twice in a batch."""
        for step in steps:
            rng = np.random.default_rng((self.settings.seed, step))
            count = min(self.settings.batch, len(self.bags.scenes))
            yield [self.bags.scenes[i] for i in rng.choice(len(self.bags.scenes), count, replace=False)]

    def losses(self, batch: list[Bag]) -> dict[str, Tensor]:
        """The parts of :func:`models_ml.listed_loss.listed_loss`, means over the batch, and the ``pull`` to the start."""
        config, project = self.settings, self.net.project
        kept = functional.dropout(torch.ones(project.in_features), config.dropout)
        photos = project(self.bags.photos * kept)
        gallery = functional.normalize(photos, dim=1)
        parts: dict[str, list[Tensor]] = {}
        for bag in batch:
            similarities = functional.normalize(project(bag.features * kept), dim=1) @ gallery.T
            scores = scene_scores(similarities, config.softness)
            for name, part in listed_loss(scores, bag.listed, self.bags.categories, config.temperature).items():
                parts.setdefault(name, []).append(part)
        losses = {name: torch.stack(values).mean() for name, values in parts.items()}
        with torch.no_grad():
            anchor = self.start(self.bags.photos * kept)
        return losses | {"pull": config.pull * functional.mse_loss(photos, anchor)}

    @torch.no_grad()
    def judge(self, net: nn.Module) -> SceneRetrieval:
        """How high the test scenes' products stand in the whole catalogue."""
        if not isinstance(net, EmbeddingNet):
            raise TypeError(f"an embedder is an EmbeddingNet, not a {type(net).__name__}")
        gallery = functional.normalize(net.project(self.test.photos), dim=1)
        scores = [
            (functional.normalize(net.project(bag.features), dim=1) @ gallery.T).amax(0) for bag in self.test.scenes
        ]
        figures = scene_retrieval(
            torch.stack(scores).numpy(),
            [torch.where(bag.listed)[0].tolist() for bag in self.test.scenes],
            self.test.entries.numpy(),
            [self.categories[i] for i in self.test.categories.tolist()],
        )
        log.info("MAP %.4f, in category %s", figures["map"], figures["in_category"])
        return figures

    def groups(self) -> list[dict[str, Any]]:
        """The last layer; it is pulled to its start, not to nothing."""
        return [
            {"params": list(self.net.project.parameters()), "peak_lr": self.settings.learning_rate, "weight_decay": 0.0}
        ]

    def _bags(self, manifest: Manifest, detector: Detector, photos: Mapping[str, Tensor]) -> Bags:
        config, side = self.settings, self.model_config.side
        return read_bags(
            self.net, detector, manifest, photos, side=side, min_score=config.min_score, boxes=config.boxes
        )

    def _whiten(self) -> None:
        features = torch.cat([self.bags.photos, *(bag.features for bag in self.bags.scenes)])
        weight, bias = whitening(features, self.net.project.out_features)
        self.net.project.load_state_dict({"weight": weight, "bias": bias})


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    defaults = TrainConfig()
    parser = argparse.ArgumentParser(
        prog="python -m models_ml.train_listed", description="Train an embedder on scenes that list their products."
    )
    parser.add_argument("--manifest", type=Path, required=True, help="folder of a pack")
    parser.add_argument("--detector", type=Path, required=True, help="the checkpoint whose boxes are looked into")
    add_run_arguments(parser, defaults)
    parser.set_defaults(backbone=defaults.model.backbone)
    parser.add_argument("--side", type=int, default=defaults.model.side, help="side of the square crop in pixels")
    parser.add_argument("--dim", type=int, default=defaults.model.dim, help="length of the vectors")
    parser.add_argument("--min-score", type=float, default=defaults.min_score, help="of the boxes looked into")
    parser.add_argument("--boxes", type=int, default=defaults.boxes, help="at most so many a scene")
    parser.add_argument("--temperature", type=float, default=defaults.temperature)
    parser.add_argument(
        "--softness", type=float, default=defaults.softness, help="of the best box; 0.001 is the maximum"
    )
    parser.add_argument("--pull", type=float, default=defaults.pull, help="to the start")
    parser.add_argument("--dropout", type=float, default=defaults.dropout, help="share of features left out of a step")
    args = parser.parse_args(argv)
    config = TrainConfig(
        **run_fields(args),
        model=EmbedderConfig(backbone=args.backbone, side=args.side, dim=args.dim),
        min_score=args.min_score,
        boxes=args.boxes,
        temperature=args.temperature,
        softness=args.softness,
        pull=args.pull,
        dropout=args.dropout,
    )
    manifest, detector = Manifest.read(args.manifest), Detector.load(args.detector)
    report = train_listed(config, manifest, detector, args.out, on_progress=log_progress)
    log.info("%s: MAP %.4f after %d steps", report.checkpoint, report.metrics["map"], report.steps)


if __name__ == "__main__":
    main()
