"""The one door to ``models_ml.train_*``: a snapshot's pack in, a checkpoint and figures out. Loading this file loads torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models_ml import checkpoints
from models_ml import train_detector as detector_training
from models_ml import train_embedder as embedder_training
from models_ml.detection import Detector
from models_ml.detector_metrics import evaluate
from models_ml.embedding import Embedder
from models_ml.engine import Report
from models_ml.manifest import Manifest
from models_ml.retrieval_metrics import judge_embedder
from models_ml.schedule import Progress as Progress

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


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of model is trained, how a live one is judged, and which of its metrics counts."""

    train: Callable[..., Report[Mapping[str, object]]]
    config: Callable[..., object]
    judge: Callable[[Path, Manifest], Mapping[str, object]]
    figure: tuple[str, ...]


KINDS: dict[str, _Kind] = {
    DETECTOR: _Kind(
        detector_training.train_detector,  # type: ignore[arg-type]
        # A vertical's categories may grow; what the live detector knows of the others goes along.
        lambda **fields: detector_training.TrainConfig(**fields, adapt=True),
        lambda live, manifest: evaluate(Detector.load(live), manifest.part("test").scenes),
        ("map50",),
    ),
    EMBEDDER: _Kind(
        embedder_training.train_embedder,  # type: ignore[arg-type]
        embedder_training.TrainConfig,
        lambda live, manifest: judge_embedder(Embedder.load(live), manifest),
        ("in_category", "recall_at_1"),
    ),
}


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
    if unknown := sorted(set(config) - KNOBS):
        raise ValueError(f"the config names {', '.join(unknown)}; known are {', '.join(sorted(KNOBS))}")
    manifest = as_known(Manifest.read(pack))
    if not manifest.part("train").scenes:
        raise ValueError("the snapshot has no scene in its train split; confirm more scenes and freeze again")
    how = KINDS[kind]
    weights = checkpoints.paths(live)[0] if live else None
    settings = how.config(**_knobs(config), seed=seed, weights=weights, resume=True)
    report = how.train(settings, [manifest], out, on_progress=on_progress, should_stop=should_stop)
    baseline = _figure(how.judge(live, manifest), how.figure) if live else None
    figure = _figure(report.metrics, how.figure)
    return Outcome(out, dict(report.metrics), figure, baseline, report.steps, report.seconds, report.stopped)


def as_known(manifest: Manifest) -> Manifest:
    """The snapshot's manifest with its scenes marked for what they are: a pair is confirmed object by object, so what stands
    beside it without a pair, or without a match, is no background."""
    return replace(manifest, scenes=tuple(replace(scene, incomplete=True) for scene in manifest.scenes))


def _figure(metrics: Mapping[str, object], path: tuple[str, ...]) -> float:
    value: object = metrics
    for name in path:
        value = value[name] if isinstance(value, Mapping) else None
    if not isinstance(value, float | int):
        raise TypeError(f"the metrics hold no number under {'.'.join(path)}")
    return float(value)


def _knobs(config: dict[str, float]) -> dict[str, float | int]:
    return {name: int(value) if name in {"steps", "batch"} else float(value) for name, value in config.items()}
