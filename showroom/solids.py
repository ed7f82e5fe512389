"""Shapes made ready for the rasteriser: one mesh a shape, textures as 8-bit pyramids, and a store of those met."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from PIL import Image

from showroom.products import shape_of
from showroom.raster import Mesh
from showroom.scanning import F32
from showroom.types import Material, Part, ProductSpec

U8 = npt.NDArray[np.uint8]
TEXTURE_SIDE = 256
_SMALLEST = 4


@dataclass(frozen=True, eq=False)
class Coat:
    """A material with its texture as a pyramid (side 256, 128, ... 4; empty without a texture) and the metres that one
    unit of uv spans divided by the texture's repeat: ``repeat`` turns uv into texture repeats, ``span`` is one repeat's
    metres."""

    material: Material
    levels: tuple[U8, ...]
    repeat: float
    span: float

    @cached_property
    def texels(self) -> npt.NDArray[np.uint32]:
        """All levels one after the other, each texel one number of three bytes, red lowest."""
        pixels = np.concatenate([level.reshape(-1, 3) for level in self.levels]).astype(np.uint32)
        return np.asarray(pixels[:, 0] | pixels[:, 1] << 8 | pixels[:, 2] << 16, np.uint32)


@dataclass(frozen=True, eq=False)
class Solid:
    """A drawable thing in its own frame. Face materials number its ``coats``; ``glow`` is the centre of what emits
    light, if anything does."""

    mesh: Mesh
    coats: tuple[Coat, ...]
    glow: F32 | None = None


def texture_levels(texture: npt.NDArray[np.float64]) -> tuple[U8, ...]:
    """A square sRGB texture in [0, 1] as 8-bit pictures of halving sides, from at most 256 down to 4 pixels."""
    picture = Image.fromarray((np.clip(texture, 0.0, 1.0) * 255 + 0.5).astype(np.uint8))
    side = min(TEXTURE_SIDE, 1 << max(picture.width.bit_length() - 1, 2))
    levels = []
    while side >= _SMALLEST:
        picture = picture.resize((side, side), Image.Resampling.BOX)
        levels.append(np.asarray(picture))
        side //= 2
    return tuple(levels)


def _unit_span(part: Part) -> float:
    """Metres that one unit of uv covers on a part whose uv run over [0, 1]: the root of its area over its uv area."""
    corners, uvs = part.vertices[part.faces], part.uvs[part.faces]
    area = float(np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum())
    a, b = uvs[:, 1] - uvs[:, 0], uvs[:, 2] - uvs[:, 0]
    uv_area = float(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())
    return float(np.sqrt(area / uv_area)) if uv_area > 1e-9 else 1.0


_MADE: WeakKeyDictionary[Material, tuple[U8, ...]] = WeakKeyDictionary()
"""Levels of the materials that somebody still holds: garments are sewn anew for each pose, of the same cloth."""


def _levels(material: Material) -> tuple[U8, ...]:
    levels = _MADE.get(material)
    if levels is None:
        levels = () if material.texture is None else texture_levels(material.texture)
        _MADE[material] = levels
    return levels


def coat_of(part: Part) -> Coat:
    """The part's material, ready for sampling."""
    material = part.material
    levels = _levels(material)
    if material.unit_uv:
        return Coat(material, levels, 1.0, _unit_span(part) if levels else 1.0)
    return Coat(material, levels, 1.0 / material.tile, material.tile)


def solid_of(parts: Sequence[Part]) -> Solid:
    """Join parts into one mesh. Raises ``ValueError`` when there are none."""
    if not parts:
        raise ValueError("a solid needs at least one part; the shape has none")
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    mesh = Mesh(
        np.concatenate([part.vertices for part in parts]).astype(np.float32),
        np.concatenate([part.normals for part in parts]).astype(np.float32),
        np.concatenate([part.uvs for part in parts]).astype(np.float32),
        np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=False)]).astype(np.int32),
        np.repeat(np.arange(len(parts)), [len(part.faces) for part in parts]).astype(np.int32),
    )
    glowing = [part.vertices.mean(axis=0) for part in parts if part.material.emission > 0]
    glow = np.mean(glowing, axis=0).astype(np.float32) if glowing else None
    return Solid(mesh, tuple(coat_of(part) for part in parts), glow)


def moved(solid: Solid, rotation: npt.ArrayLike, position: npt.ArrayLike) -> Solid:
    """The solid turned and shifted into the world; its coats are shared."""
    turn, shift = np.asarray(rotation, np.float32), np.asarray(position, np.float32)
    mesh = solid.mesh
    placed = Mesh(mesh.vertices @ turn.T + shift, mesh.normals @ turn.T, mesh.uvs, mesh.faces, mesh.material)
    return Solid(placed, solid.coats, None if solid.glow is None else turn @ solid.glow + shift)


def joined(solids: Iterable[Solid]) -> tuple[Solid, npt.NDArray[np.int32]]:
    """Many solids as one, and for each of its faces the number of the solid it came from."""
    given = list(solids)
    vertex = np.cumsum([0, *(len(solid.mesh.vertices) for solid in given)])
    coat = np.cumsum([0, *(len(solid.coats) for solid in given)])
    mesh = Mesh(
        np.concatenate([solid.mesh.vertices for solid in given]),
        np.concatenate([solid.mesh.normals for solid in given]),
        np.concatenate([solid.mesh.uvs for solid in given]),
        np.concatenate([s.mesh.faces + start for s, start in zip(given, vertex, strict=False)]).astype(np.int32),
        np.concatenate([s.mesh.material + start for s, start in zip(given, coat, strict=False)]).astype(np.int32),
    )
    owner = np.repeat(np.arange(len(given)), [len(solid.mesh.faces) for solid in given]).astype(np.int32)
    return Solid(mesh, tuple(c for solid in given for c in solid.coats)), owner


class SolidStore:
    """The solids of products, built once and kept: at most ``limit`` of them, the least recently used leave first."""

    def __init__(self, limit: int = 600) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, Solid] = OrderedDict()

    def of(self, product: ProductSpec) -> Solid:
        """The product's solid in its own frame."""
        solid = self._kept.get(product.id)
        if solid is None:
            solid = solid_of(shape_of(product).parts)
            self._kept[product.id] = solid
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        self._kept.move_to_end(product.id)
        return solid
