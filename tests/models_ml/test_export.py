"""An export is used only if it finds what eager PyTorch finds; it is made once and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from models_ml.detection import Detector
from models_ml.embedding import Embedder, PartedEmbedder
from models_ml.export import VERDICT, CheckPicture, fast_detector, fast_embedder, judge_detector, judge_embedding
from models_ml.runtimes import Eager, Part
from models_ml.types import Box
from tests.tiny import tiny_detector, tiny_detector_config, tiny_embedder

CLASSES = ("lamp", "sofa")


class Again(Eager):
    """PyTorch under another name. It counts what it was asked to make, and may spoil it."""

    def __init__(self, *, spoil: float = 0.0, breaks: bool = False) -> None:
        super().__init__()
        self.name, self.spoil, self.breaks, self.made = "again", spoil, breaks, 0

    def compile(self, part: nn.Module, example: Tensor, free: Sequence[int], file: Path) -> Part:
        self.made += 1
        if self.breaks:
            raise RuntimeError("no such instruction")
        plain = super().compile(part, example, free, file)
        return lambda inputs: tuple(
            output + self.spoil * torch.linspace(0, 1, output.shape[1]) for output in plain(inputs)
        )


def noise(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def pictures() -> list[CheckPicture]:
    return [CheckPicture(noise(seed)) for seed in range(4)]


def kept(cache: Path) -> dict[str, Any]:
    [file] = cache.glob(f"*/{VERDICT}")
    return dict(json.loads(file.read_text()))


def rule(cache: Path, **fields: object) -> None:
    """Write another verdict over the one that is kept: how long things took is up to the machine."""
    [file] = cache.glob(f"*/{VERDICT}")
    file.write_text(json.dumps({**kept(cache), **fields}))


def test_it_works(tmp_path: Path) -> None:
    path, runtime = tiny_embedder(tmp_path), Again()
    fast_embedder(path, [runtime], pictures, cache=tmp_path / "cache")
    verdict = kept(tmp_path / "cache")
    assert (verdict["accepted"], verdict["runtime"], verdict["pictures"]) == (True, "again", 4)
    rule(tmp_path / "cache", share_of_time=0.5)
    fast = fast_embedder(path, [runtime], pictures, cache=tmp_path / "cache")
    assert not isinstance(fast.network, PartedEmbedder)
    images = [noise(9), noise(10, 90, 20)]
    np.testing.assert_allclose(fast.embed(images), Embedder.load(path).embed(images), atol=1e-6)


def test_what_is_no_faster_is_not_used(tmp_path: Path) -> None:
    path, cache = tiny_embedder(tmp_path), tmp_path / "cache"
    fast_embedder(path, [Again()], pictures, cache=cache)
    rule(cache, share_of_time=1.1)
    assert isinstance(fast_embedder(path, [Again()], pictures, cache=cache).network, PartedEmbedder)


def test_vectors_that_point_elsewhere_are_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, cache = tiny_embedder(tmp_path), tmp_path / "cache"
    used = fast_embedder(path, [Again(spoil=0.5)], pictures, cache=cache)
    assert isinstance(used.network, PartedEmbedder)
    assert not kept(cache)["accepted"]
    assert "refused again: least cosine" in caplog.text


def test_the_least_cosine_decides(tmp_path: Path) -> None:
    eager = Embedder.load(tiny_embedder(tmp_path))

    def turned(angle: float) -> Embedder:
        """Turns the vector of the first picture of a batch by ``angle``."""

        def run(inputs: Tensor) -> tuple[Tensor, ...]:
            vectors = eager.network(inputs)[0].clone()
            aside = torch.zeros_like(vectors[0])
            aside[0], aside[1] = -vectors[0, 1], vectors[0, 0]
            vectors[0] = np.cos(angle) * vectors[0] + np.sin(angle) * aside / aside.norm()
            return (vectors,)

        return Embedder(eager.model, eager.config, eager.fingerprint, network=run)

    assert judge_embedding(eager, turned(np.arccos(0.9995)), pictures())[0]
    assert not judge_embedding(eager, turned(np.arccos(0.9985)), pictures())[0]


def test_a_runtime_that_fails_is_refused_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, cache, runtime = tiny_detector(tmp_path, CLASSES), tmp_path / "cache", Again(breaks=True)
    for _ in range(2):
        assert fast_detector(path, [runtime], pictures, cache=cache).detect([noise(0)], min_score=0.0)[0]
    assert runtime.made == 1
    assert kept(cache)["reason"] == "RuntimeError: no such instruction"
    assert "cannot run this checkpoint; PyTorch does the work" in caplog.text


def test_a_verdict_is_made_once_for_the_same_weights_and_runtime(tmp_path: Path) -> None:
    path, cache, asked = tiny_embedder(tmp_path), tmp_path / "cache", []

    def check() -> list[CheckPicture]:
        asked.append(1)
        return pictures()

    for _ in range(2):
        fast_embedder(path, [Again(spoil=0.5)], check, cache=cache)
    assert len(asked) == 1
    fast_embedder(tiny_embedder(tmp_path / "other", dim=8), [Again()], check, cache=cache)
    assert len(asked) == 2
    assert not list(cache.glob("*.part"))


def test_a_damaged_verdict_is_made_anew(tmp_path: Path) -> None:
    path, cache = tiny_embedder(tmp_path), tmp_path / "cache"
    fast_embedder(path, [Again()], pictures, cache=cache)
    [file] = cache.glob(f"*/{VERDICT}")
    file.write_text('{"accepted"')
    fast_embedder(path, [Again()], pictures, cache=cache)
    assert kept(cache)["accepted"]


def test_without_pictures_there_is_no_verdict(tmp_path: Path) -> None:
    path, cache, runtime = tiny_embedder(tmp_path), tmp_path / "cache", Again()
    assert isinstance(fast_embedder(path, [runtime], list, cache=cache).network, PartedEmbedder)
    assert runtime.made == 0 and not cache.exists()


class Scripted:
    """A network that finds these boxes, in pixels of a 96 x 96 picture, in every picture."""

    def __init__(self, boxes: list[list[float]], scores: list[float]) -> None:
        self.found = {
            "boxes": torch.tensor(boxes),
            "scores": torch.tensor(scores),
            "labels": torch.ones(len(boxes), dtype=torch.int64),
        }

    def __call__(self, images: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        return [self.found for _ in images]


def scripted(*boxes: list[float], score: float = 0.9) -> Detector:
    network = Scripted([list(box) for box in boxes], [score] * len(boxes))
    model: Any = nn.Identity()
    return Detector(model, tiny_detector_config(CLASSES), network=network)


LAMP, MOVED = [0.0, 0.0, 48.0, 48.0], [0.0, 0.0, 48.0, 45.0]
TRUE_LAMP = (Box(0.0, 0.0, 0.5, 0.5), "lamp")


@pytest.mark.parametrize(
    ("found", "truth", "accepted", "said"),
    [
        (LAMP, [TRUE_LAMP], True, "mAP 1.0000 beside eager's 1.0000 on 2 pictures, judged by known boxes"),
        (MOVED, [TRUE_LAMP], False, "mAP 0.9000 beside eager's 1.0000 on 2 pictures, judged by known boxes"),
        (MOVED, [], False, "mAP 0.9000 beside eager's 1.0000 on 2 pictures, judged by eager's sure detections"),
        # What is known is of no class of the detector, so that both would find nothing of it.
        (MOVED, [(Box(0.0, 0.0, 0.5, 0.5), "hat")], False, "judged by eager's sure detections"),
    ],
)
def test_a_detector_must_reach_the_same_map(
    found: list[float], truth: list[tuple[Box, str]], accepted: bool, said: str
) -> None:
    check = [CheckPicture(noise(seed, 96, 96), truth) for seed in range(2)]
    verdict, reason = judge_detector(scripted(LAMP), scripted(found), check)
    assert verdict is accepted
    assert said in reason


def test_a_detector_that_is_sure_of_nothing_cannot_be_judged() -> None:
    check = [CheckPicture(noise(0, 96, 96))]
    accepted, reason = judge_detector(scripted(LAMP, score=0.3), scripted(LAMP, score=0.3), check)
    assert not accepted and reason.startswith("nothing to judge by")
