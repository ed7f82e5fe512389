"""Open pictures that strangers made, safely and fast, and cut crops out of them. Free of torch."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from models_ml.boxes import expand, to_pixels
from models_ml.types import Box

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MAX_PIXELS = 50_000_000
MEAN = (0.485, 0.456, 0.406)
SPREAD = (0.229, 0.224, 0.225)
"""Of the colours of ImageNet's pictures, in [0, 1]: what networks normalise by."""


class ImageError(ValueError):
    """A picture cannot be used; the message names it and says why."""


def open_image(
    source: Path | str | bytes,
    *,
    max_side: int | None = None,
    enough_side: int | None = None,
    max_pixels: int = MAX_PIXELS,
    name: str | None = None,
) -> Image.Image:
    """Open a file or its bytes as upright RGB, with transparency laid on white.

    With ``max_side`` the picture is shrunk so that its longer side is at most that many pixels; with ``enough_side`` it
    is taken at a whole fraction of its size (1/2, 1/3, ...) that leaves at least that many, which costs next to nothing.
    Either way a JPEG is decoded at a coarser scale from the start. Raises :class:`ImageError` for what is no
    picture, is cut short, or has more than ``max_pixels`` pixels (judged by the header, before anything is decoded).
    """
    name = name or (f"image of {len(source)} bytes" if isinstance(source, bytes) else str(source))
    try:
        with Image.open(BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise ImageError(
                    f"{name}: {image.width} x {image.height} is over the {max_pixels} pixels allowed; shrink it"
                )
            if max_side is not None:
                image.thumbnail((max_side, max_side), Image.Resampling.BICUBIC, reducing_gap=2.0)
            small = image if enough_side is None else _coarser(image, enough_side)
            return _flattened(ImageOps.exif_transpose(small))
    except FileNotFoundError as error:
        raise ImageError(f"{name}: no such file") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{name}: not a picture we can read; send one of {', '.join(FORMATS)}") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name}: far too many pixels ({error}); send a smaller one") from error
    except (OSError, SyntaxError, EOFError) as error:
        raise ImageError(f"{name}: damaged or cut short ({error}); send it again") from error


def crop(image: Image.Image, box: Box, *, margin: float = 0.0) -> Image.Image:
    """Cut ``box`` out, grown by ``margin`` of its own size on each side; never smaller than one pixel."""
    left, top, right, bottom = to_pixels(expand(box, margin), image.width, image.height)
    x = min(int(left), image.width - 1)
    y = min(int(top), image.height - 1)
    return image.crop((x, y, max(round(right), x + 1), max(round(bottom), y + 1)))


def _coarser(image: Image.Image, side: int) -> Image.Image:
    """Take a picture at the smallest whole fraction of its size with ``side`` pixels or more on its longer side."""
    scale = side / max(image.size)
    image.draft(image.mode, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
    fraction = max(image.size) // side
    return image.reduce(fraction) if fraction > 1 else image


def _flattened(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    paper = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, rgba).convert("RGB")
