"""Shoes and boots, always a pair."""

from __future__ import annotations

import numpy as np

from showroom.fashion.cloth import plain
from showroom.fashion.design import GarmentDesign
from showroom.fashion.figure import SIDES, Array, Body
from showroom.fashion.sewing import pipe
from showroom.geometry import loft, placed, rounded_box, sheet, tube
from showroom.projection import rotation_z
from showroom.types import Floats, Material, Part

HEEL, TOE = 0.075, -0.185
_SOLES = {"white": (0.92, 0.92, 0.90), "black": (0.06, 0.06, 0.06), "gum": (0.62, 0.42, 0.24)}


def foot_outline(grow: float = 0.0, point: float = 1.0) -> Floats:
    """The outline of a foot (n, 2), heel at +y and toes at -y, ``grow`` metres larger all round; ``point`` narrows the toes."""
    share = np.linspace(0.0, 1.0, 26)
    y = HEEL + grow + (TOE - HEEL - 2 * grow) * share
    width = foot_width(share, point) + grow
    width[[0, -1]] *= 0.55
    right, left = np.stack([width, y], axis=1), np.stack([-width, y], axis=1)
    return np.concatenate([right, left[::-1], right[:1]])[::-1]


def foot_width(share: Array, point: float = 1.0) -> Array:
    """Half the width of a foot at a ``share`` of its length from the heel."""
    places = (0.0, 0.06, 0.2, 0.45, 0.68, 0.86, 0.95, 1.0)
    widths = (0.018, 0.028, 0.033, 0.034, 0.043, 0.039 / point, 0.029 / point, 0.014 / point)
    return np.asarray(np.interp(share, places, widths))


def upper(top: Array, material: Material, *, sole: float, grow: float = 0.004, point: float = 1.0) -> list[Part]:
    """The upper of a shoe: arches across the foot, as high at five places from heel to toe as ``top`` says."""
    share = np.linspace(0.0, 1.0, 34)
    across = np.linspace(0.0, np.pi, 21)
    height = np.interp(share, np.linspace(0.0, 1.0, len(top)), top)
    ends = np.minimum(np.minimum(share / 0.05, (1 - share) / 0.10), 1.0)
    height = np.maximum(height * np.sqrt(np.clip(ends, 0.0, 1.0)), 0.004)
    width = foot_width(share, point) + grow
    y = HEEL + grow + (TOE - HEEL - 2 * grow) * share
    x = np.cos(across)[None] * width[:, None]
    z = sole + np.sin(across)[None] ** 0.75 * height[:, None]
    points = np.stack([x, np.broadcast_to(y[:, None], x.shape), z], axis=-1)
    return sheet(points, material)


def slab(thick: float, material: Material, *, grow: float, point: float = 1.0, heel: float = 0.0) -> list[Part]:
    """A sole; ``heel`` raises nothing but adds a block under the heel of that height inside the sole's thickness."""
    outline = foot_outline(grow, point)
    parts = loft([(1.0, heel), (1.0, thick)], material, outline)
    if heel:
        parts += rounded_box((0.056, 0.058, heel), material, (0.0, HEEL - 0.028, heel / 2), radius=0.006)
    return parts


def _feet(body: Body, parts: list[Part]) -> list[Part]:
    """The shoe of one foot, put on both."""
    both: list[Part] = []
    for index, side in enumerate(SIDES):
        ankle = body.legs[index][2]
        shift = np.array([ankle[0], ankle[1] + 0.012, ankle[2] - 0.085])
        both += placed(parts, shift, rotation_z(side * 0.16))
    return both


def _laces(material: Material, heights: tuple[float, float], sole: float, rows: int = 4) -> list[Part]:
    parts: list[Part] = []
    for step in np.linspace(0.0, 1.0, rows):
        y, z = -0.045 - 0.065 * step, sole + heights[0] + (heights[1] - heights[0]) * step
        parts += tube(
            [(-0.020, y, z - 0.008), (0.0, y - 0.004, z + 0.004), (0.020, y, z - 0.008)], 0.0034, material, sides=6
        )
    return parts


def shoes(design: GarmentDesign, body: Body) -> list[Part]:
    """Sneakers, loafers, derbies, ballet flats and high-tops."""
    rng, form = design.cut(), design.traits["form"]
    chunky = design.traits["sole"] == "chunky"
    sporty = form in ("sneaker", "high-top")
    thick = (0.038 if chunky else 0.024) if form != "ballet" else 0.010
    names = list(_SOLES)
    name = str(rng.choice(["white", "white", "gum"])) if sporty else names[1 if rng.random() < 0.7 else 2]
    sole = plain(_SOLES[name], 0.7)
    point = {"ballet": 1.15, "derby": 1.1, "loafer": 1.06}.get(form, 0.92)
    material = design.material
    tops = {
        "sneaker": (0.062, 0.066, 0.074, 0.052, 0.040),
        "high-top": (0.085, 0.095, 0.082, 0.054, 0.042),
        "loafer": (0.052, 0.048, 0.066, 0.050, 0.036),
        "derby": (0.056, 0.056, 0.070, 0.048, 0.036),
        "ballet": (0.046, 0.030, 0.022, 0.030, 0.026),
    }
    # Forms of one kind differ a little in all that a last-maker decides.
    thick, point = thick * float(rng.uniform(0.85, 1.2)), point * float(rng.uniform(0.93, 1.07))
    height = np.array(tops[form]) * float(rng.uniform(0.92, 1.04))
    parts = upper(height, material, sole=thick * 0.8, point=point)
    parts += slab(thick, sole, grow=0.010 if chunky else 0.006, point=point, heel=0.0)
    parts += _shoe_details(form, design, thick, point)
    return _feet(body, parts) + (_shafts(body, design, 0.16, 0.012) if form == "high-top" else [])


