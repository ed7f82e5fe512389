"""Jackets and coats."""

from __future__ import annotations

import numpy as np

from showroom.fashion.design import GarmentDesign
from showroom.fashion.figure import NECK, SIDES, WAIST, Body
from showroom.fashion.sewing import Folds, ball, patch, wrap
from showroom.fashion.upper import (
    Cut,
    buttons,
    collar,
    cuffs,
    hem_band,
    hood,
    lapels,
    neck_band,
    placket,
    pockets,
    shell,
)
from showroom.types import Part

_LENGTHS = {"short": 0.66, "knee-length": 0.50, "midi": 0.36}


def jacket(design: GarmentDesign, body: Body) -> list[Part]:
    """Denim, biker, bomber and puffer jackets, and blazers."""
    rng, traits = design.cut(), design.traits
    form = traits["form"]
    loose = {"regular": 0.034, "cropped": 0.034, "oversized": 0.058}[traits["fit"]]
    hem = 0.84 if form == "blazer" else 0.97
    hem += {"regular": 0.0, "cropped": 0.09, "oversized": -0.05}[traits["fit"]] + float(rng.uniform(-0.015, 0.015))
    revers = form in ("blazer", "biker")
    cut = Cut(
        hem,
        (loose * (0.75 if form in ("bomber", "denim") else 1.0), loose, max(loose * 0.85, 0.032)),
        0.99,
        0.022 + loose * 0.4,
        {"blazer": 0.36, "biker": 0.24}.get(form, 0.03),
        0.62,
        gap=float(rng.uniform(0.16, 0.4)) if traits["front"] == "open" else 0.0,
        round_neck=not revers,
        folds=Folds(6, 0.004, seed=design.seed, rolls=9, puff=0.030)
        if form == "puffer"
        else Folds(6, 0.005, seed=design.seed),
    )
    parts = shell(body, cut, design.material)
    makers = {"denim": _denim, "biker": _biker, "blazer": _blazer, "bomber": _bomber, "puffer": _puffer}
    return parts + makers[form](design, body, cut)


def _zip(design: GarmentDesign, body: Body, cut: Cut, angle: float = 0.0) -> list[Part]:
    edges = [angle] if not cut.gap else [cut.gap + 0.03, -cut.gap - 0.03]
    top = float(cut.top(np.array(edges[0])))
    return [
        part
        for edge in edges
        for part in patch(
            body,
            (edge - 0.035, cut.hem, edge + 0.035, top),
            lambda z: cut.off(z) + 0.012,
            design.hardware,
            rows=24,
            columns=3,
        )
    ]


def _row(cut: Cut, count: int, angle: float) -> list[tuple[float, float]]:
    start, stop = cut.hem + 0.07, float(cut.top(np.array(angle))) - 0.04
    return [(angle, float(z)) for z in np.linspace(start, max(stop, start + 0.05), count)]


