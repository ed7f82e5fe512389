"""Colour for rasterised pixels: texture, hemispheric ambient light, soft point lights, a little gloss; in linear RGB.

It is no light transport: nothing casts shadows here. What should look shaded is told by ``openness``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from showroom.projection import camera_frame, focal_pixels
from showroom.raster import F32, Buffers, Mesh, attribute_planes, to_camera
from showroom.solids import Coat
from showroom.types import RGB, Camera

Openness = Callable[[F32], F32]
"""Maps world points (3, k) to the share of light that reaches them (k,)."""
_WRAP = 0.25
_CHUNK = 16_384
"""Pixels shaded at a time: their arrays stay in the processor's cache, which is faster than all at once."""


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
_PACKED = np.array([1, 1 << 8, 1 << 16], np.uint32)
"""Texels are kept as one number of three bytes, so that a pixel costs one look-up."""


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
    """The coats of a scene as tables, so that all pixels are looked up at once."""

    def __init__(self, coats: Sequence[Coat]) -> None:
        materials = [coat.material for coat in coats]
        colors = np.array([m.color for m in materials], np.float64).reshape(-1, 3)
        self.color = np.ascontiguousarray(linear_of(colors).T)
        self.roughness = np.array([m.roughness for m in materials], np.float32)
        self.metallic = np.array([1.0 if m.kind == "mirror" else m.metallic for m in materials], np.float32)
        self.sheen = np.array([m.sheen for m in materials], np.float32)
        self.emission = np.array([m.emission for m in materials], np.float32)
        self.glass = np.array([m.kind == "glass" for m in materials])
        self.repeat = np.array([coat.repeat for coat in coats], np.float32)
        self.span = np.array([coat.span for coat in coats], np.float32)
        self.side = np.array([len(c.levels[0]) if c.levels else 0 for c in coats], np.int32)
        self.depth = np.array([len(c.levels) for c in coats], np.int32)
        self.start = np.zeros((len(coats), max(1, int(self.depth.max(initial=1)))), np.int64)
        texels, used = [], 0
        for number, coat in enumerate(coats):
            for level, pixels in enumerate(coat.levels):
                self.start[number, level] = used
                texels.append(pixels.reshape(-1, 3).astype(np.uint32) @ _PACKED)
                used += len(texels[-1])
        self._texels = np.concatenate(texels) if texels else np.zeros(1, np.uint32)

    def albedo(self, material: npt.NDArray[np.int32], u: F32, v: F32, footprint: F32) -> F32:
        """Linear base colours (3, k): nearest texel of the pyramid level whose texels match ``footprint`` (metres)."""
        color = np.take(self.color, material, axis=1)
        textured = np.flatnonzero(self.side[material] > 0)
        if textured.size:
            coat = material[textured]
            side = self.side[coat]
            blur = np.log2(np.maximum(footprint[textured] * side / self.span[coat], 1.0))
            level = np.minimum(blur.astype(np.int32), self.depth[coat] - 1)
            side = side >> level
            repeat = self.repeat[coat]
            across, down = u[textured] * repeat, -v[textured] * repeat
            column = np.minimum(((across - np.floor(across)) * side).astype(np.int32), side - 1)
            row = np.minimum(((down - np.floor(down)) * side).astype(np.int32), side - 1)
            texel = np.take(self._texels, self.start[coat, level] + row * side + column)
            for channel, shift in enumerate((0, 8, 16)):
                color[channel, textured] = np.take(_LINEAR, (texel >> shift) & 255)
        return np.asarray(color, np.float32)


def _column(color: RGB) -> F32:
    return np.array(color, np.float32)[:, None]


def _environment(height: F32, lighting: Lighting) -> F32:
    """What a mirror sees (3, k) in directions of the given z: the ground blending into a bright band and the sky."""
    sky, ground = _column(lighting.sky), _column(lighting.ground)
    band = np.exp(-8.0 * (height - 0.25) ** 2)
    return np.asarray(ground + (sky - ground) * np.clip(height * 0.5 + 0.5, 0.0, 1.0) + 0.3 * sky * band, np.float32)


def _dot(first: F32, second: F32) -> F32:
    product: F32 = first[0] * second[0] + first[1] * second[1] + first[2] * second[2]
    return product


def _unit(vectors: F32) -> F32:
    lengths = np.sqrt(np.maximum(_dot(vectors, vectors), np.float32(1e-18)))
    return np.asarray(vectors / lengths, np.float32)


