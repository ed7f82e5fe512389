"""Make a checkpoint run fast, and refuse what does not find the same: the gate between a runtime and the work.

What a runtime made of a checkpoint is kept in a cache, by the sha256 of the checkpoint, the runtime's version and precision
and the chip, with the verdict on it. A detector is accepted whose mAP over a check set equals that of eager PyTorch within
0.002, an embedder all of whose vectors have a cosine over 0.999 with eager's; of several, the one that takes least time.
Otherwise eager PyTorch does the work, and the log says why.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from filelock import FileLock
from PIL import Image

from models_ml import checkpoints
from models_ml.detection import SCORE_FLOOR, Detector
from models_ml.embedding import Embedder, PartedEmbedder
from models_ml.metrics import Truths, mean_average_precision
from models_ml.parted_detector import PartedDetector
from models_ml.runtimes import Runtime
from models_ml.types import Box, Detection

MAP_TOLERANCE = 0.002
LEAST_COSINE = 0.999
LEAST_MAP = 0.1
"""A detector that reaches less by what is known of the pictures cannot be judged by it."""
SURE = 0.5
"""From this score on eager's own detections stand in for what is known."""
IOUS = tuple(float(iou) for iou in np.arange(0.5, 1.0, 0.05))
VERDICT = "verdict.json"

log = logging.getLogger(__name__)
Model = TypeVar("Model", Detector, Embedder)


class CheckPicture(NamedTuple):
    """A picture to judge by; ``truth`` lists what is known to stand in it."""

    image: Image.Image
    truth: Sequence[tuple[Box, str]] = ()