def _shoe_details(form: str, design: GarmentDesign, thick: float, point: float) -> list[Part]:
    light = plain((0.9, 0.9, 0.88), 0.8) if np.mean(design.rgb) < 0.6 else plain((0.2, 0.2, 0.22), 0.8)
    if form in ("sneaker", "high-top"):
        parts = _laces(light, (0.082, 0.062), thick * 0.8)
        cap = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.030, 0.044, 0.036])
        parts += upper(cap, light if form == "high-top" else design.contrast, sole=thick * 0.8, grow=0.007, point=point)
        for side in SIDES:
            path = [
                (side * 0.0405, 0.0, thick + 0.012),
                (side * 0.040, -0.045, thick + 0.046),
                (side * 0.047, -0.09, thick + 0.014),
            ]
            parts += tube(path, 0.005, design.contrast, sides=6)
        return parts
    if form == "loafer":
        saddle = np.array([0.0, 0.0, 0.0, 0.060, 0.072, 0.060, 0.0, 0.0, 0.0])
        return upper(saddle, design.trim, sole=thick * 0.8, grow=0.006, point=point) + tube(
            [(-0.018, -0.07, thick + 0.062), (0.018, -0.07, thick + 0.062)], 0.005, design.hardware, sides=8
        )
    if form == "derby":
        return _laces(plain((0.08, 0.07, 0.06), 0.7), (0.074, 0.060), thick * 0.8, 4)
    return rounded_box((0.026, 0.008, 0.012), design.contrast, (0.0, -0.118, thick + 0.036), radius=0.004)


def _shafts(body: Body, design: GarmentDesign, height: float, ease: float, wide: float = 0.0) -> list[Part]:
    """Tubes round the lower legs up to ``height`` above the ground, open at the top."""
    parts: list[Part] = []
    for index in range(2):
        line = body.limb_points(body.legs[index], 60)
        share = np.linspace(0.0, 1.0, 60)
        keep = np.flatnonzero(line[:, 2] - line[-1, 2] + 0.085 <= height)
        keep = keep if len(keep) >= 4 else np.arange(56, 60)
        reach = body.leg_radii(share)[keep] + ease + wide * np.linspace(1.0, 0.0, len(keep))
        points = line[keep].copy()
        points = np.concatenate([points, points[-1:] - (0.0, 0.0, 0.03)])
        parts += pipe(points, np.append(reach, reach[-1] + 0.004), design.material, columns=25)
    return parts


def boots(design: GarmentDesign, body: Body) -> list[Part]:
    """Chelsea, lace-up, riding and rain boots."""
    rng, form = design.cut(), design.traits["form"]
    chunky = design.traits["sole"] == "chunky"
    thick = 0.042 if chunky else 0.026
    sole = plain(_SOLES["gum" if rng.random() < 0.25 else "black"], 0.7)
    height = {"chelsea": 0.20, "lace-up": 0.23, "riding": 0.46, "rain": 0.37}[form] + float(rng.uniform(-0.02, 0.02))
    thick *= float(rng.uniform(0.85, 1.2))
    top = np.array((0.085, 0.095, 0.086, 0.056, 0.044))
    parts = upper(top, design.material, sole=thick * 0.8, grow=0.006)
    parts += slab(thick, sole, grow=0.012 if chunky else 0.008, heel=thick * 0.5)
    if form in ("lace-up", "rain"):
        cap = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.034, 0.049, 0.041])
        parts += upper(cap, design.trim, sole=thick * 0.8, grow=0.009)
    if form == "lace-up":
        parts += _laces(plain((0.1, 0.09, 0.08), 0.7), (0.098, 0.070), thick * 0.8, 4)
    whole = _feet(body, parts)
    loose = {"rain": 0.022, "riding": 0.010}.get(form, 0.012)
    whole += _shafts(body, design, height, loose, 0.008 if form == "rain" else 0.0)
    return whole + _boot_details(form, design, body, height, loose)


def _boot_details(form: str, design: GarmentDesign, body: Body, height: float, loose: float) -> list[Part]:
    parts: list[Part] = []
    for index, side in enumerate(SIDES):
        line = body.limb_points(body.legs[index], 60)
        share = np.linspace(0.0, 1.0, 60)
        above = line[:, 2] - line[-1, 2] + 0.085
        radii = body.leg_radii(share) + loose
        if form == "chelsea":
            low = np.flatnonzero((above > 0.10) & (above < height - 0.015))
            shift = np.stack([side * radii[low] * 0.72, 0 * radii[low], 0 * radii[low]], axis=1)
            parts += pipe(line[low] + shift, radii[low] * 0.4, design.contrast, columns=11)
        elif form == "lace-up":
            for place in np.flatnonzero((above > 0.11) & (above < height - 0.02))[::2]:
                at = line[place] + (0.0, -radii[place] - 0.003, 0.0)
                parts += tube(
                    [at + np.array([-0.02, 0.01, 0.006]), at, at + np.array([0.02, 0.01, 0.006])],
                    0.0034,
                    plain((0.1, 0.09, 0.08)),
                    sides=6,
                )
        else:
            top = np.flatnonzero((above > height - 0.05) & (above <= height))
            band = design.contrast if form == "rain" else design.trim
            if len(top) >= 2:
                extra = 0.011 if form == "rain" else 0.003
                parts += pipe(line[top], radii[top] + extra, band, columns=25)
    return parts
