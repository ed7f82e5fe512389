"""Content-addressed files: the same bytes are kept once, under the name of their sha256."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, UnidentifiedImageError

from labeling.common.errors import ApplicationError

EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


class ImageRefused(ApplicationError):
    """The bytes are no picture we take; the message names the item and the remedy."""

    code = "bad_image"


@dataclass(frozen=True, slots=True)
class StoredImage:
    """Where a picture lies (relative to MEDIA_ROOT), its content hash and its size in pixels as it is shown."""

    path: str
    sha256: str
    width: int
    height: int


def image_store(data: bytes, *, item: str) -> StoredImage:
    """Check and keep a picture; ``item`` names it in errors. Raises :class:`ImageRefused`; nothing is kept then."""
    extension, width, height = _inspect(data, item)
    digest = hashlib.sha256(data).hexdigest()
    path = f"images/{digest[:2]}/{digest[2:4]}/{digest}.{extension}"
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(data))
    return StoredImage(path, digest, width, height)


def image_header(data: bytes, *, item: str) -> tuple[int, int]:
    """Width and height of a picture as it is shown, from its first bytes alone. Raises :class:`ImageRefused`."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            _, width, height = _header(image, item)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ImageRefused(f"{item}: not a picture ({error}). Export it again.") from error
    return width, height


def image_bytes(path: str) -> bytes:
    """The bytes of a stored picture."""
    with default_storage.open(path) as file:
        return bytes(file.read())


def _inspect(data: bytes, item: str) -> tuple[str, int, int]:
    if len(data) > settings.IMAGE_MAX_BYTES:
        raise ImageRefused(f"{item}: {len(data)} bytes is more than {settings.IMAGE_MAX_BYTES}. Save it smaller.")
    try:
        with Image.open(io.BytesIO(data)) as image:
            extension, width, height = _header(image, item)
            image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ImageRefused(f"{item}: not a whole picture ({error}). Export it again.") from error
    return extension, width, height


def _header(image: Image.Image, item: str) -> tuple[str, int, int]:
    """Extension and size as shown. The header tells them before a single pixel is unpacked, so a bomb is refused unlit."""
    if image.format not in EXTENSIONS:
        raise ImageRefused(f"{item}: {image.format} is not taken. Save it as JPEG, PNG or WebP.")
    if image.width * image.height > settings.IMAGE_MAX_PIXELS:
        raise ImageRefused(
            f"{item}: {image.width}x{image.height} is more than {settings.IMAGE_MAX_PIXELS} pixels. Save it smaller."
        )
    turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    width, height = (image.height, image.width) if turned else (image.width, image.height)
    return EXTENSIONS[image.format], width, height
