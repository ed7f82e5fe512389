"""Pictures of what went wrong: scenes with boxes, and crops beside what was found for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from models_ml.boxes import to_pixels
from models_ml.images import open_image
from models_ml.types import Box, Detection

SCENE_SIDE, PHOTO_SIDE, LINE = 420, 128, 16
GAP = 6
PAPER, INK = (255, 255, 255), (30, 30, 30)
TRUTH, MISSED, RIGHT, WRONG = (40, 140, 60), (230, 140, 0), (40, 90, 220), (210, 30, 40)


@dataclass(frozen=True, slots=True)
class SceneTile:
    """A scene to be drawn: its objects, the positions of those that were missed, its sure detections and the right ones."""

    name: str
    image: Path
    objects: Sequence[tuple[Box, str]]
    missed: Sequence[int]
    found: Sequence[Detection]
    right: Sequence[int]


@dataclass(frozen=True, slots=True)
class QueryTile:
    """A crop to be drawn, beside its product's photo and the photos found for it with their cosines."""

    title: str
    scene: Path
    box: Box
    product: Path
    found: Sequence[tuple[Path, float, bool]]


def scene_tile(tile: SceneTile) -> Image.Image:
    """Objects in green, orange where missed; detections in blue, red where wrong."""
    picture = open_image(tile.image, max_side=SCENE_SIDE)
    draw = ImageDraw.Draw(picture)
    for place, (box, name) in enumerate(tile.objects):
        missed = place in tile.missed
        _boxed(draw, picture, box, name if missed else "", MISSED if missed else TRUTH)
    for place, item in enumerate(tile.found):
        right = place in tile.right
        _boxed(draw, picture, item.box, "" if right else f"{item.category} {item.score:.2f}", RIGHT if right else WRONG)
    wrong = len(tile.found) - len(tile.right)
    return _titled(picture, f"{tile.name}: {len(tile.missed)} missed, {wrong} wrong of {len(tile.objects)}")


def query_tile(tile: QueryTile) -> Image.Image:
    """Crop, true product, and what was found, left to right; a frame is green where it is right."""
    picture = open_image(tile.scene)
    photos = [(picture.crop(tuple(round(n) for n in to_pixels(tile.box, *picture.size))), "crop", INK)]  # type: ignore[arg-type]
    photos.append((open_image(tile.product, max_side=PHOTO_SIDE), "product", TRUTH))
    for path, score, right in tile.found:
        photos.append((open_image(path, max_side=PHOTO_SIDE), f"{score:.3f}", TRUTH if right else WRONG))
    row = Image.new("RGB", (len(photos) * (PHOTO_SIDE + GAP), PHOTO_SIDE + LINE), PAPER)
    draw = ImageDraw.Draw(row)
    for place, (photo, text, colour) in enumerate(photos):
        photo = ImageOps.contain(photo, (PHOTO_SIDE, PHOTO_SIDE))
        x = place * (PHOTO_SIDE + GAP)
        row.paste(photo, (x + (PHOTO_SIDE - photo.width) // 2, LINE + (PHOTO_SIDE - photo.height) // 2))
        draw.rectangle((x, LINE, x + PHOTO_SIDE - 1, LINE + PHOTO_SIDE - 1), outline=colour, width=2)
        draw.text((x + 2, 0), text, fill=colour, font=_font())
    return _titled(row, tile.title)


def save_grid(tiles: Sequence[Image.Image], path: Path, *, columns: int) -> None:
    """Write the tiles as one PNG, ``columns`` a row; nothing is written without tiles."""
    if not tiles:
        return
    width, height = max(tile.width for tile in tiles) + GAP, max(tile.height for tile in tiles) + GAP
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (min(columns, len(tiles)) * width, rows * height), PAPER)
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (place % columns * width, place // columns * height))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def _boxed(draw: ImageDraw.ImageDraw, picture: Image.Image, box: Box, text: str, colour: tuple[int, int, int]) -> None:
    left, top, right, bottom = to_pixels(box, picture.width, picture.height)
    draw.rectangle((left, top, max(right, left), max(bottom, top)), outline=colour, width=2)
    if text:
        place = (left + 3, min(top + 2, picture.height - LINE))
        draw.rectangle(draw.textbbox(place, text, font=_font()), fill=PAPER)
        draw.text(place, text, fill=colour, font=_font())


def _titled(picture: Image.Image, text: str) -> Image.Image:
    sheet = Image.new("RGB", (picture.width, picture.height + LINE), PAPER)
    sheet.paste(picture, (0, LINE))
    ImageDraw.Draw(sheet).text((2, 1), text, fill=INK, font=_font())
    return sheet


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(11)