Check = Callable[[], Sequence[CheckPicture]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one export: whether it may be used, why, on how many pictures, and its share of eager's processor time."""

    runtime: str
    accepted: bool
    reason: str
    pictures: int
    share_of_time: float


def fast_detector(
    path: Path, runtimes: Sequence[Runtime], check: Check, *, cache: Path, device: str = "cpu"
) -> Detector:
    """The detector of the checkpoint ``path`` on the fastest of ``runtimes`` that is accepted, else on eager PyTorch.

    ``check`` is asked for pictures only where a verdict is still to be made; without any there is none, and it is eager.
    """
    eager = Detector.load(path, device=device)
    homes = _homes(cache, path, runtimes)

    def made(runtime: Runtime, folder: Path) -> Detector:
        network = PartedDetector(eager.model, runtime, folder, side=eager.config.image_side)
        return Detector(eager.model, eager.config, device=runtime.device, network=network)

    return _fastest(eager, homes, made, check, judge_detector)


def fast_embedder(
    path: Path, runtimes: Sequence[Runtime], check: Check, *, cache: Path, device: str = "cpu"
) -> Embedder:
    """The embedder of the checkpoint ``path``, chosen as in :func:`fast_detector`; it is judged on whole pictures."""
    eager = Embedder.load(path, device=device)
    side, homes = eager.config.side, _homes(cache, path, runtimes)

    def made(runtime: Runtime, folder: Path) -> Embedder:
        example = torch.zeros((2, side, side, 3), dtype=torch.uint8)
        network = runtime.compile(PartedEmbedder(eager.model), example, (0,), folder / "embedder")
        return Embedder(eager.model, eager.config, eager.fingerprint, device=runtime.device, network=network)

    return _fastest(eager, homes, made, check, judge_embedding)


def judge_detector(eager: Detector, fast: Detector, check: Sequence[CheckPicture]) -> tuple[bool, str]:
    """Whether ``fast`` reaches eager's COCO mAP on the check set within :data:`MAP_TOLERANCE`, and the figures.

    Judged by what is known of the pictures if eager reaches :data:`LEAST_MAP` by it, else by eager's own sure detections.
    """
    images = [picture.image for picture in check]
    expected, found = _every_box(eager, images), _every_box(fast, images)
    judged_by, truths = (
        "known boxes",
        [[(box, name) for box, name in picture.truth if name in eager.classes] for picture in check],
    )
    if _coco_map(expected, truths) < LEAST_MAP:
        judged_by = "eager's sure detections"
        truths = [[(item.box, item.category) for item in items if item.score >= SURE] for items in expected]
    if not any(truths):
        return False, f"nothing to judge by: eager is sure of nothing in {len(images)} pictures"
    before, after = _coco_map(expected, truths), _coco_map(found, truths)
    figures = f"mAP {after:.4f} beside eager's {before:.4f} on {len(images)} pictures, judged by {judged_by}"
    return abs(after - before) <= MAP_TOLERANCE, figures


def judge_embedding(eager: Embedder, fast: Embedder, check: Sequence[CheckPicture]) -> tuple[bool, str]:
    """Whether every vector of the check set has a cosine over :data:`LEAST_COSINE` with eager's, and the least."""
    images = [picture.image for picture in check]
    least = float((eager.embed(images) * fast.embed(images)).sum(1).min())
    return least > LEAST_COSINE, f"least cosine {least:.5f} with eager over {len(images)} pictures"


def _homes(cache: Path, path: Path, runtimes: Sequence[Runtime]) -> dict[Path, Runtime]:
    """Where the export of these very weights by each runtime lies."""
    weights = checkpoints.fingerprint(path)
    keys = (hashlib.sha256(f"{weights} {runtime.name}".encode()).hexdigest()[:32] for runtime in runtimes)
    return {cache / key: runtime for key, runtime in zip(keys, runtimes, strict=True)}


def _fastest(
    eager: Model,
    homes: Mapping[Path, Runtime],
    made: Callable[[Runtime, Path], Model],
    check: Check,
    judge: Callable[[Model, Model, Sequence[CheckPicture]], tuple[bool, str]],
) -> Model:
    chosen, share = eager, 1.0
    pictures: Sequence[CheckPicture] | None = None
    for folder, runtime in homes.items():
        verdict = _kept_verdict(folder)
        if verdict is None:
            pictures = check() if pictures is None else pictures
            if not pictures:
                log.info("no pictures to judge %s by yet; PyTorch does the work", runtime.name)
                return eager
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                # Another process may have made it while this one waited.
                verdict = _kept_verdict(folder) or _judged(folder, eager, runtime, made, pictures, judge)
        if verdict.accepted and verdict.share_of_time < share:
            chosen, share = made(runtime, folder), verdict.share_of_time
    return chosen


def _judged(
    folder: Path,
    eager: Model,
    runtime: Runtime,
    made: Callable[[Runtime, Path], Model],
    pictures: Sequence[CheckPicture],
    judge: Callable[[Model, Model, Sequence[CheckPicture]], tuple[bool, str]],
) -> Verdict:
    """Export, judge and keep both; a failure is a verdict as well, so that it is not met again at every start."""
    draft = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}.part")
    draft.mkdir(parents=True)
    try:
        fast = made(runtime, draft)
        accepted, reason = judge(eager, fast, pictures)
        share = _processor_time(fast, pictures) / _processor_time(eager, pictures)
    except Exception as error:
        log.exception("%s cannot run this checkpoint; PyTorch does the work", runtime.name)
        accepted, reason, share = False, f"{type(error).__name__}: {error}", 1.0
    verdict = Verdict(runtime.name, accepted, reason, len(pictures), round(share, 3))
    level = logging.INFO if accepted and share < 1 else logging.WARNING
    log.log(level, "%s %s: %s", "accepted" if accepted else "refused", runtime.name, reason)
    (draft / VERDICT).write_text(json.dumps(asdict(verdict), indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(draft, folder)
    return verdict


def _kept_verdict(folder: Path) -> Verdict | None:
    try:
        return Verdict(**json.loads((folder / VERDICT).read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        # Missing, or left by another release: it is made again.
        return None


def _every_box(detector: Detector, images: Sequence[Image.Image]) -> list[list[Detection]]:
    return detector.detect(images, min_score=SCORE_FLOOR, max_detections=100, duplicate_iou=1.0)


def _coco_map(found: Sequence[Sequence[Detection]], truths: Truths) -> float:
    return float(np.mean([mean_average_precision(found, truths, iou)["map50"] for iou in IOUS]))


def _processor_time(model: Detector | Embedder, pictures: Sequence[CheckPicture]) -> float:
    """Seconds of processor for the pictures, warm; wall time on a GPU, which works while the processor waits."""
    clock = time.process_time if model.device == "cpu" else time.perf_counter
    images = [picture.image for picture in pictures]
    look = model.detect if isinstance(model, Detector) else model.embed
    look(images)
    began = clock()
    look(images)
    return clock() - began
