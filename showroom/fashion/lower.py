"""Trousers, shorts, skirts and dresses."""

from __future__ import annotations

import numpy as np

from showroom.fashion.design import GarmentDesign
from showroom.fashion.figure import CROTCH, SIDES, WAIST, Array, Body
from showroom.fashion.sewing import Folds, Profile, patch, pipe, wrap
from showroom.fashion.upper import SLEEVES, Cut, buttons, collar, cuffs, neck_band, placket, shell
from showroom.types import Material, Part

_KNEE = 0.5
_LENGTHS = {"mini": 0.66, "knee-length": 0.52, "midi": 0.34, "maxi": 0.14}


def _seat(body: Body, rise: float, ease: float, material: Material, folds: Folds | None = None) -> list[Part]:
    """The part of trousers above the legs, with its waistband."""
    return wrap(
        body,
        CROTCH + 0.015,
        rise,
        lambda z: np.interp(z, (CROTCH, 0.92, rise), (ease, ease, 0.012)),
        material,
        rows=16,
        folds=folds,
    )


def _band(body: Body, rise: float, material: Material, height: float = 0.04) -> list[Part]:
    return wrap(body, rise - height, rise + 0.004, 0.015, material, rows=4)


def _legs(body: Body, end: float, radii: Array, material: Material, folds: Folds) -> list[Part]:
    """Both trouser legs down to a share ``end`` of the leg; ``radii`` is what is added to the leg's own along the way."""
    parts: list[Part] = []
    for index in range(2):
        count = 40
        line = body.limb_points(body.legs[index], count)
        share = np.linspace(0.0, 1.0, count)
        keep = max(round(end * (count - 1)) + 1, 4)
        # The leg begins a little above the hip joint, inside the seat.
        line[0] = line[0] + (0.0, 0.0, 0.02)
        bare = np.maximum(body.leg_radii(share), np.interp(share, (0, 1), (0.0, 0.05)))
        extra = np.interp(share, np.linspace(0.0, 1.0, len(radii)), radii)
        seeded = Folds(folds.count, folds.depth, folds.hem, folds.seed + index)
        parts += pipe(line[:keep], (bare + extra)[:keep], material, folds=seeded, columns=29)
    return parts


def trousers(design: GarmentDesign, body: Body) -> list[Part]:
    """Jeans, chinos, wide and flared trousers."""
    rng, traits = design.cut(), design.traits
    rise = float(rng.uniform(1.0, 1.07))
    leg = traits["leg"]
    added = {
        "straight": (0.012, 0.016, 0.026, 0.032, 0.034),
        "slim": (0.009, 0.009, 0.011, 0.010, 0.010),
        "wide": (0.014, 0.030, 0.058, 0.075, 0.088),
        "flared": (0.010, 0.010, 0.012, 0.038, 0.078),
        "cargo": (0.016, 0.026, 0.040, 0.040, 0.026),
    }[leg]
    end = 0.82 if traits["length"] == "cropped" else 0.985
    radii = np.array(added) * float(rng.uniform(0.92, 1.12))
    folds = Folds(4, 0.003 if leg == "slim" else 0.005, 0.004 if leg == "wide" else 0.0, design.seed)
    parts = _seat(body, rise, 0.011, design.material) + _legs(body, end, radii, design.material, folds)
    parts += _band(body, rise, design.trim)
    parts += patch(body, (-0.05, 0.88, 0.05, rise - 0.04), 0.016, design.trim, rows=8, columns=3)
    parts += _button(body, rise, design)
    if leg == "cargo":
        parts += _cargo_pockets(body, design.trim, radii)
    for side in SIDES:
        ends = sorted((side * 0.55, side * 1.05))
        parts += patch(body, (ends[0], rise - 0.075, ends[1], rise - 0.045), 0.016, design.trim, rows=4)
    return parts


def _button(body: Body, rise: float, design: GarmentDesign) -> list[Part]:
    cut = Cut(rise - 0.1, (0.012, 0.012, 0.012))
    return buttons(body, cut, design.hardware, [(0.0, rise - 0.02)], 0.009)


def _cargo_pockets(body: Body, material: Material, radii: Array) -> list[Part]:
    parts: list[Part] = []
    for index, side in enumerate(SIDES):
        line = body.limb_points(body.legs[index], 40)[15:22]
        reach = float(body.leg_radii(np.array(0.45))) + float(radii[2])
        aside = np.array([side * reach * 0.78, -reach * 0.35, 0.0])
        parts += pipe(line + aside, np.full(7, reach * 0.52), material, columns=13)
    return parts


