"""Colour for rasterised pixels: texture, hemispheric ambient light, soft point lights, a little gloss; in linear RGB.

It is no light transport: nothing casts shadows here. What should look shaded is told by the `Surroundings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from showroom.lighting import Coats, Eye, Lights, Seen, Surroundings, light_pixels
from showroom.projection import camera_frame, focal_pixels
from showroom.raster import Buffers, Mesh, to_camera
from showroom.scanning import F32, attribute_planes, number_shown
from showroom.solids import Coat
from showroom.types import RGB, Camera


def linear_of(srgb: npt.NDArray[np.floating]) -> F32:
    """sRGB in [0, 1] to linear light (IEC 61966-2-1)."""
    curve = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(curve, np.float32)


def srgb_of(linear: npt.NDArray[np.floating]) -> F32:
    """Linear light to sRGB, clipped to [0, 1] (IEC 61966-2-1)."""
    clipped = np.clip(linear, 0.0, 1.0)
    curve = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.asarray(curve, np.float32)


_LINEAR = linear_of(np.arange(256) / 255.0)


@dataclass(frozen=True, eq=False)
class Lamp:
    """A soft point light: ``power`` is its irradiance at 1 m, ``softness`` (metres) keeps it finite when near."""

    position: tuple[float, float, float]
    power: RGB
    softness: float = 0.5


@dataclass(frozen=True, eq=False)
class Lighting:
    """Linear radiance from above (``sky``) and below (``ground``), ``lamps``, and what empty pixels show."""

    sky: RGB
    ground: RGB
    lamps: tuple[Lamp, ...]
    background: RGB = (1.0, 1.0, 1.0)
    glow: float = 1.0


class Palette:
    """The coats of a scene as tables, ``coats``, so that all pixels are looked up at once."""

    def __init__(self, coats: Sequence[Coat]) -> None:
        materials = [coat.material for coat in coats]
        sides = [len(coat.levels[0]) if coat.levels else 0 for coat in coats]
        depths = [len(coat.levels) for coat in coats]
        start = np.zeros((len(coats), max([1, *depths])), np.int32)
        used = 0
        for number, coat in enumerate(coats):
            for level, pixels in enumerate(coat.levels):
                start[number, level] = used
                used += pixels.shape[0] * pixels.shape[1]
        texels = [coat.texels for coat in coats if coat.levels]
        self.coats = Coats(
            linear_of(np.array([m.color for m in materials], np.float64).reshape(-1, 3)),
            np.array([m.roughness for m in materials], np.float32),
            np.array([1.0 if m.kind == "mirror" else m.metallic for m in materials], np.float32),
            np.array([m.sheen for m in materials], np.float32),
            np.array([m.emission for m in materials], np.float32),
            np.array([m.kind == "glass" for m in materials], np.bool_),
            np.array([coat.repeat for coat in coats], np.float32),
            np.array([coat.span for coat in coats], np.float32),
            np.array(sides, np.int32),
            np.array(depths, np.int32),
            start,
            np.concatenate(texels) if texels else np.zeros(1, np.uint32),
            _LINEAR,
        )


_OUTDOORS = Surroundings(np.zeros((1, 1), np.float32), 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, np.zeros((1, 1), np.float32))


def _lights(lighting: Lighting) -> Lights:
    lamps = lighting.lamps
    return Lights(
        np.array(lighting.sky, np.float32),
        np.array(lighting.ground, np.float32),
        np.array([lamp.position for lamp in lamps], np.float32).reshape(-1, 3),
        np.array([lamp.power for lamp in lamps], np.float32).reshape(-1, 3),
        np.array([lamp.softness**2 for lamp in lamps], np.float32),
        float(lighting.glow),
    )


def shade(
    mesh: Mesh, buffers: Buffers, palette: Palette, lighting: Lighting, camera: Camera, room: Surroundings | None = None
) -> F32:
    """Linear RGB (h, w, 3) of what the buffers show, with the shade of ``room`` where it is given."""
    row_of = np.full(len(mesh.faces), -1, np.int32)
    used = number_shown(buffers.face, row_of)
    attributes = np.concatenate([mesh.normals, mesh.uvs], axis=1)
    planes = attribute_planes(to_camera(mesh.vertices, camera), mesh.faces[used], attributes)
    seen = Seen(buffers.face, buffers.depth, row_of, planes, mesh.material[used])
    forward, right, up = (axis.astype(np.float32) for axis in camera_frame(camera))
    eye = Eye(forward, right, up, np.asarray(camera.eye, np.float32), focal_pixels(camera))
    picture = np.empty((*buffers.face.shape, 3), np.float32)
    picture[:] = lighting.background
    light_pixels(seen, palette.coats, _lights(lighting), eye, room or _OUTDOORS, picture)
    return picture
