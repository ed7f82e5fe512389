"""Looks of the home vertical: the same products in other light, other rooms, seen by another camera.

The demo pack has the ``day`` look. The others are worlds that no model has seen, for questions about drift.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFilter

from showroom.types import Part, Room

Range = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """What differs from the day look. Ranges are drawn from evenly, once a room or once a picture.

    Rooms: ``daylight`` replaces the window's strength, ``lamps`` says whether they are lit, ``paints`` are colours that walls,
    floor and ceiling are multiplied by. Camera: ``zoom`` divides the field of view's tangent, ``portrait`` turns the frame.
    Film: ``saturation`` (1 keeps colours), ``gamma`` (above 1 darkens), ``tint`` a channel, ``vignette`` and ``grain`` in
    shares of full brightness, ``blur`` in pixels.
    """

    daylight: Range | None = None
    lamps: bool | None = None
    paints: tuple[tuple[float, float, float], ...] = ()
    zoom: Range = (1.0, 1.0)
    portrait: bool = False
    saturation: Range = (1.0, 1.0)
    gamma: Range = (1.0, 1.0)
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: float = 0.0
    grain: Range = (0.0, 0.0)
    blur: Range = (0.0, 0.0)

    def room(self, room: Room, rng: np.random.Generator) -> Room:
        """The room in this look."""
        if self.paints:
            paint = self.paints[int(rng.integers(len(self.paints)))]
            room = replace(room, shell=tuple(_painted(part, paint) for part in room.shell))
        if self.daylight is not None:
            room = replace(room, daylight=float(rng.uniform(*self.daylight)))
        if self.lamps is not None:
            room = replace(room, lamps_on=self.lamps)
        cameras = []
        for camera in room.cameras:
            half = np.tan(np.radians(camera.fov) / 2) / float(rng.uniform(*self.zoom))
            fov = float(np.degrees(2 * np.arctan(half)))
            width, height = (camera.height, camera.width) if self.portrait else (camera.width, camera.height)
            cameras.append(replace(camera, fov=fov, width=width, height=height))
        return replace(room, cameras=tuple(cameras))

    def film(self, picture: Image.Image, rng: np.random.Generator) -> Image.Image:
        """The picture as this look's camera and film keep it."""
        radius = float(rng.uniform(*self.blur))
        source = (
            picture.convert("RGB").filter(ImageFilter.GaussianBlur(radius)) if radius > 0 else picture.convert("RGB")
        )
        light = np.asarray(source, np.float32) / 255.0
        grey = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        light = grey[..., None] + (light - grey[..., None]) * np.float32(rng.uniform(*self.saturation))
        light = np.clip(light, 0.0, 1.0) ** np.float32(rng.uniform(*self.gamma)) * np.asarray(self.tint, np.float32)
        rows, columns = np.linspace(-1, 1, light.shape[0])[:, None], np.linspace(-1, 1, light.shape[1])
        light = light * (1 - self.vignette * (rows**2 + columns**2) / 2)[..., None].astype(np.float32)
        strength = float(rng.uniform(*self.grain))
        light = light + strength * rng.standard_normal(light.shape[:2], np.float32)[..., None]
        return Image.fromarray((np.clip(light, 0.0, 1.0) * 255 + 0.5).astype(np.uint8))


def _painted(part: Part, paint: tuple[float, float, float]) -> Part:
    material = part.material
    red, green, blue = (value * factor for value, factor in zip(material.color, paint, strict=True))
    texture = None if material.texture is None else material.texture * np.asarray(paint)
    return replace(part, material=replace(material, color=(red, green, blue), texture=texture))


DAY = Look()
DARK = Look(
    daylight=(0.04, 0.16),
    lamps=True,
    paints=((0.45, 0.48, 0.55), (0.38, 0.46, 0.42), (0.52, 0.40, 0.40), (0.34, 0.36, 0.44), (0.55, 0.48, 0.38)),
    zoom=(1.05, 1.3),
    saturation=(0.9, 1.2),
    gamma=(1.25, 1.75),
    tint=(1.0, 0.90, 0.74),
    vignette=0.45,
    grain=(0.015, 0.05),
    blur=(0.0, 1.1),
)
MONO = Look(
    daylight=(0.9, 1.6),
    lamps=False,
    paints=((0.97, 0.98, 1.0), (0.80, 0.84, 0.90), (0.62, 0.66, 0.72)),
    zoom=(1.15, 1.5),
    portrait=True,
    saturation=(0.02, 0.22),
    gamma=(0.75, 1.35),
    tint=(0.96, 0.98, 1.0),
    vignette=0.25,
    grain=(0.01, 0.03),
)
