"""Quick pictures of the demo world: rooms and products drawn by the software rasteriser, with exact truth.

They are no photographs: light does not bounce and nothing throws a sharp shadow. They have the true geometry,
perspective and occlusion, so a detector can learn from thousands of them and then look at photographs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageFilter

from showroom.finish import photographed
from showroom.makers import scene_truth
from showroom.raster import draw
from showroom.rooms import furnish
from showroom.shading import Lamp, Lighting, Palette, shade, srgb_of
from showroom.solids import Solid, SolidStore, moved, solid_of
from showroom.stage import Stage
from showroom.types import Camera, ProductSpec, Room, SceneTruth

PRODUCT_SIDE = 320
VIEWS = ((-0.5, 0.28), (0.6, 0.35), (0.0, 0.2), (2.6, 0.3))
"""Azimuth and elevation (radians) of the product photos, by number."""
_STUDIO_SKY, _STUDIO_GROUND = (0.75, 0.75, 0.76), (0.5, 0.5, 0.49)


class DrawnRoom(Stage):
    """A furnished room ready to be drawn from any camera."""

    def __init__(self, room: Room, store: SolidStore) -> None:
        self.room = room
        placed = [moved(store.of(p.product), p.rotation, p.position) for p in room.placements]
        still = [solid_of(room.shell), *([solid_of(room.clutter)] if room.clutter else [])]
        super().__init__(still, placed, _room_light(room, placed), room.size, room.window[0])

    def picture(self, number: int, rng: np.random.Generator) -> tuple[Image.Image, SceneTruth]:
        """What camera ``number`` of the room sees, and the truth of it."""
        shot = self.shot(self.room.cameras[number])
        truth = scene_truth(self.room, number, shot.owner, shot.covered)
        return photographed(shot.linear, shot.regions, rng), truth


def _room_light(room: Room, placed: Sequence[Solid]) -> Lighting:
    """Daylight from the window, a lamp at each glowing shade when lamps are on, and what comes back from all sides."""
    side, y0, y1, z0, z1 = room.window
    area = (y1 - y0) * (z1 - z0)
    day = room.daylight
    centre = (side * (room.size[0] / 2 - 0.05), (y0 + y1) / 2, (z0 + z1) / 2)
    lamps = [Lamp(centre, (1.3 * day * area, 1.35 * day * area, 1.45 * day * area), softness=1.2)]
    if room.lamps_on:
        for solid in placed:
            if solid.glow is not None:
                x, y, z = (float(value) for value in solid.glow)
                lamps.append(Lamp((x, y, z), (0.34, 0.27, 0.18), softness=0.35))
    sky = (0.30 * day + 0.10, 0.30 * day + 0.09, 0.31 * day + 0.08)
    ground = (0.20 * day + 0.08, 0.19 * day + 0.07, 0.17 * day + 0.05)
    outside = (2.6 * day, 2.8 * day, 3.0 * day)
    return Lighting(sky, ground, tuple(lamps), background=outside, glow=1.0 if room.lamps_on else 0.1)


class CollageMaker:
    """Draws the demo world instead of photographing it. ``seed`` decides the accidents of its camera."""

    def __init__(self, seed: int = 0, *, store: SolidStore | None = None) -> None:
        self._seed = seed
        self._store = store or SolidStore()

    def scenes(self, room: Room) -> list[tuple[Image.Image, SceneTruth]]:
        """One picture and its truth for each of the room's cameras."""
        drawn = DrawnRoom(room, self._store)
        accidents = [np.random.default_rng([self._seed, room.seed, number]) for number in range(len(room.cameras))]
        return [drawn.picture(number, rng) for number, rng in enumerate(accidents)]

    def product(self, spec: ProductSpec, *, view: int = 0) -> Image.Image:
        """The product alone on white with a soft shadow, 320 x 320. ``view`` counts through ``VIEWS``."""
        solid = self._store.of(spec)
        azimuth, elevation = VIEWS[view % len(VIEWS)]
        return studio_picture(solid, azimuth, elevation)


def studio_picture(solid: Solid, azimuth: float, elevation: float) -> Image.Image:
    """Drawn at twice the size on black, then shrunk together with its coverage: clean edges on white."""
    points = solid.mesh.vertices
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = float(np.linalg.norm(points - centre, axis=1).max())
    flat = np.cos(elevation)
    towards = np.array([np.sin(azimuth) * flat, -np.cos(azimuth) * flat, np.sin(elevation)])
    side = 2 * PRODUCT_SIDE
    eye = centre + towards * radius * 4.0
    x, y, z = (float(value) for value in eye + radius * np.array([-2.0, -1.0, 3.0]))
    power = 15.0 * radius**2
    lamp = Lamp((x, y, z), (power, power, power))
    camera = Camera(eye, centre.astype(np.float64), 30.0, side, side)
    lighting = Lighting(_STUDIO_SKY, _STUDIO_GROUND, (lamp,), background=(0.0, 0.0, 0.0), glow=0.8)
    buffers, _ = draw(solid.mesh, camera)
    color = srgb_of(shade(solid.mesh, buffers, Palette(solid.coats), lighting, camera) * 0.72)
    cover = (buffers.face >= 0).astype(np.uint8) * 255
    drawn = np.dstack([(color * 255).astype(np.uint8) * (cover[:, :, None] > 0), cover])
    return _on_white(Image.fromarray(drawn))


def _on_white(sprite: Image.Image) -> Image.Image:
    """Lay an RGBA drawing of twice the size upon white with a blurred shadow just below it."""
    small = sprite.convert("RGBa").resize((PRODUCT_SIDE, PRODUCT_SIDE), Image.Resampling.BOX).convert("RGBA")
    cover = small.getchannel("A")
    bottom = cover.getbbox()
    page = Image.new("RGB", cover.size, (255, 255, 255))
    if bottom is not None:
        left, top, right, low = bottom
        pool = Image.new("L", cover.size, 0)
        base = cover.crop((left, low - max((low - top) // 8, 2), right, low)).resize((right - left, 9))
        pool.paste(base, (left, min(low - 6, PRODUCT_SIDE - 9)))
        pool = pool.filter(ImageFilter.GaussianBlur(5)).point(lambda value: value * 0.5)
        page.paste((120, 118, 116), (0, 0), pool)
    page.paste(small, (0, 0), small)
    return page


def collage_scenes(
    products: Sequence[ProductSpec],
    *,
    seed: int,
    count: int,
    width: int = 640,
    height: int = 480,
    cameras: int = 4,
    store: SolidStore | None = None,
) -> Iterator[tuple[Image.Image, SceneTruth]]:
    """``count`` pictures of rooms ``seed``, ``seed + 1``, ... with ``cameras`` views each.

    Pass the same ``store`` again to keep the shapes warm; it also bounds the memory.
    """
    maker = CollageMaker(seed, store=store)
    made, number = 0, seed
    while made < count:
        room = furnish(number, products, cameras=min(cameras, count - made), width=width, height=height)
        for scene in maker.scenes(room):
            yield scene
            made += 1
        number += 1