def _denim(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    parts = collar(body, design.trim, size=0.065, lift=-0.004, gap=max(cut.gap, 0.16)) + hem_band(
        body, cut, design.trim, 0.045
    )
    parts += cuffs(body, cut, design.trim, 4)
    parts += pockets(body, cut, design.trim, (0.40, 1.24, 0.86, 1.33))
    for side in SIDES:
        low, high = cut.hem + 0.05, 1.24
        middle = side * 0.63
        parts += patch(
            body,
            (middle - 0.025, low, middle + 0.025, high),
            lambda z: cut.off(z) + 0.008,
            design.trim,
            rows=16,
            columns=3,
        )
    if not cut.gap:
        parts += placket(body, cut, design.trim)
    edge = cut.gap + 0.06 if cut.gap else 0.0
    return parts + buttons(body, cut, design.hardware, _row(cut, 6, edge))


def _biker(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    parts = lapels(body, cut, design.trim, 0.5) + collar(body, design.trim, size=0.03, gap=0.75)
    parts += _zip(design, body, cut, 0.22) + hem_band(body, cut, design.trim, 0.04)
    for side in SIDES:
        middle = side * 0.8
        parts += patch(
            body, (middle - 0.2, 1.10, middle + 0.2, 1.113), lambda z: cut.off(z) + 0.012, design.hardware, rows=3
        )
    return (
        parts
        + cuffs(body, cut, design.hardware, 2)
        + buttons(body, cut, design.hardware, [(0.72, 1.33), (-0.72, 1.33)], 0.008)
    )


def _blazer(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    parts = lapels(body, cut, design.trim, 0.34) + collar(body, design.trim, size=0.03, gap=0.6)
    parts += pockets(body, cut, design.trim, (0.42, 0.955, 0.95, 0.995)) + pockets(
        body, cut, design.trim, (0.62, 1.30, 0.88, 1.32), (1,)
    )
    angle = cut.gap + 0.08 if cut.gap else 0.0
    return parts + buttons(body, cut, design.contrast, [(angle, 1.10), (angle, 1.02)], 0.011)


def _bomber(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    band = design.contrast
    stand = wrap(body, NECK - 0.03, NECK + 0.022, 0.016, band, gap=max(cut.gap, 0.05), rows=6)
    parts = stand + hem_band(body, cut, band, 0.065) + cuffs(body, cut, band, 5)
    return parts + _zip(design, body, cut) + pockets(body, cut, design.trim, (0.55, 1.02, 0.68, 1.15))


def _puffer(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    folds = Folds(4, 0.001, rolls=2, puff=0.016)
    stand = wrap(body, NECK - 0.03, NECK + 0.06, 0.028, design.material, gap=max(cut.gap, 0.08), rows=12, folds=folds)
    return stand + (_zip(design, body, cut) if cut.gap else placket(body, cut, design.trim, 0.08))


def coat(design: GarmentDesign, body: Body) -> list[Part]:
    """Trench coats, duffle coats, quilted and woollen coats."""
    rng, traits = design.cut(), design.traits
    form, closed = traits["form"], traits["front"] == "closed"
    revers = form in ("trench", "double-breasted")
    loose = 0.046 + float(rng.uniform(0.0, 0.012))
    belted = form == "trench" and closed
    cut = Cut(
        _LENGTHS[traits["length"]] + float(rng.uniform(-0.02, 0.02)),
        (loose + 0.02, loose * (0.75 if belted else 1.0), max(loose * 0.85, 0.044)),
        0.99,
        0.034,
        0.30 if revers else 0.02,
        0.6,
        gap=0.0 if closed else float(rng.uniform(0.18, 0.42)),
        round_neck=not revers,
        flare=0.07 if form in ("trench", "collarless") else 0.03,
        folds=Folds(6, 0.004, seed=design.seed, rolls=13, puff=0.024)
        if form == "quilted"
        else Folds(7, 0.004, 0.012, design.seed),
    )
    parts = shell(body, cut, design.material)
    makers = {
        "trench": _trench,
        "double-breasted": _double,
        "duffle": _duffle,
        "quilted": _puffer,
        "collarless": _plain_coat,
    }
    return parts + makers[form](design, body, cut)


def _double(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    parts = lapels(body, cut, design.trim, 0.42) + collar(body, design.trim, size=0.035, gap=0.62)
    parts += pockets(body, cut, design.trim, (0.5, 0.90, 1.05, 0.95))
    rows = [(side * (cut.gap + 0.24), z) for side in SIDES for z in (0.88, 0.99, 1.10)]
    return parts + buttons(body, cut, design.hardware if design.metal == "gold" else design.contrast, rows, 0.014)


def _trench(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    parts = _double(design, body, cut) + cuffs(body, cut, design.trim, 3, 0.006)
    if not cut.gap:
        parts += wrap(body, WAIST - 0.02, WAIST + 0.025, lambda z: cut.off(z) + 0.016, design.trim, rows=4)
        middle = np.array(WAIST)
        at = body.around(middle, np.array(0.1), cut.off(middle) + 0.022)
        parts += ball((0.028, 0.008, 0.026), design.hardware, at)
    for side in SIDES:
        parts += patch(
            body,
            (side * 1.3 - 0.16, 1.425, side * 1.3 + 0.16, 1.455),
            lambda z: cut.off(z) + 0.012,
            design.trim,
            rows=3,
        )
    return parts


def _duffle(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    parts = hood(body, design.material, design.trim) + pockets(body, cut, design.trim, (0.42, 0.80, 1.0, 0.95))
    edge = cut.gap + 0.05 if cut.gap else 0.0
    for z in (0.97, 1.09, 1.21, 1.33):
        parts += patch(
            body, (edge - 0.28, z, edge + 0.28, z + 0.008), lambda h: cut.off(h) + 0.010, design.contrast, rows=3
        )
        at = body.around(np.array(z), np.array(edge), cut.off(np.array(z)) + 0.016)
        parts += ball((0.034, 0.009, 0.010), design.contrast, at)
    return parts


def _plain_coat(design: GarmentDesign, body: Body, cut: Cut) -> list[Part]:
    parts = neck_band(body, cut, design.trim) + pockets(body, cut, design.trim, (0.45, 0.78, 1.0, 0.92))
    edge = cut.gap + 0.08 if cut.gap else 0.0
    return parts + buttons(body, cut, design.contrast, [(edge, z) for z in (0.92, 1.07, 1.22, 1.36)], 0.016)
