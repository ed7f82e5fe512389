"""Pictures are checked before they are kept."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from labeling.common.storage import ImageRefused, image_bytes, image_store
from tests.world import picture


def kept(settings: Any) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_it_works(settings: Any) -> None:
    stored = image_store(picture("red"), item="row 1")
    again = image_store(picture("red"), item="row 2")
    assert (stored.width, stored.height, stored.path) == (64, 48, again.path)
    assert image_bytes(stored.path) == picture("red")
    assert len(kept(settings)) == 1


@pytest.mark.parametrize(
    "data",
    [
        bomb(60_000, 60_000),
        bomb(12_000, 12_000),
        picture("red", 640, 480)[:-400],
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"",
        b"GIF89a",
    ],
    ids=["bomb", "smaller bomb", "truncated", "svg", "empty", "half a gif"],
)
def test_what_is_refused_is_not_kept(data: bytes, settings: Any) -> None:
    with pytest.raises(ImageRefused, match="row 7"):
        image_store(data, item="row 7")
    assert kept(settings) == []


def test_a_format_we_do_not_take(settings: Any) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "BMP")
    with pytest.raises(ImageRefused, match="BMP is not taken"):
        image_store(buffer.getvalue(), item="row 7")


def test_too_many_bytes(settings: Any) -> None:
    settings.IMAGE_MAX_BYTES = 100
    with pytest.raises(ImageRefused, match="Save it smaller"):
        image_store(picture(), item="row 7")


def test_a_turned_picture_has_the_size_it_is_shown_in() -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 48)).save(buffer, "JPEG", exif=exif)
    stored = image_store(buffer.getvalue(), item="row 1")
    assert (stored.width, stored.height) == (48, 64)