def shorts(design: GarmentDesign, body: Body) -> list[Part]:
    """Tailored and sport shorts, cut-off jeans, bermudas."""
    rng, traits = design.cut(), design.traits
    form = traits["form"]
    rise = float(rng.uniform(1.0, 1.06))
    end = {"tailored": 0.26, "sport": 0.21, "cut-off": 0.17, "bermuda": 0.44}[form]
    loose = {"tailored": 0.030, "sport": 0.045, "cut-off": 0.018, "bermuda": 0.034}[form]
    radii = np.array([0.012, loose, loose * 1.1, loose])
    folds = Folds(4, 0.005, 0.004, design.seed)
    parts = _seat(body, rise, 0.012, design.material) + _legs(body, end, radii, design.material, folds)
    if traits["hem"] == "turned-up":
        parts += _turn_ups(body, end, radii, design.trim)
    if form == "sport":
        parts += _band(body, rise, design.contrast, 0.05) + _side_stripes(body, end, radii, design.contrast)
        return parts
    parts += _band(body, rise, design.trim) + _button(body, rise, design)
    return parts + patch(body, (-0.05, 0.90, 0.05, rise - 0.04), 0.016, design.trim, rows=8, columns=3)


def _turn_ups(body: Body, end: float, radii: Array, material: Material) -> list[Part]:
    parts: list[Part] = []
    for index in range(2):
        line = body.limb_points(body.legs[index], 40)
        stop = round(end * 39) + 1
        share = np.linspace(0.0, 1.0, 40)
        reach = body.leg_radii(share) + np.interp(share, np.linspace(0, 1, len(radii)), radii) + 0.006
        parts += pipe(line[stop - 3 : stop], reach[stop - 3 : stop], material, columns=25)
    return parts


def _side_stripes(body: Body, end: float, radii: Array, material: Material) -> list[Part]:
    parts: list[Part] = []
    for index, side in enumerate(SIDES):
        stop = round(end * 39) + 1
        line = body.limb_points(body.legs[index], 40)[1:stop]
        share = np.linspace(0.0, 1.0, 40)[1:stop]
        reach = body.leg_radii(share) + np.interp(share, np.linspace(0, 1, len(radii)), radii)
        shift = np.stack([side * reach * 0.93, np.zeros_like(reach), np.zeros_like(reach)], axis=1)
        parts += pipe(line + shift, np.full(len(line), 0.013), material, columns=9)
    return parts


def skirt(design: GarmentDesign, body: Body) -> list[Part]:
    """A-line, pencil, pleated, circle and buttoned skirts."""
    rng, traits = design.cut(), design.traits
    form = traits["form"]
    hem = _LENGTHS[traits["length"]] + float(rng.uniform(-0.03, 0.03))
    flare = {"a-line": 0.09, "pencil": 0.0, "pleated": 0.11, "circle": 0.21, "buttoned": 0.06}[form]
    flare *= (WAIST - hem) / 0.6 * float(rng.uniform(0.9, 1.15))
    folds = {
        "pleated": Folds(int(rng.integers(22, 30)), 0.004, 0.010, design.seed),
        "circle": Folds(int(rng.integers(8, 11)), 0.003, 0.030, design.seed),
    }.get(form, Folds(5, 0.003, 0.006, design.seed))
    rise = WAIST + 0.01
    parts = _falling(body, hem, rise, flare, design.material, folds, form == "pencil")
    parts += _band(body, rise, design.trim, 0.035)
    if form == "buttoned":
        cut = Cut(hem, (0.02 + flare, 0.016, 0.016))
        rows = [(0.0, float(z)) for z in np.linspace(hem + 0.05, rise - 0.02, 7)]
        off = _skirt_ease(hem, rise, flare)
        parts += patch(body, (-0.10, hem, 0.10, rise - 0.03), lambda z: off(z) + 0.009, design.trim, rows=20, columns=5)
        parts += buttons(body, Cut(cut.hem, (0.03 + flare, 0.022, 0.022)), design.contrast, rows, 0.010)
    return parts


