"""The one door to ``models_ml.train_*``: a snapshot's pack in, a checkpoint and figures out. Loading this file loads torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models_ml import train_detector as detector_training
from models_ml import train_embedder as embedder_training
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.engine import Progress as Progress
from models_ml.engine import evaluate
from models_ml.manifest import Manifest
from models_ml.retrieval_metrics import judge_embedder

DETECTOR, EMBEDDER = "detector", "embedder"
KNOBS = {"steps", "epochs", "minutes", "batch", "learning_rate"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run. ``figure`` is what the gate compares, in [0, 1]; ``baseline`` the live model's on the same test split."""

    checkpoint: Path
    metrics: dict[str, object]
    figure: float
    baseline: float | None
    steps: int
    seconds: float
    stopped: bool


def execute(
    *,
    kind: str,
    pack: Path,
    out: Path,
    config: dict[str, float],
    seed: int,
    live: Path | None,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> Outcome:
    """Train on the pack's train split, starting from the live checkpoint where there is one; judge both on its test split.

    A run that was cut goes on from its last checkpoint at ``out``. Raises ValueError for a pack or config that cannot work.
    """
    manifest = Manifest.read(pack)
    if unknown := sorted(set(config) - KNOBS):
        raise ValueError(f"the config names {', '.join(unknown)}; known are {', '.join(sorted(KNOBS))}")
    if not manifest.part("train").scenes:
        raise ValueError("the snapshot has no scene in its train split; confirm more scenes and freeze again")
    train = _train_detector if kind == DETECTOR else _train_embedder
    return train(manifest, out, config, seed, live, on_progress, should_stop)


def _train_detector(
    manifest: Manifest,
    out: Path,
    config: dict[str, float],
    seed: int,
    live: Path | None,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> Outcome:
    weights = live.with_name(f"{live.name}.safetensors") if live else None
    settings = detector_training.TrainConfig(**_knobs(config), seed=seed, weights=weights, resume=True)  # type: ignore[arg-type]
    report = detector_training.train_detector(
        settings, [manifest], out, on_progress=on_progress, should_stop=should_stop
    )
    baseline = evaluate(Detector.load(live), manifest.part("test").scenes)["map50"] if live else None
    metrics = dict(report.metrics)
    return Outcome(out, metrics, report.metrics["map50"], baseline, report.steps, report.seconds, report.stopped)


def _train_embedder(
    manifest: Manifest,
    out: Path,
    config: dict[str, float],
    seed: int,
    live: Path | None,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> Outcome:
    weights = live.with_name(f"{live.name}.safetensors") if live else None
    settings = embedder_training.TrainConfig(**_knobs(config), seed=seed, weights=weights, resume=True)  # type: ignore[arg-type]
    report = embedder_training.train_embedder(
        settings, [manifest], out, on_progress=on_progress, should_stop=should_stop
    )
    baseline = judge_embedder(Embedder.load(live), manifest)["in_category"]["recall_at_1"] if live else None
    figure = report.metrics["in_category"]["recall_at_1"]
    return Outcome(out, dict(report.metrics), figure, baseline, report.steps, report.seconds, report.stopped)


def _knobs(config: dict[str, float]) -> dict[str, float | int]:
    return {name: int(value) if name in {"steps", "batch"} else float(value) for name, value in config.items()}
