"""An embedder loads from its checkpoint and gives unit vectors that depend on the crop alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models_ml import checkpoints
from models_ml.checkpoints import CheckpointError
from models_ml.embedder_start import start_from_backbone, unfold_norms
from models_ml.embedding import Embedder, EmbedderConfig, GeM, build_embedder, content_box, letterbox
from tests.tiny import tiny_detector, tiny_embedder


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def test_it_works(tmp_path: Path) -> None:
    embedder = Embedder.load(tiny_embedder(tmp_path))
    vectors = embedder.embed([noise(40, 30), noise(20, 90, 1), noise(5, 5, 2)])
    assert vectors.shape == (3, embedder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert embedder.embed([]).shape == (0, embedder.dim)


def test_a_vector_does_not_depend_on_its_batch(tmp_path: Path) -> None:
    embedder = Embedder.load(tiny_embedder(tmp_path))
    images = [noise(30, 30, seed) for seed in range(5)]
    np.testing.assert_allclose(embedder.embed(images, batch=2), embedder.embed(images), atol=1e-5)


def test_the_fingerprint_is_that_of_the_checkpoint(tmp_path: Path) -> None:
    path = tiny_embedder(tmp_path)
    assert Embedder.load(path).fingerprint == Embedder.load(path).fingerprint == checkpoints.fingerprint(path)
    assert Embedder.load(tiny_embedder(tmp_path / "other", dim=8)).fingerprint != checkpoints.fingerprint(path)


def test_another_kind_of_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no embedder but 'detector'"):
        Embedder.load(tiny_detector(tmp_path, ["sofa"]))


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = tiny_embedder(tmp_path)
    state, sidecar = checkpoints.load(path)
    checkpoints.save(path, {k: v for k, v in state.items() if k != "project.weight"}, sidecar)
    with pytest.raises(CheckpointError, match="do not fit"):
        Embedder.load(path)


@pytest.mark.parametrize(("size", "inside"), [((10, 40), (10, 40)), ((80, 20), (40, 10)), ((7, 7), (40, 40))])
def test_letterboxing_keeps_proportions(size: tuple[int, int], inside: tuple[int, int]) -> None:
    pixels = np.asarray(letterbox(Image.new("RGB", size, (255, 0, 0)), 40))
    red = (pixels == (255, 0, 0)).all(2)
    assert (red.any(0).sum(), red.any(1).sum()) == inside
    assert pixels.shape == (40, 40, 3)


def test_a_white_border_makes_no_difference(tmp_path: Path) -> None:
    embedder = Embedder.load(tiny_embedder(tmp_path))
    product = noise(60, 30).point(lambda level: level // 2)
    framed = Image.new("RGB", (200, 200), (255, 255, 255))
    framed.paste(product, (90, 50))
    assert content_box(framed) == (90, 50, 150, 80)
    np.testing.assert_allclose(embedder.embed([framed]), embedder.embed([product]), atol=1e-6)
    assert content_box(noise(60, 30)) == (0, 0, 60, 30)
    assert content_box(Image.new("RGB", (9, 7), (255, 255, 255))) == (0, 0, 9, 7)


def test_gem_equals_its_formula() -> None:
    maps = torch.rand(2, 3, 4, 5)
    found = GeM(power=2.5)(maps)
    for n in range(2):
        for c in range(3):
            values = [float(v) ** 2.5 for v in maps[n, c].flatten()]
            assert float(found[n, c].detach()) == pytest.approx((sum(values) / 20) ** (1 / 2.5), rel=1e-4)


def test_every_backbone_builds() -> None:
    for name in ("shufflenet_v2_x1_0", "mobilenet_v3_small", "mobilenet_v3_large", "resnet18", "resnet10_half"):
        model = build_embedder(EmbedderConfig(backbone=name, side=64, dim=8)).eval()
        assert model(torch.rand(1, 3, 64, 64)).shape == (1, 8)


def test_a_backbone_trained_elsewhere_needs_its_credit(tmp_path: Path) -> None:
    config = EmbedderConfig(backbone="resnet10_tiny", side=32, dim=8)
    torch.save(build_embedder(config).body.state_dict(), tmp_path / "body.pt")
    with pytest.raises(ValueError, match="licence"):
        start_from_backbone(config, tmp_path / "body.pt", name="", licence="")
    start = start_from_backbone(config, tmp_path / "body.pt", name="Some net", licence="MIT")
    assert start.origin is not None
    assert set(start.origin) == {"sha256", "name", "licence"}
    torch.save({}, tmp_path / "empty.pt")
    with pytest.raises(ValueError, match="another network"):
        start_from_backbone(config, tmp_path / "empty.pt", name="Some net", licence="MIT")


def test_unfolding_norms_changes_nothing_but_their_statistics() -> None:
    torch.manual_seed(0)
    model = build_embedder(EmbedderConfig(backbone="resnet10_tiny", side=32, dim=8)).eval()
    pixels = torch.rand(16, 3, 32, 32)
    before = model(pixels)
    unfold_norms(model, pixels)
    torch.testing.assert_close(model(pixels), before, atol=1e-4, rtol=1e-4)
    norm = next(m for m in model.body.modules() if isinstance(m, torch.nn.BatchNorm2d))
    assert float(norm.running_mean.abs().max()) > 0
    # Normalised by the batch itself, the same batch gives the same again.
    torch.testing.assert_close(model.train()(pixels), before, atol=2e-2, rtol=2e-2)
