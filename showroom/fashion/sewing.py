"""Cloth on a body: wraps round the torso or the legs, sleeves and trouser legs, patches and strips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from showroom.curves import arc_lengths
from showroom.fashion.figure import Array, Body
from showroom.geometry import placed, sheet
from showroom.types import Floats, Material, Part

Profile = Callable[[Array], Array]


@dataclass(frozen=True)
class Folds:
    """How cloth creases: ``count`` folds of ``depth`` metres round the body, deeper towards the ``hem``; ``rolls`` puffs."""

    count: int = 7
    depth: float = 0.003
    hem: float = 0.0
    seed: int = 0
    rolls: int = 0
    puff: float = 0.0

    def relief(self, height: Array, angle: Array) -> Array:
        """Metres outwards at a ``height`` in [0, 1] (0 at the hem) and an ``angle``."""
        rng = np.random.default_rng([self.seed, 41])
        drift, phase = rng.uniform(-1.5, 1.5, 2), rng.uniform(0.0, 6.3, 3)
        depth = self.depth + self.hem * (1 - height) ** 1.3
        waves = np.sin(self.count * angle + phase[0] + drift[0] * np.sin(3 * height + phase[1]))
        waves = waves + 0.5 * np.sin((self.count // 2 + 1) * angle + phase[2] + 4 * drift[1] * height)
        result = depth * waves * 0.6
        if self.rolls:
            result = result + self.puff * np.abs(np.sin(np.pi * self.rolls * height))
        creases = np.sin(19 * height + 2.0 * np.sin(angle + phase[1])) * np.cos(2 * angle + phase[2])
        return np.asarray(result + 0.4 * self.depth * creases)


def wrap(
    body: Body,
    low: float | Profile,
    high: float | Profile,
    ease: Profile | float,
    material: Material,
    *,
    gap: float = 0.0,
    folds: Folds | None = None,
    rows: int = 30,
    columns: int = 49,
    hang: float | None = None,
) -> list[Part]:
    """Cloth round the body between two edges, each a height or a function of the angle.

    ``ease`` is its distance from the body by height; ``gap`` leaves the front open by that angle to either side (growing
    downwards by a third); below ``hang`` the cloth falls from the widest place instead of following the body.
    """
    angle = np.linspace(gap, 2 * np.pi - gap, columns) if gap else np.linspace(-np.pi, np.pi, columns)
    share = np.linspace(0.0, 1.0, rows)[:, None]
    if gap:
        # Open fronts fall apart a little towards the hem.
        spread = gap * 0.5 * (1 - share) * np.cos(angle / 2)[None]
        angles = angle[None] + spread
    else:
        angles = np.broadcast_to(angle, (rows, columns))
    bottom = low(angle) if callable(low) else np.full(columns, low)
    top = high(angle) if callable(high) else np.full(columns, high)
    z = bottom + share * (top - bottom)
    off = ease(z) if callable(ease) else np.full_like(z, ease)
    if hang is not None:
        off = off + _hanging(body, z, hang)
    if folds is not None:
        off = off + folds.relief(np.broadcast_to(share, z.shape), angles)
    points = body.around(z, angles, off)
    around = float(np.mean([np.linalg.norm(np.diff(points[row], axis=0), axis=1).sum() for row in (0, rows // 2)]))
    u = np.broadcast_to(np.linspace(-0.5, 0.5, columns) * around, z.shape)
    return sheet(points, material, np.stack([u, z], axis=-1))


def _hanging(body: Body, z: Array, hang: float) -> Array:
    """What cloth that falls from height ``hang`` lies farther off than the body itself, at heights ``z``."""
    wide, deep = body.girth(np.array([hang]))
    wide_here, deep_here = body.girth(z)
    missing = np.maximum(np.minimum(wide[0] - wide_here, deep[0] - deep_here + 0.02), 0.0)
    return np.where(z < hang, missing, 0.0)


def pipe(
    points: Floats,
    radii: Array,
    material: Material,
    *,
    folds: Folds | None = None,
    columns: int = 25,
    reference: tuple[float, float, float] = (0.0, -1.0, 0.0),
) -> list[Part]:
    """Cloth or skin round a line of points (n, 3) with a radius at each; its seam lies away from ``reference``."""
    tangents = np.gradient(points, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1)[:, None]
    ahead = np.asarray(reference) - tangents * (tangents @ np.asarray(reference))[:, None]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1), 1e-9)[:, None]
    aside = np.cross(ahead, tangents)
    angle = np.linspace(-np.pi, np.pi, columns)
    share = np.linspace(1.0, 0.0, len(points))[:, None]
    reach = np.broadcast_to(np.asarray(radii)[:, None], (len(points), columns))
    if folds is not None:
        reach = reach + folds.relief(np.broadcast_to(share, reach.shape), np.broadcast_to(angle, reach.shape))
    ring = ahead[:, None] * np.cos(angle)[None, :, None] + aside[:, None] * np.sin(angle)[None, :, None]
    grid = points[:, None] + ring * reach[..., None]
    u = np.broadcast_to(angle * float(np.mean(radii)), reach.shape)
    v = np.broadcast_to(-arc_lengths(points)[:, None], reach.shape)
    return sheet(grid[::-1], material, np.stack([u, v], axis=-1)[::-1])


def patch(
    body: Body,
    corners: tuple[float, float, float, float],
    ease: Profile | float,
    material: Material,
    *,
    taper: float = 0.0,
    rows: int = 9,
    columns: int = 9,
) -> list[Part]:
    """A piece on the body from angle and height ``(left, low, right, high)``; ``taper`` narrows its lower edge by a share."""
    left, low, right, high = corners
    share = np.linspace(0.0, 1.0, rows)[:, None]
    middle, half = (left + right) / 2, (right - left) / 2
    angle = middle + np.linspace(-1.0, 1.0, columns)[None] * half * (1 - taper * (1 - share))
    z = np.broadcast_to(low + share * (high - low), angle.shape)
    off = ease(z) if callable(ease) else ease
    points = body.around(z, angle, off)
    # Metres unless the material spans the piece once; row 0 of a texture is its top.
    across = np.linspace(0.0, 1.0, columns)
    uvs = np.stack([np.broadcast_to(across, z.shape), np.broadcast_to(share, z.shape)], axis=-1)
    if not material.unit_uv:
        uvs = uvs * [float(np.linalg.norm(points[-1, -1] - points[-1, 0])), high - low]
    return sheet(points, material, uvs)


def strip(points: Floats, normals: Floats, width: float, material: Material) -> list[Part]:
    """A flat strap along points (n, 3), as wide as said and facing along ``normals`` (n, 3)."""
    tangents = np.gradient(points, axis=0)
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1), 1e-9)[:, None]
    aside = np.cross(normals, tangents)
    aside /= np.maximum(np.linalg.norm(aside, axis=1), 1e-9)[:, None]
    grid = np.stack([points + aside * width / 2, points - aside * width / 2])
    u = arc_lengths(points)
    uvs = np.stack([np.broadcast_to(u, (2, len(u))), np.array([[0.0], [width]]).repeat(len(u), axis=1)], axis=-1)
    return sheet(grid, material, uvs)


def ball(size: tuple[float, float, float], material: Material, at: Floats | tuple[float, float, float]) -> list[Part]:
    """An ellipsoid with half axes ``size`` round ``at``."""
    polar, angle = np.meshgrid(np.linspace(np.pi, 0.0, 11), np.linspace(0.0, 2 * np.pi, 19), indexing="ij")
    points = np.stack([np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar)], axis=-1)
    return placed(sheet(points * np.asarray(size), material), np.asarray(at, np.float64))
