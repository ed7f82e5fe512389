"""The one door to ``models_ml.train_*``: a snapshot's pack in, a checkpoint and figures out. Loading this file loads torch."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from labeling.training.selectors import LOG
from models_ml import checkpoints
from models_ml import train_detector as detector_training
from models_ml import train_embedder as embedder_training
from models_ml.comparison import compare, outlines_of
from models_ml.engine import Report
from models_ml.gathering import evidence_of, gather
from models_ml.manifest import Manifest
from models_ml.schedule import Progress as Progress

DETECTOR, EMBEDDER = "detector", "embedder"
WHOLE = {"steps", "batch", "workers", "views", "categories_per_batch"}
KNOBS = {
    "steps", "epochs", "minutes", "batch", "learning_rate", "backbone_rate", "weight_decay", "evaluate_every", "save_every",
}  # fmt: skip
SHOWN = 8
"""Test scenes whose predictions are shown while a model learns."""
RIVALS = 200
"""Products beside those in the shown scenes that an embedder has to tell them from."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run. ``figure`` is its own figure on the test split, in [0, 1]."""

    checkpoint: Path
    metrics: dict[str, object]
    figure: float
    steps: int
    seconds: float
    stopped: bool


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of model is trained, which knobs it has beside :data:`KNOBS`, and which of its metrics count.

    ``live_rate`` is the peak learning rate of what starts from a live model: at that of a model that knows nothing, the first
    steps unlearn more than a short training on few new pairs brings back.
    """

    train: Callable[..., Report[Mapping[str, object]]]
    config: Callable[..., object]
    live_rate: float
    knobs: frozenset[str]
    figure: tuple[str, ...]
    shown: dict[str, tuple[str, ...]]


KINDS: dict[str, _Kind] = {
    DETECTOR: _Kind(
        detector_training.train_detector,  # type: ignore[arg-type]
        # A vertical's categories may grow; what the live detector knows of the others goes along.
        lambda **fields: detector_training.TrainConfig(**fields, adapt=True),
        1e-4,
        frozenset({"workers", "photos"}),
        ("map50",),
        {"map50": ("map50",), "map75": ("map75",)},
    ),
    EMBEDDER: _Kind(
        embedder_training.train_embedder,  # type: ignore[arg-type]
        embedder_training.TrainConfig,
        1e-3,
        frozenset(
            {"views", "categories_per_batch", "contrast", "temperature", "margin", "rejected_weight", "proxy_rate"}
        ),
        ("in_category", "recall_at_1"),
        {f"recall_at_{k}": ("in_category", f"recall_at_{k}") for k in (1, 5, 9)},
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
    save_every: float = 60.0,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_judged: Callable[[list[dict[str, Any]], list[dict[str, Any]]], None] = lambda judgements, pictures: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train on the pack's train split, starting from the live checkpoint where there is one, and judge on its test split.

    Where the config names no learning rate it is the trainer's own, or that of the kind for what starts from a live model.

    A run that was cut goes on from its last checkpoint at ``out``, which is written every ``save_every`` seconds.
    ``on_judged`` hears what :func:`judgements` and :func:`pictures_of` say, each time the model was judged. On a GPU where
    there is one. Raises ValueError for a pack or config that cannot work, ``CheckpointError`` for a ``live`` that does not fit.
    """
    how = KINDS[kind]
    known = KNOBS | how.knobs
    if unknown := sorted(set(config) - known):
        raise ValueError(f"the config names {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    manifest = as_known(Manifest.read(pack))
    if not manifest.part("train").scenes:
        raise ValueError("the snapshot has no scene in its train split; confirm more scenes and freeze again")
    weights = checkpoints.paths(live)[0] if live else None
    rate = {"learning_rate": how.live_rate} if live else {}
    fields = {"save_every": save_every, **rate, **_knobs(config), "seed": seed, "weights": weights, "device": device()}
    settings = how.config(**fields, resume=True)
    sample = _sample(manifest)

    def judged() -> None:
        on_judged(judgements(kind, out), pictures_of(kind, out, sample))

    with _logged(out.with_name(f"{out.name}.{LOG}")):
        report = how.train(
            settings, [manifest], out, on_progress=on_progress, on_judged=judged, should_stop=should_stop
        )
    figure = _figure(report.metrics, how.figure)
    return Outcome(out, dict(report.metrics), figure, report.steps, report.seconds, report.stopped)


def versions_compared(
    *, kind: str, pack: Path, ours: Path, theirs: Path, kept: Path, class_map: Mapping[str, str]
) -> dict[str, Any]:
    """Two checkpoints side by side on the pack's test and val splits: :class:`models_ml.comparison.Comparison` as JSON.

    No run learns from either, nor is anything chosen by them, and twice the scenes show smaller gains. What each checkpoint
    found is kept in the folder ``kept``, and gathered once. Raises ``CheckpointError`` for one that cannot be read,
    ``EvaluationError`` (a ValueError) where the splits have nothing to judge by.
    """
    manifest = as_known(Manifest.read(pack)).held_out()
    mine, other = (
        evidence_of(kind, path, manifest, kept=kept, class_map=class_map, device=device()) for path in (ours, theirs)
    )
    return dict(compare(mine, other, manifest.scenes))


def judgements(kind: str, out: Path) -> list[dict[str, Any]]:
    """What a run was worth on the way: ``{"step", "seconds", "loss", "figures": {name: share}}`` of each judgement."""
    curve = out.with_name(f"{out.name}.curve.jsonl")
    lines = [json.loads(line) for line in curve.read_text(encoding="utf-8").splitlines()] if curve.is_file() else []
    return [
        {
            "step": line["step"],
            "seconds": line["seconds"],
            "loss": round(sum(line["losses"].values()), 5),
            "figures": {name: _figure(line["metrics"], path) for name, path in KINDS[kind].shown.items()},
        }
        for line in lines
    ]


def pictures_of(kind: str, checkpoint: Path, sample: Manifest) -> list[dict[str, Any]]:
    """What a checkpoint makes of the scenes of a sample: ``{"scene": id, "outlines": [...]}``; none where they show nothing."""
    scenes = sample.part("test").scenes
    if not any(item.product or kind == DETECTOR for scene in scenes for item in scene.objects):
        return []
    evidence = gather(kind, checkpoint, sample, device=device())
    outlines = outlines_of(evidence, scenes)
    return [{"scene": scene.id, "outlines": mine} for scene, mine in zip(scenes, outlines, strict=True)]


def device() -> str:
    """Where models are trained and judged."""
    return "cuda" if torch.cuda.is_available() else "cpu"


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
    return {name: int(value) if name in WHOLE else float(value) for name, value in config.items()}


def _sample(manifest: Manifest) -> Manifest:
    """A few test scenes with the products they show and some others, to be looked at again and again."""
    scenes = manifest.part("test").scenes
    shown = tuple(scene for scene in scenes if scene.objects)[:SHOWN]
    asked = {item.product for scene in shown for item in scene.objects}
    others = [product.id for product in manifest.products if product.id not in asked][:RIVALS]
    wanted = asked | set(others)
    return replace(manifest, scenes=shown, products=tuple(p for p in manifest.products if p.id in wanted))


@contextmanager
def _logged(file: Path) -> Iterator[None]:
    """What the training kit says goes to a file too; a run that is taken up again goes on in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    said = logging.getLogger("models_ml")
    before = said.level
    said.addHandler(handler)
    said.setLevel(logging.INFO)
    try:
        yield
    finally:
        said.setLevel(before)
        said.removeHandler(handler)
        handler.close()
