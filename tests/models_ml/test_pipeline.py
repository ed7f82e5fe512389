"""The whole look at scenes: many together give what each gives alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.images import ImageError, crop, open_image
from models_ml.pipeline import ENOUGH_SIDE, Pipeline, decode
from tests.tiny import tiny_detector, tiny_embedder


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def jpeg(image: Image.Image) -> bytes:
    stream = BytesIO()
    image.save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(Detector.load(tiny_detector(tmp_path, ("lamp", "sofa"))), Embedder.load(tiny_embedder(tmp_path)))


def test_it_works(pipeline: Pipeline) -> None:
    pictures = [noise(96, 64), noise(64, 96, 1), noise(96, 64, 2)]
    sights = pipeline.look(pictures, min_score=0, max_detections=3)
    for picture, sight in zip(pictures, sights, strict=True):
        assert 0 < len(sight.detections) <= 3
        expected = pipeline.embedder.embed([crop(picture, item.box) for item in sight.detections])
        np.testing.assert_allclose(sight.vectors, expected, atol=1e-5)
        [alone] = pipeline.look([picture], min_score=0, max_detections=3)
        assert [item.category for item in alone.detections] == [item.category for item in sight.detections]
        np.testing.assert_allclose(alone.vectors, sight.vectors, atol=1e-4)


def test_a_picture_without_anything_takes_no_vector_of_its_neighbours(pipeline: Pipeline) -> None:
    nothing, _ = pipeline.look([noise(96, 64), noise(96, 64, 1)], min_score=1.1)
    assert (nothing.detections, nothing.vectors.shape) == ([], (0, pipeline.embedder.dim))
    assert pipeline.look([]) == []


@pytest.mark.parametrize(
    ("side", "decoded"), [(ENOUGH_SIDE - 1, 1), (2 * ENOUGH_SIDE, 2), (3 * ENOUGH_SIDE, 2), (4 * ENOUGH_SIDE, 4)]
)
def test_large_scenes_are_decoded_at_a_fraction(side: int, decoded: int) -> None:
    image = Image.new("RGB", (side, side // 2), "olive")
    assert decode(jpeg(image)).width == pytest.approx(side / decoded, abs=1)


def test_what_is_no_jpeg_is_shrunk_as_well() -> None:
    stream = BytesIO()
    Image.new("RGB", (700, 300), "olive").save(stream, "PNG")
    assert open_image(stream.getvalue(), enough_side=200).size == (234, 100)


def test_a_damaged_scene_is_named() -> None:
    with pytest.raises(ImageError, match="room: damaged or cut short"):
        decode(jpeg(noise(300, 200))[:2000], name="room")
