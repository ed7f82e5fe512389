"""Parts as Mitsuba 3 shapes, arranged so that Dr.Jit compiles its kernels once and not once a scene.

Dr.Jit bakes some facts of a scene into the compiled kernel, and each new kernel costs seconds. Hence every opaque material is
one shader graph whose constants are textures, all bump maps have one size, every lamp of a scene is part of one emitting mesh
with a fixed number of triangles, light rectangles are meshes, and the object registry is filled up once.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from showroom.mitsuba_start import COMPILED, dr, mi
from showroom.types import Floats, Ints, Material, Part

BUMP_PIXELS = 256
LAMP_SLOTS = 64
LAMP_FACES = 32768
REGISTRY = 900
WARM_WHITE = np.array([1.0, 0.82, 0.58])
ROOM_OWNER = -1
# Mitsuba's bump map answers NaN where u runs exactly along the world's z axis (it mixes local and world vectors when it
# builds the perturbed frame), as on every upright leg and wall: so all uv are turned by a fifth of a degree.
_UV_TURN = np.array([[math.cos(0.0035), math.sin(0.0035)], [-math.sin(0.0035), math.cos(0.0035)]])
_FLAT = np.zeros((BUMP_PIXELS, BUMP_PIXELS), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Surface:
    """A part in the world: who owns it (index of a placement, or ``ROOM_OWNER``) and how brightly it glows if a lamp."""

    part: Part
    owner: int = ROOM_OWNER
    glow: float = 0.0


@dataclass(frozen=True, eq=False)
class Stage:
    """A loaded scene and the owner of each shape: one number, or for the mesh of all lamps one a triangle."""

    scene: Any
    owners: dict[str, int | Ints]


def linear(color: Floats | Sequence[float]) -> Floats:
    """sRGB in [0, 1] to linear light."""
    c = np.clip(np.asarray(color, dtype=np.float64), 0.0, 1.0)
    light: Floats = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return light


def _bitmap(values: Floats, raw: bool = False) -> dict[str, Any]:
    flipped = np.asarray(values)[::-1]
    if raw:
        data = np.ascontiguousarray(flipped[:, :, None], dtype=np.float32)
    else:
        data = np.ascontiguousarray(np.clip(flipped, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)
    return {"type": "bitmap", "bitmap": mi.Bitmap(data), "raw": raw}


def _bump(material: Material) -> Floats:
    """The bump map in the units Mitsuba differentiates in, at the one size all of them have."""
    if material.height is None or material.bump == 0.0:
        return _FLAT
    rows, columns = (np.arange(BUMP_PIXELS) * size // BUMP_PIXELS for size in material.height.shape)
    scale = material.bump / (0.3 if material.unit_uv else material.tile)
    resized: Floats = np.asarray(material.height)[np.ix_(rows, columns)] * scale
    return resized


def _bsdf(material: Material) -> Any:
    if material.kind == "mirror":
        return mi.load_dict({"type": "conductor", "material": "Ag"})
    if material.kind == "glass":
        return mi.load_dict({"type": "thindielectric", "int_ior": 1.35})
    plain = np.broadcast_to(np.clip(np.asarray(material.color), 0.02, 0.98), (2, 2, 3))
    principled = {
        "type": "principled",
        "base_color": _bitmap(plain if material.texture is None else material.texture),
        "roughness": {"type": "uniform", "value": float(np.clip(material.roughness, 0.05, 1.0))},
        "metallic": {"type": "uniform", "value": float(material.metallic)},
        "sheen": {"type": "uniform", "value": float(material.sheen)},
        "specular": 0.45,
    }
    bumped = {"type": "bumpmap", "arbitrary": _bitmap(_bump(material), raw=True), "scale": 1.0, "nested": principled}
    return mi.load_dict({"type": "twosided", "nested": bumped})


def mesh(part: Part, bsdf: Any = None, emitter: Any = None, name: str = "mesh") -> Any:
    """A Mitsuba mesh; its uv are divided by the material's tile, so that a texture keeps its true scale."""
    properties = mi.Properties()
    if bsdf is not None:
        properties["bsdf"] = bsdf
    if emitter is not None:
        properties["emitter"] = emitter
    shape = mi.Mesh(
        name, len(part.vertices), len(part.faces), has_vertex_normals=True, has_vertex_texcoords=True, props=properties
    )
    uvs = (part.uvs if part.material.unit_uv else part.uvs / part.material.tile) @ _UV_TURN
    values = mi.traverse(shape)
    for key, array, kind in (
        ("vertex_positions", part.vertices, np.float32),
        ("vertex_normals", part.normals, np.float32),
        ("vertex_texcoords", uvs, np.float32),
        ("faces", part.faces, np.uint32),
    ):
        values[key] = np.ascontiguousarray(array, dtype=kind).ravel()
    values.update()
    return shape


