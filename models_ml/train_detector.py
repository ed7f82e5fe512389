"""python -m models_ml.train_detector --manifest var/worlds/train showroom/pack --repeat 1 3 --minutes 19 --out FILE

Trains a detector on the train scenes of packs and judges it on their test scenes. Give an end (``--steps``, ``--epochs``
or ``--minutes``); ``--resume`` goes on where a run to the same ``--out`` was cut. The app calls :func:`train_detector`.
On several GPUs: ``torchrun --nproc-per-node 4 -m models_ml.train_detector ... --device cuda``; a batch is shared out.

The command above, with ``--weights shufflenet_v2_x1_0_coco.pt --freeze backbone.body.conv1 --batch 6 --threads 1``, made
``showroom/checkpoints/detector``: 771 steps on one busy core, mAP@.5 0.869 (0.597 at IoU .75) on the 32 path-traced test
scenes of the demo world. No room of theirs was trained on, and three in five of their objects are products never seen.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.models.detection import FasterRCNN

from models_ml.data import SCALES, Batch, SceneBatches
from models_ml.detection import Detector, DetectorConfig
from models_ml.detector_metrics import DetectorMetrics, evaluate
from models_ml.engine import Report, RunConfig, Trainee, train
from models_ml.images import ImageError
from models_ml.initial_weights import start_detector
from models_ml.manifest import Manifest, SceneEntry, merge, train_parts
from models_ml.quick import quick_to_train
from models_ml.schedule import Progress
from models_ml.sparing import made_sparing
from models_ml.together import Team, part_ways, team_of
from models_ml.training_cli import add_run_arguments, log_progress, run_fields

log = logging.getLogger(__name__)

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class TrainConfig(RunConfig):
    """How to train a detector, beside what :class:`models_ml.engine.RunConfig` says.

    ``model`` is the network when nothing, or only a backbone, is given to start from. ``adapt`` lets a detector that is
    started from take over the packs' list of categories. ``freeze`` names parts of the network to leave as they start
    (``backbone.body.conv1``: a trained stem needs no lesson). ``repeats`` says how often an epoch goes through each
    manifest, ``scales`` the range of picture sizes as a share of the model's side, ``photos`` the share of pictures that are
    catalogue photos. ``workers`` processes open pictures, and ``memory`` megabytes of them are kept.
    """

    model: DetectorConfig = field(default_factory=lambda: DetectorConfig(classes=()))
    adapt: bool = False
    freeze: tuple[str, ...] = ()
    repeats: tuple[int, ...] = ()
    scales: tuple[float, float] = SCALES
    photos: float = 0.0
    workers: int = 0
    memory: int = 1000


def train_detector(
    config: TrainConfig,
    manifests: Sequence[Manifest],
    out: Path,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_judged: Callable[[], None] = lambda: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Report[DetectorMetrics]:
    """Train, write the checkpoint ``out`` and judge it on the manifests' test scenes, if they have any.

    The callbacks are those of :func:`models_ml.engine.train`. Raises :class:`models_ml.engine.TrainingDivergedError`, and
    ``ValueError`` for a config or manifests that cannot work.
    """
    config = replace(config, device=team_of(config.device).device)
    torch.manual_seed(config.seed)
    trainee = DetectorTrainee(config, manifests)
    return train(trainee, config, out, on_progress=on_progress, on_judged=on_judged, should_stop=should_stop)


class DetectorTrainee(Trainee[Batch, DetectorMetrics]):
    """A detector in training."""

    kind = "detector"

    def __init__(self, config: TrainConfig, manifests: Sequence[Manifest]) -> None:
        self.settings = config
        merged = merge(*manifests)
        self.manifest_hash = merged.hash
        self.test_scenes = merged.part("test").scenes
        start = start_detector(
            replace(config.model, classes=merged.categories),
            config.weights,
            name=config.weights_name,
            licence=config.weights_licence,
            adapt=config.adapt,
        )
        self.model_config, self.origin = start.config, start.origin
        self.config, self.categories = start.config.record(), start.config.classes
        self.net = quick_to_train(made_sparing(start.model.to(config.device)))
        _freeze(self.net, config.freeze)
        self.scenes = SceneBatches(
            _repeated([m.part("train") for m in manifests], config.repeats),
            start.config.classes,
            side=start.config.image_side,
            size=config.batch,
            seed=config.seed,
            scales=config.scales,
            products=[product for part in train_parts(manifests) for product in part.products],
            photos=config.photos,
            memory=config.memory * MEGABYTE,
        )
        self.steps_an_epoch = self.scenes.steps_an_epoch

    def share(self, team: Team) -> None:
        """Every ``size``-th picture of a batch."""
        self.scenes.share(team.rank, team.size)

    def batches(self, steps: range) -> Iterable[Batch]:
        """Pictures and their boxes, in this process or opened by others."""
        return DataLoader(self.scenes, batch_size=None, sampler=steps, num_workers=self.settings.workers)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """The region proposals' ``objectness`` and ``rpn_box_reg``, the boxes' ``classifier`` and ``box_reg``."""
        images, targets = batch
        for place, image in enumerate(images):
            if not torch.isfinite(image).all():
                raise ImageError(f"picture {place} of the batch holds pixels that are no numbers; look at its file")
        device = self.settings.device
        on_device = [{name: rows.to(device) for name, rows in target.items()} for target in targets]
        parts: dict[str, Tensor] = self.net([image.to(device) for image in images], on_device)
        return {name.removeprefix("loss_"): part for name, part in parts.items()}

    def judge(self, net: nn.Module) -> DetectorMetrics:
        """Average precision on the test scenes."""
        if not isinstance(net, FasterRCNN):
            raise TypeError(f"a detector is a FasterRCNN, not a {type(net).__name__}")
        metrics = evaluate(Detector(net, self.model_config, device=self.settings.device), self.test_scenes)
        log.info("mAP@.5 %.3f, at .75 %.3f, on %d scenes", metrics["map50"], metrics["map75"], metrics["scenes"])
        return metrics

    def groups(self) -> list[dict[str, Any]]:
        """A trained backbone learns slower than the rest; biases and norms are not decayed."""
        config = self.settings
        slow = config.learning_rate * (config.backbone_rate if config.weights else 1.0)
        groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, parameter in self.net.named_parameters():
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


def _freeze(model: nn.Module, prefixes: Sequence[str]) -> None:
    for prefix in prefixes:
        frozen = [p for name, p in model.named_parameters() if name.startswith(prefix)]
        if not frozen:
            raise ValueError(f"nothing to freeze: no weight's name begins with {prefix!r}")
        for parameter in frozen:
            parameter.requires_grad_(False)


def _repeated(parts: Sequence[Manifest], repeats: Sequence[int]) -> list[SceneEntry]:
    counts = repeats or (1,) * len(parts)
    if len(counts) != len(parts):
        raise ValueError(f"{len(counts)} repeats for {len(parts)} manifests; give one number for each")
    return [scene for part, count in zip(parts, counts, strict=True) for scene in part.scenes * count]


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m models_ml.train_detector", description="Train a detector on packs."
    )
    parser.add_argument("--manifest", type=Path, nargs="+", required=True, help="folders of packs")
    parser.add_argument("--repeat", type=int, nargs="+", default=[], help="times an epoch goes through each pack")
    add_run_arguments(parser, TrainConfig())
    parser.add_argument("--side", type=int, default=384, help="longer side of a scene in pixels")
    parser.add_argument(
        "--scales", type=float, nargs=2, default=SCALES, metavar=("LOW", "HIGH"), help="picture sizes, times --side"
    )
    parser.add_argument("--photos", type=float, default=0.0, help="share of pictures that are catalogue photos")
    parser.add_argument("--freeze", nargs="+", default=[], help="beginnings of names of weights to leave as they are")
    parser.add_argument("--adapt", action="store_true", help="let a detector take over the packs' categories")
    parser.add_argument("--workers", type=int, default=0, help="processes that open pictures")
    parser.add_argument("--memory", type=int, default=1000, help="megabytes of opened pictures to keep, per process")
    args = parser.parse_args(argv)
    config = TrainConfig(
        **run_fields(args),
        model=DetectorConfig(classes=(), backbone=args.backbone, image_side=args.side),
        adapt=args.adapt,
        freeze=tuple(args.freeze),
        repeats=tuple(args.repeat),
        scales=(args.scales[0], args.scales[1]),
        photos=args.photos,
        workers=args.workers,
        memory=args.memory,
    )
    manifests = [Manifest.read(path) for path in args.manifest]
    report = train_detector(config, manifests, args.out, on_progress=log_progress)
    if report.metrics:
        log.info("%s: mAP@.5 %.3f after %d steps", report.checkpoint, report.metrics["map50"], report.steps)
    part_ways()


if __name__ == "__main__":
    main()
