"""A body to dress: its build, its pose, and the surfaces that clothes are cut from.

People face -y and stand on z = 0. Angles round the body run from 0 at the front over the person's left (+x) to pi at the
back. Everything is in metres for a person of about 1.77 m; taller ones are scaled as a whole when they are placed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from showroom.curves import spline
from showroom.types import Floats

SIDES = (-1, 1)
NECK, SHOULDER, CHEST, WAIST, HIPS, CROTCH = 1.485, 1.43, 1.30, 1.08, 0.90, 0.80
THIGH, UPPER_ARM, FOREARM, SHANK = 0.40, 0.29, 0.26, 0.42
_HEIGHTS = (0.78, 0.80, 0.84, 0.88, 0.92, 0.98, 1.05, 1.10, 1.17, 1.25, 1.32, 1.38, 1.42, 1.45, 1.472, 1.49, 1.53, 1.62)
_WIDTHS = (
    0.12,
    0.14,
    0.160,
    0.170,
    0.172,
    0.158,
    0.140,
    0.135,
    0.142,
    0.155,
    0.165,
    0.172,
    0.166,
    0.140,
    0.098,
    0.070,
    0.057,
    0.055,
)
_DEPTHS = (
    0.09,
    0.10,
    0.110,
    0.117,
    0.117,
    0.108,
    0.097,
    0.095,
    0.102,
    0.113,
    0.117,
    0.110,
    0.095,
    0.080,
    0.068,
    0.062,
    0.058,
    0.058,
)
_LEG = ((0.0, 0.084), (0.12, 0.083), (0.5, 0.057), (0.66, 0.056), (0.9, 0.038), (1.0, 0.037))
_ARM = ((0.0, 0.054), (0.12, 0.052), (0.5, 0.040), (0.62, 0.038), (1.0, 0.027))
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Build:
    """How a body differs from the usual one: factors of its widths at the shoulders, the waist and the hips."""

    shoulders: float = 1.0
    waist: float = 1.0
    hips: float = 1.0


@dataclass(frozen=True)
class Pose:
    """How somebody stands, right side first; angles in radians.

    ``spread`` and ``swing`` turn an upper arm or a thigh sideways and forwards, ``bend`` an elbow or a knee; ``across``
    turns a bent forearm inwards. ``sway`` (metres) shifts the hips, ``twist`` turns the shoulders.
    """

    arm_spread: tuple[float, float] = (0.32, 0.32)
    arm_swing: tuple[float, float] = (0.0, 0.0)
    elbow_bend: tuple[float, float] = (0.12, 0.12)
    across: tuple[float, float] = (0.0, 0.0)
    leg_spread: tuple[float, float] = (0.07, 0.07)
    leg_swing: tuple[float, float] = (0.0, 0.0)
    knee_bend: tuple[float, float] = (0.0, 0.0)
    sway: float = 0.0
    twist: float = 0.0


@lru_cache(maxsize=1)
def _outline() -> tuple[Array, Array, Array]:
    """Height, half width and half depth of the torso on a fine grid, without kinks."""
    fine = np.linspace(_HEIGHTS[0], _HEIGHTS[-1], 240)
    kernel = np.hanning(17) / np.hanning(17).sum()
    smooth = [np.interp(fine, _HEIGHTS, values) for values in (_WIDTHS, _DEPTHS)]
    padded = [np.convolve(np.pad(values, 8, mode="edge"), kernel, mode="valid") for values in smooth]
    return fine, padded[0], padded[1]


class Body:
    """A body of some ``build`` in some ``pose``: its joints, its surface, and what hangs round it."""

    def __init__(self, build: Build | None = None, pose: Pose | None = None) -> None:
        self.build, self.pose = build or Build(), pose or Pose()
        self.arms = [self._arm(index, side) for index, side in enumerate(SIDES)]
        legs = [self._leg(index, side) for index, side in enumerate(SIDES)]
        drop = min(float(leg[2, 2]) for leg in legs) - 0.085
        self.lift = -drop
        """What a pose adds to all heights so that a foot stands on the ground: 0 or less but for rounding."""
        self.legs = legs

    def centre(self, z: Array) -> tuple[Array, Array]:
        """Where the axis of the body passes at heights ``z``: x and y."""
        sway = self.pose.sway * np.exp(-(((z - HIPS) / 0.22) ** 2))
        belly = 0.014 * np.exp(-(((z - 0.92) / 0.09) ** 2)) - 0.014 * np.exp(-(((z - 1.30) / 0.10) ** 2))
        return sway, belly

    def girth(self, z: Array) -> tuple[Array, Array]:
        """Half width and half depth of the body at heights ``z``; below the crotch, of both legs together."""
        fine, widths, depths = _outline()
        factor = np.interp(
            z,
            (HIPS, WAIST, CHEST, SHOULDER, NECK),
            (self.build.hips, self.build.waist, (1 + self.build.shoulders) / 2, self.build.shoulders, 1.0),
        )
        wide, deep = np.interp(z, fine, widths) * factor, np.interp(z, fine, depths) * (1 + factor) / 2
        below = z < HIPS
        if below.any():
            low = self._legs_girth(z)
            share = np.clip((HIPS - z) / 0.1, 0.0, 1.0)
            wide = np.where(below, wide * (1 - share) + low[0] * share, wide)
            deep = np.where(below, deep * (1 - share) + low[1] * share, deep)
        return wide, deep

    def _legs_girth(self, z: Array) -> tuple[Array, Array]:
        points = [self.limb_points(leg, 40) for leg in self.legs]
        radii = self.leg_radii(np.linspace(0.0, 1.0, 40))
        reach = []
        for axis in (0, 1):
            out = [np.interp(z, p[::-1, 2], np.abs(p[::-1, axis]) + radii[::-1]) for p in points]
            reach.append(np.maximum(out[0], out[1]))
        return reach[0], reach[1]

    def around(self, z: Array, angle: Array, ease: Array | float = 0.0) -> Floats:
        """Points (..., 3) at heights ``z`` and ``angle`` round the body, ``ease`` metres off it; arguments broadcast."""
        z, angle = np.broadcast_arrays(np.asarray(z, np.float64), np.asarray(angle, np.float64))
        wide, deep = self.girth(z)
        x, y = self.centre(z)
        across, ahead = (wide + ease) * np.sin(angle), -(deep + ease) * np.cos(angle)
        twist = self.pose.twist * np.clip((z - WAIST) / (CHEST - WAIST), 0.0, 1.0)
        c, s = np.cos(twist), np.sin(twist)
        return np.stack([x + across * c - ahead * s, y + across * s + ahead * c, z], axis=-1)

    def leg_radii(self, share: Array) -> Array:
        """Radius of a leg at a ``share`` of its length."""
        places, radii = zip(*_LEG, strict=True)
        return np.asarray(np.interp(share, places, radii) * (1 + (self.build.hips - 1) * (1 - share)))

    def arm_radii(self, share: Array) -> Array:
        """Radius of an arm at a ``share`` of its length."""
        places, radii = zip(*_ARM, strict=True)
        return np.asarray(np.interp(share, places, radii) * (1 + (self.build.shoulders - 1) * 0.7))

    def limb_points(self, joints: Floats, count: int) -> Floats:
        """``count`` points along a limb of three ``joints``, the middle one rounded off."""
        share = np.linspace(0.0, 1.0, count)[:, None]
        first, middle, last = joints
        straight = np.where(
            share < 0.5, first + (middle - first) * share * 2, middle + (last - middle) * (share * 2 - 1)
        )
        bow = (1 - share) ** 2 * first + 2 * share * (1 - share) * middle + share**2 * last
        near = np.exp(-(((share - 0.5) / 0.09) ** 2)) * 0.25
        points: Floats = straight * (1 - near) + bow * near
        return points

    def arm_line(self, index: int, end: float = 1.0, count: int = 44) -> tuple[Floats, Array]:
        """Points (count, 3) from inside the shoulder down an arm to a share ``end`` of it, and the bare radius at each."""
        arm, side = self.arms[index], SIDES[index]
        c, s = np.cos(self.pose.twist), np.sin(self.pose.twist)
        x = side * 0.085
        inner = np.array([x * c, x * s, 1.412])
        mid = inner * 0.42 + arm[0] * 0.58 + (0.0, 0.0, 0.010)
        limb = self.limb_points(arm, 40)
        keep = limb[4 : max(round(end * 39) + 1, 6)]
        line = np.concatenate([inner[None], mid[None], keep])
        share = np.concatenate([[-0.3, -0.12], np.linspace(0.0, 1.0, 40)[4 : 4 + len(keep)]])
        points = spline(line, count)
        shares = spline(share[:, None], count)[:, 0]
        return points, self.arm_radii(shares)

    def _leg(self, index: int, side: int) -> Floats:
        pose = self.pose
        spread, swing = side * pose.leg_spread[index], pose.leg_swing[index]
        hip = np.array([side * 0.086 * self.build.hips + pose.sway * 0.8, 0.0, 0.905])
        knee = hip + THIGH * _direction(spread, swing)
        ankle = knee + SHANK * _direction(spread * 0.6, swing - pose.knee_bend[index])
        return np.stack([hip, knee, ankle])

    def _arm(self, index: int, side: int) -> Floats:
        pose = self.pose
        spread, swing, bend = side * pose.arm_spread[index], pose.arm_swing[index], pose.elbow_bend[index]
        shoulder = np.array([side * 0.178 * self.build.shoulders, 0.0, 1.415])
        elbow = shoulder + UPPER_ARM * _direction(spread, swing)
        inwards = spread * 0.6 - side * pose.across[index]
        wrist = elbow + FOREARM * _direction(inwards, swing + bend)
        c, s = np.cos(pose.twist), np.sin(pose.twist)
        turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        joints: Floats = np.stack([shoulder, elbow, wrist]) @ turn.T
        return joints


def _direction(sideways: float, forwards: float) -> Floats:
    """Straight down, turned ``sideways`` (to +x) and ``forwards`` (to -y)."""
    x, y = np.sin(sideways) * np.cos(forwards), -np.sin(forwards)
    return np.array([x, y, -np.cos(sideways) * np.cos(forwards)])
