"""Bags, hats, scarves, belts and glasses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from showroom.curves import circle, rounded_rectangle, spline, superellipse
from showroom.fashion.cloth import plain
from showroom.fashion.design import GarmentDesign
from showroom.fashion.figure import NECK, SIDES, Body
from showroom.fashion.sewing import Folds, ball, pipe, strip, wrap
from showroom.geometry import loft, placed, rounded_box, sheet, tube
from showroom.projection import rotation_x, rotation_z
from showroom.types import Floats, Material, Part

HEAD = np.array([0.0, -0.012, 1.655])
"""The middle of the head."""
SKULL = (0.076, 0.096, 0.118)
"""Its half axes."""
_LENSES = {
    "dark": (0.05, 0.05, 0.06),
    "brown": (0.22, 0.13, 0.08),
    "green": (0.08, 0.17, 0.12),
    "clear": (0.75, 0.80, 0.82),
}


def bag(design: GarmentDesign, body: Body | None = None, carried: str = "hand") -> list[Part]:
    """Totes, shoulder bags, bucket bags, satchels and crescents, hanging down from the origin's grip; on a ``body`` it is
    ``carried`` by the right ``hand`` or over the right ``shoulder``."""
    parts, top = _pouch(design)
    if body is None:
        return parts + _handle(design, top, 0.16 if design.traits["form"] != "tote" else 0.22)
    wrist = body.arms[0][2]
    if carried == "hand" or design.traits["form"] in ("tote", "satchel"):
        drop = 0.14
        return placed(
            parts + _handle(design, top, drop), wrist + np.array([-0.01, -0.01, -0.09 - drop]), rotation_z(1.2)
        )
    hip = body.around(np.array(0.98), np.array(-np.pi / 2 + 0.25), 0.10 + _depth(design) / 2)
    return placed(parts, hip, rotation_z(1.3)) + _shoulder_strap(design, body, hip)


def _depth(design: GarmentDesign) -> float:
    return {"tote": 0.10, "shoulder": 0.08, "bucket": 0.20, "satchel": 0.11, "crescent": 0.09}[design.traits["form"]]


def _pouch(design: GarmentDesign) -> tuple[list[Part], float]:
    """The bag's body with its top at z = 0, and half the distance between its handle's ends."""
    rng, form = design.cut(), design.traits["form"]
    scale = {"small": 0.8, "large": 1.05}[design.traits["size"]] * float(rng.uniform(0.92, 1.08))
    depth = _depth(design) * scale
    if form == "tote":
        width, height = 0.36 * scale, 0.33 * scale
        outline = rounded_rectangle(width / 2, depth / 2, 0.02)
        parts = loft([(0.88, -height), (0.93, -height * 0.9), (1.0, -0.02), (1.0, 0.0)], design.material, outline)
        parts += loft([(1.01, -0.035), (1.01, 0.002)], design.trim, outline, caps=False)
        return parts + _clasp(design, depth / 2, -0.05), width * 0.24
    if form == "bucket":
        radius, height = 0.115 * scale, 0.26 * scale
        parts = loft(
            [(0.9, -height), (1.0, -height * 0.93), (1.02, -height * 0.4), (0.9, 0.0)], design.material, circle(radius)
        )
        parts += loft([(1.05, -height), (1.05, -height * 0.86)], design.trim, circle(radius), caps=False)
        return parts + tube(
            [(-0.02, -radius, -0.03), (0.0, -radius - 0.01, -0.10), (0.02, -radius, -0.03)], 0.004, design.trim
        ), radius * 0.85
    if form == "crescent":
        width, height = 0.32 * scale, 0.17 * scale
        return _moon(width, depth, height, design) + _clasp(design, depth / 2 + 0.004, -0.06), width * 0.42
    width, height = (0.26 * scale, 0.17 * scale) if form == "shoulder" else (0.31 * scale, 0.22 * scale)
    parts = rounded_box((width, depth, height), design.material, (0.0, 0.0, -height / 2), radius=0.025, puff=0.006)
    flap = 0.62 if form == "shoulder" else 0.45
    parts += rounded_box(
        (width * 1.02, depth * 1.1, height * flap), design.trim, (0.0, -0.002, -height * flap / 2 + 0.004), radius=0.022
    )
    return parts + _clasp(design, depth * 0.55 + 0.008, -height * flap * 0.75), width * 0.36


def _moon(width: float, depth: float, height: float, design: GarmentDesign) -> list[Part]:
    across = np.linspace(-1.0, 1.0, 31)
    around = np.linspace(-np.pi, np.pi, 25)
    low, high = -height * np.sqrt(1 - across**2) ** 0.8, -height * 0.30 * (1 - across**2)
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 0.004)
    thick = depth / 2 * (1 - across**4) + 0.004
    points = np.stack(
        [
            np.broadcast_to((across * width / 2)[:, None], (31, 25)),
            thick[:, None] * np.sin(around),
            middle[:, None] + half[:, None] * np.cos(around),
        ],
        axis=-1,
    )
    return sheet(points, design.material)


def _clasp(design: GarmentDesign, front: float, z: float) -> list[Part]:
    kind = design.traits["clasp"]
    if kind == "ring":
        angle = np.linspace(0.0, 2 * np.pi, 17)
        line = np.stack([0.022 * np.cos(angle), np.full(17, -front), z + 0.022 * np.sin(angle)], axis=1)
        return tube(line, 0.004, design.hardware, sides=8)
    if kind == "bar":
        return rounded_box((0.05, 0.008, 0.016), design.hardware, (0.0, -front, z), radius=0.003)
    return []


def _handle(design: GarmentDesign, half: float, rise: float) -> list[Part]:
    arch = spline(
        [
            (-half, 0.0, -0.02),
            (-half * 0.85, 0.0, rise * 0.65),
            (0.0, 0.0, rise),
            (half * 0.85, 0.0, rise * 0.65),
            (half, 0.0, -0.02),
        ],
        24,
    )
    return tube(arch, 0.0075, design.trim, sides=9)


def _shoulder_strap(design: GarmentDesign, body: Body, hip: Floats) -> list[Part]:
    shoulder = body.around(np.array(1.452), np.array(-np.pi / 2), 0.03)
    parts: list[Part] = []
    for ahead in (-1, 1):
        end = hip + np.array([0.0, ahead * 0.06, 0.0])
        over = shoulder + np.array([0.0, ahead * 0.02, 0.012])
        chest = body.around(np.array(1.30), np.array(-np.pi / 2 - ahead * 0.65), 0.055)
        line = spline(np.stack([shoulder + np.array([0.0, 0.0, 0.022]), over, chest, end]), 24)
        facing = line - np.array([0.0, 0.0, 1.0]) * line[:, 2:] - np.array([0.05, 0.0, 0.0])
        parts += strip(line, facing, 0.022, design.trim)
    return parts


def hat(design: GarmentDesign, head: Floats | None = None) -> list[Part]:
    """Beanies, caps, fedoras, bucket hats, berets and wide brims, on a ``head`` (its middle) or alone."""
    at = HEAD if head is None else head
    form = design.traits["form"]
    outline = superellipse(SKULL[0] + 0.010, SKULL[1] + 0.008, 2.1, 40)
    band = design.contrast if design.traits["band"] == "contrast" else design.trim
    parts = _hat_form(form, design, band, outline, design.cut())
    tilt = {"beret": 0.10, "beanie": 0.10, "cap": 0.04}.get(form, 0.03)
    return placed(parts, at + np.array([0.0, 0.008, 0.035]), rotation_x(tilt))


def _hat_form(
    form: str, design: GarmentDesign, band: Material, outline: Floats, rng: np.random.Generator
) -> list[Part]:
    cloth = design.material
    dome = [(1.0, 0.0), (1.02, 0.03), (0.96, 0.065), (0.75, 0.092), (0.42, 0.105), (0.02, 0.109)]
    if form == "beanie":
        tall = float(rng.uniform(1.05, 1.35))
        knit = [(scale, z * tall) for scale, z in dome]
        parts = loft(knit, cloth, outline, caps=False) + loft(
            [(1.06, -0.012), (1.08, 0.018), (1.06, 0.046)], band, outline, caps=False
        )
        return parts + (ball((0.034, 0.034, 0.034), band, (0.0, 0.0, 0.118 * tall)) if rng.random() < 0.5 else [])
    if form == "cap":
        return (
            loft(dome, cloth, outline, caps=False) + _peak(band) + ball((0.008, 0.008, 0.005), band, (0.0, 0.0, 0.110))
        )
    if form == "beret":
        puffed = [(0.98, 0.0), (1.02, 0.012), (1.42, 0.035), (1.48, 0.050), (1.25, 0.072), (0.6, 0.084), (0.02, 0.086)]
        tilted = placed(loft(puffed, cloth, outline, caps=False), (0.02, 0.012, 0.0))
        return tilted + ball((0.006, 0.006, 0.014), band, (0.02, 0.012, 0.09))
    if form == "bucket":
        crown = [(1.06, 0.0), (1.02, 0.06), (0.92, 0.085), (0.02, 0.088)]
        return (
            loft(crown, cloth, outline, caps=False)
            + loft([(1.62, -0.050), (1.08, 0.004)], cloth, outline, caps=False)
            + loft([(1.075, 0.0), (1.06, 0.022)], band, outline, caps=False)
        )
    brim = float(rng.uniform(1.65, 1.85)) if form == "fedora" else float(rng.uniform(2.3, 2.7))
    crown = [(1.04, 0.0), (1.01, 0.06), (0.93, 0.105), (0.6, 0.112), (0.02, 0.100)]
    drop = 0.004 if form == "fedora" else -0.022
    parts = loft(crown, cloth, outline, caps=False) + loft([(1.055, 0.002), (1.045, 0.034)], band, outline, caps=False)
    return parts + loft([(brim, drop), (brim * 0.8, drop * 0.3 - 0.002), (1.03, 0.002)], cloth, outline, caps=False)


def _peak(material: Material) -> list[Part]:
    angle, reach = np.meshgrid(np.linspace(-1.05, 1.05, 19), np.linspace(0.0, 1.0, 6), indexing="xy")
    out = 0.072 * np.cos(angle / 1.05 * np.pi / 2) ** 0.6 * reach
    x, y = (SKULL[0] + 0.010) * np.sin(angle), -(SKULL[1] + 0.008) * np.cos(angle) - out
    z = 0.006 - 0.02 * reach**2 + 0.012 * np.cos(angle)
    return sheet(np.stack([x, y, z], axis=-1), material)


def scarf(design: GarmentDesign, body: Body) -> list[Part]:
    """Loops, long and knotted scarves, and wrapped shawls."""
    rng, form = design.cut(), design.traits["form"]
    thick = {"loop": 0.048, "long": 0.034, "knotted": 0.028, "wrapped": 0.042}[form] * float(rng.uniform(0.9, 1.1))
    angle = np.linspace(-np.pi, np.pi, 50)
    dip = {"loop": 0.085, "long": 0.05, "knotted": 0.03, "wrapped": 0.05}[form]
    height = NECK + 0.028 - dip * (0.5 + 0.5 * np.cos(angle)) ** 1.5
    line = body.around(height, angle, 0.018 + thick)
    folds = Folds(3, 0.006, seed=design.seed)
    parts = pipe(line, np.full(50, thick), design.material, columns=17, reference=(0.0, 0.0, 1.0), folds=folds)
    if form in ("loop", "wrapped"):
        second = body.around(height - 0.035, angle + 0.2, 0.026 + thick)
        parts += pipe(
            second, np.full(50, thick * 0.9), design.material, columns=17, reference=(0.0, 0.0, 1.0), folds=folds
        )
    ends = {
        "loop": (),
        "long": ((-0.34, 0.52), (0.34, 0.48)),
        "knotted": ((-0.16, 0.18), (0.2, 0.15)),
        "wrapped": ((0.3, 0.34),),
    }[form]
    for place, length in ends:
        parts += _scarf_end(design, body, place, length, thick)
    if form == "knotted":
        parts += ball((0.03, 0.022, 0.028), design.material, body.around(np.array(NECK - 0.02), np.array(0.0), 0.05))
    return parts


def _scarf_end(design: GarmentDesign, body: Body, place: float, length: float, thick: float) -> list[Part]:
    z = np.linspace(NECK - 0.02, NECK - 0.02 - length, 18)
    half = min(0.16 + thick * 5, 0.5)
    angle = np.linspace(place - half, place + half, 9)
    off = 0.058 + 0.012 * np.sin(np.linspace(0.0, 9.0, 9))[None] + 0.004 * np.cos(np.linspace(0, 7, 18))[:, None]
    points = body.around(z[::-1, None], angle[None], off[::-1])
    parts = sheet(points, design.material)
    if design.traits["ends"] == "fringed":
        for x in np.linspace(place - half, place + half, 11):
            down = np.linspace(z[-1], z[-1] - 0.045, 3)
            parts += pipe(body.around(down, np.full(3, x), 0.058), np.full(3, 0.004), design.material, columns=6)
    return parts


def belt(design: GarmentDesign, body: Body, height: float = 1.035, ease: float = 0.026) -> list[Part]:
    """A belt at a ``height``, ``ease`` metres off the body."""
    half = {"narrow": 0.014, "wide": 0.026}[design.traits["width"]] * float(design.cut().uniform(0.8, 1.2))
    parts = wrap(body, height - half, height + half, ease, design.material, rows=4, columns=61)
    at = body.around(np.array(height), np.array(0.0), ease + 0.006)
    return parts + placed(_buckle(design, half), at)


def _buckle(design: GarmentDesign, half: float) -> list[Part]:
    kind, metal = design.traits["buckle"], design.hardware
    size = half + 0.008
    if kind == "plate":
        return rounded_box((size * 2.6, 0.010, size * 1.9), metal, radius=0.004)
    if kind in ("round", "double"):
        angle = np.linspace(0.0, 2 * np.pi, 21)
        ring = np.stack([size * 1.15 * np.cos(angle), 0 * angle, size * 1.15 * np.sin(angle)], axis=1)
        shifts = (0.0,) if kind == "round" else (-size * 0.9, size * 0.9)
        return [part for shift in shifts for part in tube(ring + np.array([shift, 0.0, 0.0]), 0.005, metal, sides=8)]
    corners = [(-1.25, -1.0), (1.25, -1.0), (1.25, 1.0), (-1.25, 1.0), (-1.25, -1.0)]
    frame = [
        part
        for a, b in pairwise(corners)
        for part in tube([(a[0] * size, 0, a[1] * size), (b[0] * size, 0, b[1] * size)], 0.005, metal, sides=8)
    ]
    return frame + tube([(-size * 1.2, -0.004, 0.0), (size * 1.2, -0.004, 0.0)], 0.003, metal, sides=6)


def glasses(design: GarmentDesign, head: Floats | None = None) -> list[Part]:
    """Round, square, cat-eye and aviator glasses, on a ``head`` (its middle) or alone."""
    rng, form = design.cut(), design.traits["form"]
    at = HEAD if head is None else head
    big = float(rng.uniform(0.95, 1.2))
    frame = design.hardware if form == "aviator" else plain(design.rgb, 0.3)
    lens = plain(_LENSES[design.traits["lens"]], 0.12)
    size, power = {
        "round": ((0.027, 0.027), 2.0),
        "square": ((0.031, 0.025), 5.0),
        "cat-eye": ((0.032, 0.022), 2.6),
        "aviator": ((0.032, 0.029), 2.4),
    }[form]
    flat = superellipse(size[0] * big, size[1] * big, power, 28)
    y = -SKULL[1] - 0.014
    parts: list[Part] = []
    for side in SIDES:
        x, z = flat[:, 0].copy(), flat[:, 1].copy()
        if form == "cat-eye":
            z = z + np.maximum(side * x, 0.0) * 0.45
        if form == "aviator":
            z = z - np.maximum(-z, 0.0) * 0.25
            x = x * (1 + 0.25 * np.minimum(z, 0.0) / size[1])
        rim = np.stack([x + side * 0.036 * big, y + 0.10 * (np.abs(x + side * 0.036)) ** 1.6, z + 0.022], axis=1)
        parts += tube(rim, 0.0034 if form != "aviator" else 0.0022, frame, sides=7)
        parts += sheet(np.stack([rim, np.broadcast_to(rim[:-1].mean(axis=0), rim.shape)]), lens)
        hinge = np.array([side * (0.036 + size[0]) * big, y + 0.008, 0.030])
        ear = np.array([side * (SKULL[0] + 0.006), 0.020, 0.024])
        parts += tube(np.stack([hinge, ear, ear + np.array([0.0, 0.03, -0.02])]), 0.0028, frame, sides=6)
    parts += tube([(-0.010, y, 0.027), (0.0, y - 0.003, 0.030), (0.010, y, 0.027)], 0.003, frame, sides=6)
    return placed(parts, at)
