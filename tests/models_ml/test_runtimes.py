"""The shipped models on the runtimes of this machine, beside eager PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models_ml import runtimes
from models_ml.detection import Detector
from models_ml.embedding import Embedder, PartedEmbedder
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest
from models_ml.parted_detector import PartedDetector
from models_ml.runtimes import OpenVino, available, filled_up

SHOWROOM = Path(__file__).resolve().parents[2] / "showroom"
DETECTOR, EMBEDDER = SHOWROOM / "checkpoints" / "detector", SHOWROOM / "checkpoints" / "embedder"


@pytest.fixture(scope="module")
def runtime() -> OpenVino:
    pytest.importorskip("openvino")
    return OpenVino(threads=1)


def test_it_works(runtime: OpenVino, tmp_path: Path) -> None:
    part = nn.Linear(4, 2)
    run = runtime.compile(nn.Sequential(part), torch.zeros(3, 4), (0,), tmp_path / "part")
    for rows in (1, 5):
        inputs = torch.rand(rows, 4)
        torch.testing.assert_close(run(inputs)[0], part(inputs), atol=1e-5, rtol=1e-4)
    assert (tmp_path / "part.xml").is_file()


def test_what_was_made_is_taken_from_the_file(runtime: OpenVino, tmp_path: Path) -> None:
    first, second, inputs = nn.Linear(4, 2), nn.Linear(4, 2), torch.rand(2, 4)
    for part in (first, second):
        run = runtime.compile(nn.Sequential(part), inputs, (0,), tmp_path / "part")
        torch.testing.assert_close(run(inputs)[0], first(inputs), atol=1e-5, rtol=1e-4)


@pytest.mark.slow
def test_the_shipped_detector_finds_the_same(runtime: OpenVino, tmp_path: Path) -> None:
    eager = Detector.load(DETECTOR, threads=1)
    network = PartedDetector(eager.model, runtime, tmp_path, side=eager.config.image_side)
    fast = Detector(eager.model, eager.config, network=network)
    scenes = [scene for scene in Manifest.read(SHOWROOM / "pack").scenes if scene.split == "test"][:2]
    images = [open_image(scene.image) for scene in scenes]
    # Lying, upright and of a size that needs padding.
    images.append(images[0].crop((0, 0, 300, 430)))
    for expected, found in zip(eager.detect(images), fast.detect(images), strict=True):
        assert [item.category for item in found] == [item.category for item in expected]
        np.testing.assert_allclose([item.box for item in found], [item.box for item in expected], atol=2e-3)
        np.testing.assert_allclose([item.score for item in found], [item.score for item in expected], atol=2e-3)


@pytest.mark.slow
def test_the_shipped_embedder_gives_the_same(runtime: OpenVino, tmp_path: Path) -> None:
    eager = Embedder.load(EMBEDDER, threads=1)
    example = torch.zeros((2, eager.config.side, eager.config.side, 3), dtype=torch.uint8)
    network = runtime.compile(PartedEmbedder(eager.model), example, (0,), tmp_path / "embedder")
    fast = Embedder(eager.model, eager.config, eager.fingerprint, network=network)
    scene = next(scene for scene in Manifest.read(SHOWROOM / "pack").scenes if len(scene.objects) > 3)
    image = open_image(scene.image)
    crops = [crop(image, item.box) for item in scene.objects]
    np.testing.assert_allclose(fast.embed(crops), eager.embed(crops), atol=1e-4)
    # A batch does not write over the vectors of the one before.
    np.testing.assert_allclose(fast.embed(crops, batch=2), eager.embed(crops), atol=1e-4)


def test_without_the_package_pytorch_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "openvino", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert available() == []
    with pytest.raises(ValueError, match="pip install openvino"):
        OpenVino()


def test_an_unknown_precision_is_named() -> None:
    with pytest.raises(ValueError, match="no precision 'int3'; choose one of auto, float32"):
        available("int3")


@pytest.mark.parametrize("rows", [1, 3, 4, 5, 31, 32, 33, 40, 47, 48, 49])
def test_any_number_of_rows_gives_what_pytorch_gives(runtime: OpenVino, tmp_path: Path, rows: int) -> None:
    """Batches are filled up inside; nothing of what they are filled with comes out."""

    class Part(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return 2 * x + 1, x.sum(1)

    compiled = runtime.compile(Part(), torch.zeros((2, 5)), (0,), tmp_path / "part")
    given = torch.randn(rows, 5)
    for _ in range(2):
        doubled, sums = compiled(given)
        torch.testing.assert_close(doubled, 2 * given + 1)
        torch.testing.assert_close(sums, given.sum(1))


def test_few_lengths_ever_occur() -> None:
    lengths = {len(filled_up(torch.zeros(rows, 2))) for rows in range(1, 401)}
    assert lengths == {*range(4, 33, 4), *range(48, 401, 16)}
    rows = torch.ones(5, 2)
    assert filled_up(rows)[:5].equal(rows) and not filled_up(rows)[5:].any()