def shade(
    mesh: Mesh, buffers: Buffers, palette: Palette, lighting: Lighting, camera: Camera, openness: Openness | None = None
) -> F32:
    """Linear RGB (h, w, 3) of what the buffers show."""
    face_of, depth_of = buffers.face.ravel(), buffers.depth.ravel()
    pixels = np.flatnonzero(face_of >= 0)
    shown = np.zeros(len(mesh.faces), bool)
    shown[face_of[pixels]] = True
    used = np.flatnonzero(shown)
    row_of = np.cumsum(shown) - 1
    attributes = np.concatenate([mesh.normals, mesh.uvs], axis=1)
    planes = attribute_planes(to_camera(mesh.vertices, camera), mesh.faces[used], attributes)
    planes = np.ascontiguousarray(planes.transpose(2, 1, 0))
    forward, right, up = (axis.astype(np.float32)[:, None] for axis in camera_frame(camera))
    eye, focal = np.asarray(camera.eye, np.float32)[:, None], np.float32(focal_pixels(camera))
    picture = np.empty((face_of.size, 3), np.float32)
    picture[:] = lighting.background
    for start in range(0, len(pixels), _CHUNK):
        pixel = pixels[start : start + _CHUNK]
        face, depth = face_of[pixel], depth_of[pixel]
        x = ((pixel % camera.width).astype(np.float32) + np.float32(0.5 - camera.width / 2)) / focal
        y = ((pixel // camera.width).astype(np.float32) + np.float32(0.5 - camera.height / 2)) / focal
        row = row_of[face]
        values = np.take(planes[0], row, axis=1) * x + np.take(planes[1], row, axis=1) * y
        values += np.take(planes[2], row, axis=1)
        values[1:] /= np.where(np.abs(values[0]) > 1e-12, values[0], np.float32(1.0))
        towards = forward + right * x - up * y
        position = eye + towards * depth
        surface = _facing(values[1:4], _unit(-towards))
        material = mesh.material[face]
        footprint = np.asarray(depth / (focal * np.sqrt(np.maximum(surface.cosine, np.float32(0.1)))), np.float32)
        base = palette.albedo(material, values[4], values[5], footprint)
        light = _lit(base, material, surface, position, palette, lighting)
        picture[pixel] = (light if openness is None else light * openness(position)).T
    return picture.reshape(*buffers.face.shape, 3)


@dataclass(frozen=True, eq=False)
class _Surface:
    """Unit ``normal`` on the viewer's side and unit direction to the ``view`` (3, k), the ``cosine`` between."""

    normal: F32
    view: F32
    cosine: F32


def _facing(normal: F32, view: F32) -> _Surface:
    normal = _unit(normal)
    cosine = _dot(normal, view)
    return _Surface(normal * np.where(cosine < 0, np.float32(-1.0), np.float32(1.0)), view, np.abs(cosine))


def _lit(
    base: F32, material: npt.NDArray[np.int32], surface: _Surface, position: F32, palette: Palette, lighting: Lighting
) -> F32:
    """Light leaving surfaces of colour ``base`` (3, k) towards the viewer."""
    normal, view, facing = surface.normal, surface.view, surface.cosine
    sky, ground = _column(lighting.sky), _column(lighting.ground)
    received = ground + (sky - ground) * (normal[2] * np.float32(0.5) + np.float32(0.5))
    roughness = palette.roughness[material]
    gloss = np.zeros_like(base)
    for number, lamp in enumerate(lighting.lamps):
        towards = _column(lamp.position) - position
        squared = _dot(towards, towards)
        towards /= np.sqrt(squared)
        cosine = (_dot(normal, towards) + np.float32(_WRAP)) / np.float32(1 + _WRAP)
        arriving = np.maximum(cosine, np.float32(0.0)) / (squared + np.float32(lamp.softness**2))
        received += arriving * _column(lamp.power)
        if number == 0:
            half = np.maximum(_dot(normal, _unit(towards + view)), np.float32(0.0))
            # (1 - x)^n is close to exp(-n x) near the highlight, and far cheaper than a power.
            peak = np.exp((half - np.float32(1.0)) * (np.float32(2.0) / np.maximum(roughness, np.float32(0.15)) ** 3))
            gloss += peak * arriving * (np.float32(0.6) * (np.float32(1.0) - roughness)) * _column(lamp.power)
    rim = palette.sheen[material] * (np.float32(1.0) - facing) ** 3 * np.float32(0.3)
    light = base * received * (np.float32(1.0) + rim) + gloss
    shiny = np.flatnonzero((palette.metallic[material] > 0.01) | palette.glass[material])
    if shiny.size:
        height = 2.0 * facing[shiny] * normal[2, shiny] - view[2, shiny]
        seen = _environment(height, lighting)
        metal = palette.metallic[material[shiny]]
        clear = 0.5 * light[:, shiny] + 0.5 * seen
        solid = (1 - metal) * light[:, shiny] + metal * (base[:, shiny] * seen + gloss[:, shiny])
        light[:, shiny] = np.where(palette.glass[material[shiny]], clear, solid)
    light += base * (np.minimum(palette.emission[material], 3.0) * np.float32(lighting.glow))
    return np.asarray(light, np.float32)
