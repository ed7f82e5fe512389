"""Sofas, armchairs, dining chairs and stools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from showroom.curves import rotation_x, spline, superellipse
from showroom.geometry import assembled, loft, rounded_box, sheet, tube
from showroom.products.design import Design
from showroom.products.supports import legs
from showroom.types import Floats, Material, Part, Shape

_SIGNS = (-1, 1)


@dataclass(frozen=True)
class _Frame:
    """Sizes of an upholstered seat: outer width, depth, back height, arm height and width, seat height, leg height."""

    width: float
    depth: float
    back: float
    arm: float
    arm_width: float
    seat: float
    leg: float
    cushion: float
    back_depth: float

    @property
    def inner(self) -> float:
        return self.width - 2 * self.arm_width


def _frame(rng: np.random.Generator, seats: int, slim: bool) -> _Frame:
    arm_width = rng.uniform(0.07, 0.10) if slim else rng.uniform(0.13, 0.22)
    return _Frame(
        width=seats * rng.uniform(0.60, 0.74) + 2 * arm_width,
        depth=rng.uniform(0.80, 0.98),
        back=rng.uniform(0.70, 0.92),
        arm=rng.uniform(0.52, 0.66),
        arm_width=arm_width,
        seat=rng.uniform(0.40, 0.46),
        leg=rng.uniform(0.07, 0.18),
        cushion=rng.uniform(0.13, 0.18),
        back_depth=rng.uniform(0.13, 0.19),
    )


def sofa(design: Design) -> Shape:
    """Two- or three-seat sofa."""
    rng = design.form()
    return _upholstered(design, rng, _frame(rng, int(design.traits["seats"][0]), design.traits["arms"] == "slim"))


def armchair(design: Design) -> Shape:
    """Armchair: a one-seat sofa (club), a swept tub or cushions in an open wooden or metal frame."""
    rng = design.form()
    if design.traits["form"] == "tub":
        return _tub_chair(design, rng)
    if design.traits["form"] == "open-frame":
        return _open_frame_chair(design, rng)
    return _upholstered(design, rng, _frame(rng, 1, design.traits["arms"] == "slim"))


def _upholstered(design: Design, rng: np.random.Generator, frame: _Frame) -> Shape:
    cloth, seed = design.main_material, design.seed
    base = frame.seat - frame.cushion
    core = (frame.width - 0.02, frame.depth - 0.04, base - frame.leg)
    parts = rounded_box(core, cloth, (0.0, 0.0, (base + frame.leg) / 2), radius=0.03)
    rear = (frame.inner + 0.03, frame.back_depth, frame.back - frame.leg - 0.03)
    rear_y = frame.depth / 2 - frame.back_depth / 2 - 0.01
    parts += rounded_box(rear, cloth, (0.0, rear_y, (frame.back + frame.leg) / 2), radius=0.05, folds=0.002, seed=seed)
    for side in _SIGNS:
        parts += _arm(design.traits["arms"], frame, side, cloth, seed)
    count = max(1, round(frame.inner / 0.68)) if rng.random() < 0.75 else 1
    parts += _seat_cushions(frame, count, cloth, seed)
    parts += _back(design.traits["back"], frame, count, cloth, seed)
    foot = (frame.width - 0.1, frame.depth - 0.1, frame.leg + 0.01)
    parts += legs(design.traits["legs"], *foot, design.second_material, 0.028)
    return assembled(parts)


def _arm(style: str, frame: _Frame, side: int, cloth: Material, seed: int) -> list[Part]:
    x = side * (frame.width - frame.arm_width) / 2
    height = frame.arm - frame.leg
    middle = (frame.arm + frame.leg) / 2
    if style == "rolled":
        panel = (frame.arm_width * 0.8, frame.depth - 0.03, height - frame.arm_width * 0.4)
        top = frame.arm - frame.arm_width * 0.5
        roll = [(x, -frame.depth / 2, top), (x, 0.0, top), (x, frame.depth / 2 - 0.05, top)]
        return [
            *rounded_box(panel, cloth, (x, 0.0, middle - frame.arm_width * 0.2), radius=0.03),
            *tube(roll, frame.arm_width * 0.58, cloth, sides=24),
        ]
    if style == "padded":
        pad = (frame.arm_width, frame.depth - 0.08, 0.1)
        panel = (frame.arm_width * 0.55, frame.depth * 0.92, height - 0.1)
        return [
            *rounded_box(pad, cloth, (x, -0.01, frame.arm - 0.05), radius=0.045, puff=0.01),
            *rounded_box(panel, cloth, (x, 0.0, middle - 0.05), radius=0.03),
        ]
    size = (frame.arm_width, frame.depth, height)
    return rounded_box(size, cloth, (x, 0.0, middle), radius=0.03, puff=0.006, folds=0.001, seed=seed)


def _seat_cushions(frame: _Frame, count: int, cloth: Material, seed: int) -> list[Part]:
    parts: list[Part] = []
    width = frame.inner / count
    depth = frame.depth - frame.back_depth - 0.02
    for index in range(count):
        center = (
            (index - (count - 1) / 2) * width,
            -frame.depth / 2 + depth / 2 - 0.01,
            frame.seat - frame.cushion / 2,
        )
        size = (width - 0.008, depth, frame.cushion)
        parts += rounded_box(size, cloth, center, radius=0.045, puff=0.022, folds=0.003, seed=seed + index)
    return parts


def _back(style: str, frame: _Frame, count: int, cloth: Material, seed: int) -> list[Part]:
    rise = frame.back - frame.seat
    front = frame.depth / 2 - frame.back_depth
    parts: list[Part] = []
    if style == "loose-cushion":
        for index in range(count):
            center = (
                (index - (count - 1) / 2) * frame.inner / count,
                front - 0.06,
                frame.seat + rise / 2 + 0.01,
            )
            size = (frame.inner / count - 0.012, 0.17, rise + 0.02)
            parts += rounded_box(
                size,
                cloth,
                center,
                radius=0.07,
                puff=0.035,
                folds=0.005,
                seed=seed + 9 + index,
                rotation=rotation_x(-0.15),
            )
        return parts
    if style == "channelled":
        channels = max(4, round(frame.inner / 0.12))
        for index in range(channels):
            x = (index - (channels - 1) / 2) * frame.inner / channels
            size = (frame.inner / channels + 0.004, 0.10, rise)
            parts += rounded_box(
                size, cloth, (x, front - 0.02, frame.seat + rise / 2), radius=0.034, rotation=rotation_x(-0.08)
            )
        return parts
    pad = (frame.inner - 0.01, 0.12, rise - 0.01)
    center = (0.0, front - 0.02, frame.seat + rise / 2 - 0.01)
    parts += rounded_box(pad, cloth, center, radius=0.05, puff=0.02, folds=0.003, seed=seed, rotation=rotation_x(-0.1))
    if style == "buttoned":
        parts += _buttons(frame, front - 0.1, rise, cloth)
    return parts


def _buttons(frame: _Frame, y: float, rise: float, cloth: Material) -> list[Part]:
    parts: list[Part] = []
    columns = max(2, round(frame.inner / 0.22))
    dome = [(0.015, 0.0), (0.013, 0.007), (0.004, 0.012)]
    for column in range(columns):
        for row in range(2):
            x = (column - (columns - 1) / 2) * frame.inner / columns
            center = (x, y + 0.012 + 0.025 * row, frame.seat + rise * (0.36 + 0.34 * row))
            parts += loft(dome, cloth, superellipse(1.0, 1.0, 2.0, 12), center, rotation=rotation_x(np.pi / 2))
    return parts


def _tub_chair(design: Design, rng: np.random.Generator) -> Shape:
    radius, thickness = rng.uniform(0.34, 0.42), rng.uniform(0.08, 0.13)
    back, arm, seat, leg = rng.uniform(0.70, 0.84), rng.uniform(0.52, 0.66), rng.uniform(0.40, 0.45), 0.14
    cloth = design.main_material
    ribs = int(rng.integers(12, 20)) if design.traits["back"] == "channelled" else 0
    parts = _tub_shell(radius, thickness, (leg, arm, back), ribs, cloth, rng.uniform(1.75, 2.2))
    drum = [(0.86, leg), (1.0, leg + 0.03), (1.0, seat - 0.12), (0.96, seat - 0.1)]
    parts += loft(drum, cloth, superellipse(radius, radius * 0.95, 2.4))
    profile = spline(
        [
            (0.9, seat - 0.12),
            (1.0, seat - 0.09),
            (1.01, seat - 0.05),
            (0.94, seat),
            (0.5, seat + 0.02),
            (0.02, seat + 0.025),
        ],
        18,
    )
    outline = superellipse(radius - thickness * 0.4, radius * 0.95 - thickness * 0.2, 2.6)
    parts += loft(profile, cloth, outline, (0.0, -0.05, 0.0))
    parts += legs(design.traits["legs"], radius * 1.5, radius * 1.5, leg + 0.02, design.second_material, 0.024)
    return assembled(parts)


def _tub_shell(
    radius: float, thickness: float, heights: tuple[float, float, float], ribs: int, cloth: Material, sweep: float
) -> list[Part]:
    """Closed rounded section swept round the back; ``heights`` are its lower edge, arm and back."""
    low, arm, back = heights
    angle = np.linspace(-sweep, sweep, 73)
    top = arm + (back - arm) * (0.5 + 0.5 * np.cos(np.pi * angle / sweep)) ** 0.8
    rows: list[Floats] = []
    for turn in np.linspace(0.0, 2 * np.pi, 25):
        out = np.sign(np.cos(turn)) * abs(np.cos(turn)) ** 0.5
        up = 0.5 + 0.5 * np.sign(np.sin(turn)) * abs(np.sin(turn)) ** 0.5
        reach = radius + thickness / 2 * out
        if ribs:
            reach = reach + 0.014 * np.abs(np.sin(angle * ribs / 2)) * (1.0 if out < 0.2 else -0.4)
        reach = np.broadcast_to(reach, angle.shape)
        rows.append(np.stack([np.sin(angle) * reach, np.cos(angle) * reach * 0.95, low + up * (top - low)], axis=-1))
    shell = np.stack(rows)[::-1]
    parts = sheet(shell, cloth)
    for end in (0, -1):
        rim = shell[:, end]
        parts += sheet(np.stack([np.tile(rim.mean(axis=0), (len(rim), 1)), rim]), cloth)
    return parts


def _open_frame_chair(design: Design, rng: np.random.Generator) -> Shape:
    width, depth = rng.uniform(0.62, 0.74), rng.uniform(0.68, 0.8)
    seat, arm, back = rng.uniform(0.38, 0.42), rng.uniform(0.56, 0.62), rng.uniform(0.76, 0.9)
    wood, cloth, bar = design.second_material, design.main_material, rng.uniform(0.016, 0.022)
    parts: list[Part] = []
    for side in _SIGNS:
        x = side * (width / 2 - bar)
        front = [(x, -depth / 2 + 0.04, 0.0), (x, -depth / 2 + 0.08, arm)]
        rear = [(x, depth / 2 - 0.02, 0.0), (x, depth / 2 - 0.14, arm)]
        parts += tube(front, [bar * 0.7, bar], wood, sides=12) + tube(rear, [bar * 0.7, bar], wood, sides=12)
        parts += rounded_box((bar * 3.4, depth * 0.86, bar * 1.3), wood, (x, -0.02, arm + bar * 0.6), radius=0.012)
        parts += tube([(x, -depth / 2 + 0.07, seat - 0.15), (x, depth / 2 - 0.08, seat - 0.19)], bar * 0.8, wood)
    for y in (-depth / 2 + 0.08, depth / 2 - 0.1):
        parts += tube([(-width / 2 + bar, y, seat - 0.16), (width / 2 - bar, y, seat - 0.17)], bar * 0.8, wood)
    cushion = (width - 4 * bar - 0.01, depth * 0.82, 0.14)
    parts += rounded_box(
        cushion,
        cloth,
        (0.0, -0.03, seat - 0.06),
        radius=0.05,
        puff=0.02,
        folds=0.003,
        seed=design.seed,
        rotation=rotation_x(-0.05),
    )
    rest = (width - 4 * bar - 0.01, 0.13, back - seat + 0.06)
    lean = rotation_x(-0.28)
    center = (0.0, depth / 2 - 0.15, (back + seat) / 2 + 0.03)
    parts += rounded_box(rest, cloth, center, radius=0.05, puff=0.025, folds=0.003, seed=design.seed + 1, rotation=lean)
    for x in (-width * 0.3, 0.0, width * 0.3):
        parts += tube([(x, depth / 2 - 0.1, seat - 0.16), (x, depth / 2 + 0.02, back - 0.04)], bar * 0.6, wood, sides=8)
    return assembled(parts)


def dining_chair(design: Design) -> Shape:
    """Chair at table height with one of six backs."""
    rng = design.form()
    width, depth = rng.uniform(0.42, 0.50), rng.uniform(0.42, 0.50)
    seat, back = rng.uniform(0.44, 0.47), rng.uniform(0.78, 0.98)
    soft = design.traits["seat"] == "upholstered"
    wood, cloth = design.second_material, design.main_material
    thickness = 0.06 if soft else 0.03
    power = float(rng.choice([2.4, 4.0, 9.0]))
    outline = superellipse(width / 2, depth / 2, power)
    low = seat - thickness
    inset = 0.82 if power < 4 else 0.95  # legs stay under a round seat
    profile = [(0.95, low), (1.0, low + 0.012), (1.0, seat - 0.02), (0.97, seat - 0.006), (0.85, seat)]
    parts = loft(profile, cloth if soft else wood, outline)
    parts += legs(design.traits["legs"], width * inset, depth * inset, low + 0.005, wood, 0.02)
    rake = rng.uniform(0.06, 0.14)
    parts += _chair_back(design.traits["back"], (width, depth, seat, back, rake), wood, cloth if soft else wood)
    return assembled(parts)


def _chair_back(
    style: str, sizes: tuple[float, float, float, float, float], wood: Material, pad: Material
) -> list[Part]:
    width, depth, seat, back, rake = sizes
    rear = depth / 2 - 0.03

    def spot(x: float, z: float) -> tuple[float, float, float]:
        bow = 0.05 * (1 - (2 * x / width) ** 2)
        return x, rear + rake * (z - seat) / (back - seat) + bow, z

    def bar(start: tuple[float, float], stop: tuple[float, float], radius: float) -> list[Part]:
        shares = np.linspace(0.0, 1.0, 9)[:, None]
        track = np.asarray(start) * (1 - shares) + np.asarray(stop) * shares
        return tube([spot(float(x), float(z)) for x, z in track], radius, wood)

    half = width * 0.43
    parts: list[Part] = []
    for side in _SIGNS:
        parts += bar((side * half, seat - 0.03), (side * half * 1.05, back - 0.02), 0.015)
    if style in ("panel", "curved"):
        rise = (back - seat) * (0.72 if style == "panel" else 0.36)
        curve = np.linspace(-width * 0.47, width * 0.47, 21)
        return parts + _bowed_pad(curve, spot, back - rise, back, pad)
    parts += bar((-half * 1.05, back - 0.03), (half * 1.05, back - 0.03), 0.021)
    if style == "cross":
        for side in _SIGNS:
            parts += bar((-side * half * 0.95, seat), (side * half * 0.95, back - 0.05), 0.011)
    elif style == "ladder":
        for z in np.linspace(seat + 0.10, back - 0.12, 3):
            parts += bar((-half, float(z)), (half, float(z)), 0.014)
    else:
        count, radius = (7, 0.0065) if style == "spindle" else (4, 0.013)
        for x in np.linspace(-half * 0.78, half * 0.78, count):
            parts += bar((float(x), seat - 0.01), (float(x), back - 0.03), radius)
    return parts


def _bowed_pad(
    curve: Floats,
    spot: Callable[[float, float], tuple[float, float, float]],
    low: float,
    high: float,
    material: Material,
) -> list[Part]:
    rows: list[Floats] = []
    for turn in np.linspace(0.0, 2 * np.pi, 21):
        out = 0.024 * np.sign(np.cos(turn)) * abs(np.cos(turn)) ** 0.6
        up = 0.5 + 0.5 * np.sign(np.sin(turn)) * abs(np.sin(turn)) ** 0.6
        z = low + (high - low) * up
        rows.append(np.array([spot(float(x), float(z)) for x in curve]) + np.array([0.0, out, 0.0]))
    ring = np.stack(rows)[::-1]
    parts = sheet(ring, material)
    for end in (0, -1):
        rim = ring[:, end]
        parts += sheet(np.stack([np.tile(rim.mean(axis=0), (len(rim), 1)), rim]), material)
    return parts


def stool(design: Design) -> Shape:
    """Low, drum or counter-height stool without a back."""
    rng = design.form()
    form = design.traits["form"]
    top, base = design.main_material, design.second_material
    soft = design.main.kind != "wood"
    height = rng.uniform(0.62, 0.68) if form == "counter" else rng.uniform(0.42, 0.48)
    half = rng.uniform(0.16, 0.21)
    power = {"square": 7.0, "saddle": 4.0}.get(form, 2.0)
    outline = superellipse(half * (1.15 if form == "saddle" else 1.0), half * (0.8 if form == "saddle" else 1.0), power)
    if form == "drum":
        body = spline([(0.9, 0.0), (0.97, 0.03), (1.04, height * 0.5), (0.99, height - 0.05), (0.9, height)], 20)
        return assembled(loft([*body, (0.6, height + 0.012), (0.05, height + 0.016)], top, outline))
    thickness = 0.07 if soft else 0.035
    low = height - thickness
    crown = 0.015 if soft else 0.002
    profile = [(0.94, low), (1.0, low + 0.014), (1.0, height - 0.024), (0.95, height - 0.006), (0.6, height + crown)]
    parts = loft([*profile, (0.05, height + crown * 1.2)], top, outline)
    spread = half * (1.85 if form == "square" else 1.4)
    parts += legs(design.traits["legs"], spread, spread * 0.9, low + 0.005, base, 0.018)
    if form == "counter":
        ring = [(spread * 0.47 * np.cos(a), spread * 0.42 * np.sin(a), 0.2) for a in np.linspace(0, 2 * np.pi, 33)]
        parts += tube(ring, 0.008, base, sides=8)
    return assembled(parts)
