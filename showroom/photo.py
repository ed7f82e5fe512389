"""Photographs of products and rooms, path traced with Mitsuba 3 and denoised: ``PhotoMaker``.

Needs ``mitsuba`` and ``pyoidn``. Truth is exact: an id ray through each pixel centre, and each object traced alone.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyoidn
from PIL import Image

from showroom.film import Bytes, as_bytes, develop, tone
from showroom.geometry import merged, placed, sheet
from showroom.makers import scene_truth
from showroom.mitsuba_scene import Stage, Surface, light_rectangle, stage
from showroom.mitsuba_start import mi
from showroom.products import shape_of
from showroom.projection import rotation_z
from showroom.tracing import Silhouette, owners_seen, sensor
from showroom.types import Camera, Floats, Material, Part, ProductSpec, Room, SceneTruth

WALL_HUNG = ("mirror", "wall_art", "clock")
DAYLIGHTS = np.array([[1.0, 0.97, 0.92], [0.88, 0.94, 1.06], [1.07, 0.96, 0.82]])
BRIGHTEST = 60.0
MAX_LOST = 0.01
PRODUCT_FOV = 22.0


@dataclass(frozen=True, eq=False)
class Exposure:
    """Denoised linear light and the albedo of a render, each (height, width, 3)."""

    light: Floats
    albedo: Floats


def expose(scene: Stage, camera: Camera, samples: int, seed: int) -> Exposure:
    """Path trace with ``samples`` paths a pixel, then denoise with the help of albedo and normals."""
    # Two renders: an aov integrator that also traces paths computes all of the light transport twice.
    light = _layers({"type": "path", "max_depth": 6, "rr_depth": 4}, scene, camera, samples, seed)[..., :3]
    guides = _layers({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal"}, scene, camera, samples, seed)
    lost = float(np.isnan(light).mean())
    if lost > MAX_LOST:
        raise ArithmeticError(f"{lost:.1%} of a render is NaN; look for degenerate normals or uv among its parts")
    light = np.minimum(np.nan_to_num(light), BRIGHTEST)
    albedo, normal = np.clip(guides[..., -6:-3], 0.0, 1.0), guides[..., -3:]
    noisy, color, facing = (np.ascontiguousarray(layer, dtype=np.float32) for layer in (light, albedo, normal))
    clean = pyoidn.denoise(noisy, albedo=color, normal=facing, hdr=True)
    return Exposure(np.asarray(clean, dtype=np.float64), albedo.astype(np.float64))


def _layers(integrator: dict[str, Any], scene: Stage, camera: Camera, samples: int, seed: int) -> Floats:
    tracer = mi.load_dict(integrator)
    return np.array(tracer.render(scene.scene, sensor(camera, samples), seed, samples, True, True))


class PhotoMaker:
    """Makes pictures like photographs. ``samples`` is the number of paths a pixel."""

    def __init__(self, samples: int = 8, product_size: int = 320) -> None:
        self.samples = samples
        self.product_size = product_size

    def product(self, spec: ProductSpec, *, view: int = 0) -> Image.Image:
        """Studio photo on white with a soft shadow; view 0 is from the front quarter, others from nearer the front."""
        rng = np.random.default_rng([zlib.crc32(spec.id.encode()), view])
        shape = shape_of(spec)
        points = np.concatenate([part.vertices for part in shape.parts])
        camera, radius = studio_camera(points, spec.category, rng, self.product_size, view)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        surfaces = [Surface(part, 0, 0.06) for part in merged(shape.parts)]
        surfaces += [Surface(part) for part in _backdrop(spec.category, points, radius)]
        lights = [
            light_rectangle(
                middle + radius * np.array(at), middle, (size * radius, size * radius), np.full(3, power), name
            )
            for name, at, size, power in (
                ("key", (-2.2, -2.4, 2.6), 2.6, 4.6),
                ("fill", (3.0, -1.5, 1.2), 2.0, 1.2),
                ("rim", (0.6, 2.6, 2.8), 1.6, 1.4),
            )
        ]
        shot = expose(stage(surfaces, lights, np.full(3, 0.78)), camera, self.samples, int(rng.integers(1 << 30)))
        return Image.fromarray(_on_white(shot, Silhouette(shape.parts).coverage(camera)))

    def scenes(self, room: Room) -> list[tuple[Image.Image, SceneTruth]]:
        """One photograph and its truth for each camera of the room."""
        rng = np.random.default_rng([room.seed, 31])
        shapes = [
            placed(merged(shape_of(item.product).parts), item.position, item.rotation) for item in room.placements
        ]
        lit = _room_stage(room, shapes, rng)
        alone = [Silhouette(parts) for parts in shapes]
        made = []
        for index, camera in enumerate(room.cameras):
            shot = expose(lit, camera, self.samples, int(rng.integers(1 << 30)))
            picture = Image.fromarray(develop(shot.light, rng))
            owners = owners_seen(lit, camera)
            present = set(np.unique(owners).tolist())
            covered = [silhouette.pixels(camera) if k in present else 0 for k, silhouette in enumerate(alone)]
            made.append((picture, scene_truth(room, index, owners, covered)))
        return made


def _room_stage(room: Room, shapes: Sequence[Sequence[Part]], rng: np.random.Generator) -> Stage:
    """The room under a bright window, light from behind the camera, and its lamps if they are on."""
    width, depth, _ = room.size
    side, y0, y1, z0, z1 = room.window
    tint = DAYLIGHTS[int(rng.integers(len(DAYLIGHTS)))]
    glow = float(rng.uniform(0.25, 0.7)) if room.lamps_on else 0.0
    outside = np.array([side * (width / 2 + 0.35), (y0 + y1) / 2, (z0 + z1) / 2])
    behind = np.array([rng.uniform(-1.0, 1.0), -depth / 2 - 2.3, 2.3])
    strength = room.daylight
    lights: list[Any] = [
        light_rectangle(
            outside, outside - (side, 0, 0.1), (y1 - y0 + 0.3, z1 - z0 + 0.3), 13 * strength * tint, "window"
        ),
        light_rectangle(
            behind, np.array([0.0, depth / 2, 0.6]), (3.2, 1.6), rng.uniform(0.8, 1.9) * strength * tint, "bounce"
        ),
    ]
    surfaces = [Surface(part, owner, glow) for owner, parts in enumerate(shapes) for part in parts]
    surfaces += [Surface(part, glow=glow) for part in (*room.shell, *room.clutter)]
    return stage(surfaces, lights, 0.3 * strength * tint)


def studio_camera(
    points: Floats, category: str, rng: np.random.Generator, size: int, view: int
) -> tuple[Camera, float]:
    """A long lens that frames the points (n, 3) of a product; also their bounding radius in metres."""
    low, high = points.min(axis=0), points.max(axis=0)
    radius = float(np.linalg.norm(high - low)) / 2
    turn = rng.uniform(0.3, 0.6) * rng.choice([-1, 1]) if view == 0 else rng.uniform(-0.1, 0.1)
    if category in WALL_HUNG or category in ("rug", "cushion"):
        turn *= 0.35
    lift = {"rug": 1.05, "pendant_lamp": -0.12}.get(
        category, 0.02 if category in WALL_HUNG else rng.uniform(0.14, 0.26)
    )
    back = np.array([math.sin(turn) * math.cos(lift), -math.cos(turn) * math.cos(lift), math.sin(lift)])
    right = rotation_z(turn)[:, 0] * (1, 1, 0)
    up = np.cross(back, right)
    center = (low + high) / 2
    across, along = (points - center) @ right, (points - center) @ up
    center = center + right * (across.max() + across.min()) / 2 + up * (along.max() + along.min()) / 2
    extent = max(float(np.ptp(across)), float(np.ptp(along))) / 2
    distance = 1.14 * extent / math.tan(math.radians(PRODUCT_FOV) / 2) + 0.55 * radius
    return Camera(center + distance * back, center, PRODUCT_FOV, size, size), radius


def _backdrop(category: str, points: Floats, radius: float) -> list[Part]:
    """White paper: a wall behind what hangs, a floor under what stands, none for a pendant lamp."""
    white = Material(color=(0.97, 0.97, 0.97), roughness=1.0)
    reach = 40 * radius
    first, second = np.meshgrid([-reach, reach], [-reach, reach])
    if category in WALL_HUNG:
        return sheet(np.stack([first, np.full((2, 2), 0.004), second], axis=-1), white)
    if category == "pendant_lamp":
        return []
    return sheet(np.stack([first, second, np.full((2, 2), points[:, 2].min() - 0.001)], axis=-1), white)


def _on_white(shot: Exposure, coverage: Floats) -> Bytes:
    """Expose for the paper, then replace it by pure white that keeps the soft shadow."""
    paper = shot.albedo.min(axis=2) > 0.9
    open_paper = paper & (coverage == 0)
    level = float(np.percentile(shot.light[open_paper].mean(axis=1), 60)) if open_paper.any() else 0.8
    light = shot.light / level
    shadow = _spread(np.clip((light.mean(axis=2) - 0.08) / 0.86, 0.0, 1.0) ** 0.8, open_paper)[..., None]
    alpha = coverage[..., None]
    return as_bytes(alpha * tone(0.74 * light, 3.5) + (1 - alpha) * shadow)


def _spread(values: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """Carry the known values one or two pixels into the unknown ones, so that edges get no bright fringe; 1 elsewhere."""
    weight, total = np.pad(known.astype(np.float64), 2), np.pad(values * known, 2)
    height, width = values.shape
    windows = [(slice(y, y + height), slice(x, x + width)) for y in range(5) for x in range(5)]
    near, mass = sum(total[window] for window in windows), sum(weight[window] for window in windows)
    spread = np.divide(near, mass, out=np.ones_like(values), where=mass > 0)
    return np.where(known, values, spread)
