from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models_ml.images import ImageError, crop, open_image
from models_ml.types import Box


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def photo(width: int = 320, height: int = 200) -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 255, (height, width, 3), dtype=np.uint8))


def test_it_works(tmp_path: Path) -> None:
    (tmp_path / "room.jpg").write_bytes(encoded(photo()))
    image = open_image(tmp_path / "room.jpg")
    assert (image.mode, image.size) == ("RGB", (320, 200))
    assert open_image(encoded(photo())).size == (320, 200)


def test_max_side_shrinks_and_never_enlarges() -> None:
    assert open_image(encoded(photo(1600, 1000)), max_side=400).size == (400, 250)
    assert open_image(encoded(photo(320, 200)), max_side=400).size == (320, 200)


def test_a_phone_held_upright_gives_an_upright_picture() -> None:
    lying = Image.new("RGB", (40, 20), "black")
    lying.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # shot with the camera turned a quarter: the left edge is the top
    upright = open_image(encoded(lying, "PNG", exif=exif))
    assert upright.size == (20, 40)
    assert upright.getpixel((10, 5)) == (255, 0, 0)
    assert upright.getpixel((10, 35)) == (0, 0, 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_white(mode: str) -> None:
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    options = {"transparency": 0} if mode == "P" else {}
    data = encoded(clear.convert(mode), "PNG", **options)
    assert open_image(data).getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "CMYK", "1"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    image = open_image(encoded(photo().convert(mode), "PNG" if mode == "1" else "JPEG"))
    assert image.mode == "RGB"


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(encoded(photo())[:2000])
    with pytest.raises(ImageError, match=r"cut\.jpg: damaged or cut short"):
        open_image(tmp_path / "cut.jpg")


def test_an_image_bomb_is_refused_by_its_header() -> None:
    bomb = encoded(Image.new("1", (6000, 6000)), "PNG")
    assert len(bomb) < 20_000
    with pytest.raises(ImageError, match="6000 x 6000 is over the 1000000 pixels allowed"):
        open_image(bomb, max_pixels=1_000_000)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"%!PS-Adobe"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError, match="scan-7: not a picture we can read"):
        open_image(data, name="scan-7")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"ghost\.jpg: no such file"):
        open_image(tmp_path / "ghost.jpg")


def test_crop_cuts_the_box() -> None:
    image = Image.new("RGB", (100, 50), "black")
    image.paste((255, 255, 255), (20, 10, 60, 30))
    cut = crop(image, Box(0.2, 0.2, 0.6, 0.6))
    assert cut.size == (40, 20)
    assert np.asarray(cut).min() == 255


def test_crop_margin_grows_the_box_and_stops_at_the_edge() -> None:
    image = photo(100, 100)
    assert crop(image, Box(0.4, 0.4, 0.6, 0.6), margin=0.5).size == (40, 40)
    assert crop(image, Box(0.0, 0.0, 0.2, 0.2), margin=0.5).size == (30, 30)


def test_a_sliver_still_gives_a_pixel() -> None:
    assert crop(photo(100, 100), Box(0.999, 0.999, 0.9995, 1.0)).size == (1, 1)