def light_rectangle(center: Floats, toward: Floats, size: tuple[float, float], radiance: Floats, name: str) -> Any:
    """A one-sided rectangle of light ``size`` metres wide and high, shining towards a point."""
    forward = np.asarray(toward, dtype=np.float64) - center
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    corners = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)]) * np.asarray(size) / 2
    vertices = np.asarray(center) + corners[:, :1] * right + corners[:, 1:] * up
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    if np.cross(vertices[1] - vertices[0], vertices[2] - vertices[0]) @ forward < 0:
        faces = faces[:, ::-1]
    black = Material(color=(0.02, 0.02, 0.02), roughness=1.0)
    part = Part(vertices, np.tile(forward, (4, 1)), np.zeros((4, 2)), faces, black)
    light = {"type": "area", "radiance": {"type": "rgb", "value": [float(value) for value in radiance]}}
    return mesh(part, _bsdf(black), mi.load_dict(light), name)


def stage(surfaces: Sequence[Surface], lights: Sequence[Any], sky: Floats) -> Stage:
    """Load surfaces, light meshes and a uniform sky (linear RGB) as one scene."""
    shapes: dict[str, Any] = {
        "sky": mi.load_dict({"type": "constant", "radiance": {"type": "rgb", "value": sky.tolist()}})
    }
    owners: dict[str, int | Ints] = {}
    for index, light in enumerate(lights):
        shapes[f"light{index}"] = light
    lamps = [surface for surface in surfaces if surface.part.material.emission > 0]
    solids = [surface for surface in surfaces if surface.part.material.emission <= 0]
    for index, surface in enumerate([*solids, *_ballast()]):
        name = f"m{index:04d}"
        shapes[name] = mesh(surface.part, _bsdf(surface.part.material), name=name)
        owners[name] = surface.owner
    shapes["lamps"], owners["lamps"] = _lamp_mesh(lamps)
    return Stage(mi.load_dict({"type": "scene", **shapes}), owners)


def _speck(material: Material) -> Part:
    triangle = np.array([[0.0, 0.0, -70.0], [0.001, 0.0, -70.0], [0.0, 0.001, -70.0]])
    return Part(triangle, np.tile((0.0, 0.0, 1.0), (3, 1)), np.zeros((3, 2)), np.array([[0, 1, 2]]), material)


def _ballast() -> list[Surface]:
    """A far speck of each kind of shader, so that every scene holds the same set of them."""
    return [Surface(_speck(Material(kind=kind))) for kind in ("surface", "mirror", "glass")]


def _lamp_mesh(lamps: Sequence[Surface]) -> tuple[Any, Ints]:
    """All lamp shades as one emitter: colours and radiances come from a palette, the triangle count is always the same."""
    if len(lamps) > LAMP_SLOTS:
        raise ValueError(f"{len(lamps)} lamp shades in one scene; at most {LAMP_SLOTS} are supported")
    base = np.full((2, LAMP_SLOTS, 3), 0.9)
    radiance = np.zeros((2, LAMP_SLOTS, 3), dtype=np.float32)
    speck = _speck(Material())
    parts, faces, owners, start = [speck], [speck.faces], [ROOM_OWNER], 3
    uvs = [np.full((3, 2), 0.999)]
    for slot, lamp in enumerate(lamps):
        material = lamp.part.material
        base[:, slot] = material.color
        radiance[:, slot] = linear(material.color) * WARM_WHITE * max(lamp.glow, 1e-4) * material.emission
        parts.append(lamp.part)
        faces.append(lamp.part.faces + start)
        uvs.append(np.tile([(slot + 0.5) / LAMP_SLOTS, 0.5], (len(lamp.part.vertices), 1)))
        owners += [lamp.owner] * len(lamp.part.faces)
        start += len(lamp.part.vertices)
    missing = LAMP_FACES - len(owners)
    if missing < 1:
        raise ValueError(f"lamp shades with {len(owners)} triangles in one scene; at most {LAMP_FACES} are supported")
    # Degenerate triangles fill up the count; a true one at the very end keeps the area table's search bounds the same.
    faces += [np.zeros((missing - 1, 3), dtype=np.int64), speck.faces]
    whole = Part(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate(uvs),
        np.concatenate(faces),
        Material(texture=base, roughness=0.8, unit_uv=True),
    )
    texture = {"type": "bitmap", "bitmap": mi.Bitmap(radiance), "raw": True, "filter_type": "nearest"}
    emitter = mi.load_dict({"type": "area", "radiance": texture})
    return mesh(whole, _bsdf(whole.material), emitter, "lamps"), np.array(owners + [ROOM_OWNER] * missing)


def shape_order(scene: Any) -> dict[str, int]:
    """Dr.Jit's number of each shape, as intersections report it."""
    numbers = np.array(dr.reinterpret_array(mi.UInt32, scene.shapes_dr()))
    return {shape.id(): int(number) for shape, number in zip(scene.shapes(), numbers, strict=True)}


def _reserve(count: int) -> None:
    kept = [mesh(_speck(Material()), _bsdf(Material())) for _ in range(count)]
    del kept
    gc.collect()


if COMPILED:
    _reserve(REGISTRY)