def _skirt_ease(hem: float, rise: float, flare: float) -> Profile:
    """How far a skirt that falls from ``rise`` lies off the body, by height."""

    def ease(z: Array) -> Array:
        fall = np.clip((rise - z) / (rise - hem), 0.0, 1.0)
        return np.asarray(0.013 + 0.006 * np.minimum(fall * 5, 1.0) + flare * fall**1.15)

    return ease


def _tier_ease(ease: Profile, low: float, high: float, more: float) -> Profile:
    """``ease`` and ``more``, growing by 2 cm over the tier from ``high`` to ``low``."""
    return lambda z: ease(z) + more + 0.02 * np.clip((high - z) / (high - low), 0.0, 1.0)


def _falling(
    body: Body, hem: float, rise: float, flare: float, material: Material, folds: Folds, narrow: bool
) -> list[Part]:
    columns = 121 if folds.count > 15 else 73
    return wrap(
        body,
        hem,
        rise,
        _skirt_ease(hem, rise, flare),
        material,
        folds=folds,
        rows=34,
        columns=columns,
        hang=None if narrow else 0.91,
    )


def dress(design: GarmentDesign, body: Body) -> list[Part]:
    """A-line, slip, shirt, tiered and shift dresses."""
    rng, traits = design.cut(), design.traits
    form = traits["form"]
    hem = _LENGTHS[traits["length"]] + float(rng.uniform(-0.02, 0.02))
    slip = form == "slip"
    sleeve = 0.0 if slip else SLEEVES[traits["sleeve"]]
    drop, spread, rounded = {"crew": (0.025, 1.0, True), "v": (0.16, 0.8, False), "scoop": (0.11, 1.2, True)}[
        traits["neck"]
    ]
    if form == "shirt":
        drop, spread, rounded = 0.06, 0.5, False
    waist = {"a-line": 0.011, "slip": 0.014, "shirt": 0.016, "tiered": 0.016, "shift": 0.040}[form]
    cut = Cut(
        WAIST - 0.02,
        (waist, waist, max(waist, 0.016) if form != "shift" else 0.032),
        sleeve,
        float(rng.uniform(0.014, 0.036)),
        0.14 if slip else drop,
        1.3 if slip else spread,
        0.035 if slip else (0.02 if sleeve == 0 else 0.0),
        round_neck=rounded or slip,
        folds=Folds(6, 0.003, seed=design.seed),
    )
    parts = shell(body, cut, design.material)
    parts += _dress_skirt(body, design, form, hem, waist)
    if form == "shirt":
        parts += collar(body, design.trim) + placket(body, cut, design.trim)
        rows = [(0.0, float(z)) for z in np.linspace(WAIST + 0.04, 1.40, 5)]
        parts += buttons(body, cut, design.contrast, rows, 0.007)
    else:
        parts += neck_band(body, cut, design.trim, 0.012)
    if form in ("a-line", "shirt"):
        parts += wrap(body, WAIST - 0.03, WAIST + 0.012, waist + 0.007, design.trim, rows=4)
    return parts + (cuffs(body, cut, design.trim, 3) if sleeve > 0.5 else [])


def _dress_skirt(body: Body, design: GarmentDesign, form: str, hem: float, waist: float) -> list[Part]:
    rng = design.cut()
    length = (WAIST - hem) / 0.6
    flare = {"a-line": 0.13, "slip": 0.03, "shirt": 0.08, "tiered": 0.12, "shift": 0.02}[form] * length
    folds = Folds(int(rng.integers(7, 11)), 0.003, 0.020 if form in ("a-line", "tiered") else 0.008, design.seed)
    if form != "tiered":
        start = waist - 0.013
        ease = _skirt_ease(hem, WAIST, flare)
        return wrap(
            body, hem, WAIST, lambda z: ease(z) + start, design.material, folds=folds, rows=36, columns=73, hang=0.91
        )
    parts: list[Part] = []
    edges = np.linspace(WAIST, hem, 4)
    ease = _skirt_ease(hem, WAIST, flare)
    for tier in range(3):
        low, high = float(edges[tier + 1]), float(edges[tier])
        ruffled = Folds(14 + 3 * tier, 0.004, 0.010, design.seed + tier)
        parts += wrap(
            body,
            low,
            high,
            _tier_ease(ease, low, high, 0.022 * tier),
            design.material,
            folds=ruffled,
            rows=14,
            columns=97,
            hang=0.91,
        )
    return parts
