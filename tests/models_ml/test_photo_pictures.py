import numpy as np
import pytest
from PIL import Image

from models_ml.photo_pictures import on_paper


def photo() -> Image.Image:
    """A dark block of 30 x 60 on white."""
    image = Image.new("RGB", (100, 100), (255, 255, 255))
    image.paste((20, 10, 30), (40, 20, 70, 80))
    return image


@pytest.mark.parametrize("seed", range(12))
def test_the_box_is_where_the_object_lies_on_plain_paper(seed: int) -> None:
    picture, (left, top, right, bottom) = on_paper(photo(), 96, np.random.default_rng(seed))
    assert max(picture.size) == 96
    assert 0 <= left < right <= picture.width and 0 <= top < bottom <= picture.height
    pixels = np.asarray(picture).astype(int)
    inside = np.zeros(pixels.shape[:2], dtype=bool)
    inside[top:bottom, left:right] = True
    assert pixels[inside].max() <= 40
    [paper] = np.unique(pixels[~inside], axis=0)
    assert paper.min() > 40
    assert (bottom - top) / (right - left) == pytest.approx(2, rel=0.2)


def test_size_place_shape_and_colour_vary() -> None:
    drawn = [on_paper(photo(), 96, np.random.default_rng(seed)) for seed in range(30)]
    heights = [box[3] - box[1] for _, box in drawn]
    assert max(heights) > 2 * min(heights)
    assert len({box[:2] for _, box in drawn}) > 20
    assert len({picture.size for picture, _ in drawn}) > 10
    assert len({picture.getpixel((0, 0)) for picture, _ in drawn}) > 20


def test_a_photo_without_a_white_border_is_an_object_all_over() -> None:
    picture, box = on_paper(Image.new("RGB", (60, 40), (30, 60, 90)), 96, np.random.default_rng(0))
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(1.5, rel=0.1)
    assert max(picture.size) == 96
