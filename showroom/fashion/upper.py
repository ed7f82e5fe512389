"""Tops, shirts and sweaters; the parts that jackets and coats share with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from showroom.fashion.cloth import COLORS
from showroom.fashion.design import GarmentDesign
from showroom.fashion.figure import CHEST, NECK, SHOULDER, SIDES, WAIST, Array, Body
from showroom.fashion.sewing import Folds, ball, patch, pipe, strip, wrap
from showroom.geometry import sheet
from showroom.patterns import artwork
from showroom.types import Floats, Material, Part

TUCKED = 0.95
"""How far down a top reaches that is tucked in."""
SLEEVES = {"sleeveless": 0.0, "short": 0.36, "three-quarter": 0.72, "long": 0.98}


@dataclass(frozen=True)
class Cut:
    """The shape of what is worn above the waist. Metres but for ``gap`` (radians) and ``sleeve`` (a share of the arm).

    ``ease`` is the distance from the body at the hem, the waist and the chest; ``drop`` is how far the neckline falls in
    front, ``spread`` the angle it takes to do so, ``wide`` how far it lies below the neck; ``gap`` opens the front.
    """

    hem: float
    ease: tuple[float, float, float]
    sleeve: float = 0.98
    sleeve_ease: float = 0.014
    drop: float = 0.03
    spread: float = 1.0
    wide: float = 0.0
    gap: float = 0.0
    round_neck: bool = True
    flare: float = 0.0
    folds: Folds | None = None

    def off(self, z: Array) -> Array:
        """Distance from the body at heights ``z``."""
        hem, waist, chest = self.ease
        below = max(WAIST, self.hem + 0.02)
        return np.interp(
            z, (self.hem, below, max(CHEST, below + 0.02), SHOULDER, NECK), (hem, waist, chest, chest * 0.6, 0.007)
        )

    def top(self, angle: Array) -> Array:
        """The neckline's height by angle."""
        turn = np.abs((np.asarray(angle) + np.pi) % (2 * np.pi) - np.pi)
        beyond = np.clip(1 - np.maximum(turn - self.gap, 0.0) / self.spread, 0.0, 1.0)
        fall = np.sin(beyond * np.pi / 2) ** 1.5 if self.round_neck else beyond
        return np.asarray(NECK - self.wide - self.drop * fall)


def shell(body: Body, cut: Cut, material: Material, sleeves: Material | None = None) -> list[Part]:
    """The torso and the sleeves of a cut."""
    folds = cut.folds or Folds()
    parts = wrap(
        body,
        cut.hem,
        cut.top,
        lambda z: cut.off(z) + cut.flare * np.clip((WAIST - z) / 0.5, 0.0, 1.0),
        material,
        gap=cut.gap,
        folds=folds,
        rows=44 if cut.hem < 0.7 or folds.rolls else 30,
        hang=0.93 if cut.hem < 0.9 else None,
    )
    return parts + (sleeves_of(body, cut, sleeves or material) if cut.sleeve > 0 else [])


def sleeves_of(body: Body, cut: Cut, material: Material) -> list[Part]:
    """Both sleeves."""
    base = cut.folds or Folds()
    folds = replace(base, count=3, depth=max(base.depth, 0.003), hem=0.0, rolls=base.rolls, puff=base.puff * 0.7)
    parts: list[Part] = []
    for index in range(2):
        points, radii = body.arm_line(index, cut.sleeve)
        grow = np.linspace(0.75 if cut.sleeve_ease > 0.033 else 0.35, 1.0, len(points))
        parts += pipe(points, radii + cut.sleeve_ease * grow, material, folds=replace(folds, seed=base.seed + index))
    return parts


def cuffs(body: Body, cut: Cut, material: Material, length: int = 4, extra: float = 0.003) -> list[Part]:
    """Bands at the ends of the sleeves."""
    parts: list[Part] = []
    for index in range(2):
        points, radii = body.arm_line(index, cut.sleeve)
        parts += pipe(points[-length:], radii[-length:] + cut.sleeve_ease + extra, material)
    return parts


def neck_band(body: Body, cut: Cut, material: Material, height: float = 0.018) -> list[Part]:
    """A band along the neckline."""
    return wrap(
        body,
        lambda angle: cut.top(angle) - height,
        lambda angle: cut.top(angle) + 0.004,
        lambda z: cut.off(z) + 0.004,
        material,
        gap=cut.gap,
        rows=4,
    )


def hem_band(body: Body, cut: Cut, material: Material, height: float = 0.06) -> list[Part]:
    """A band round the hem."""
    return wrap(body, cut.hem - 0.005, cut.hem + height, lambda z: cut.off(z) + 0.004, material, gap=cut.gap, rows=5)


def collar(body: Body, material: Material, *, size: float = 0.05, lift: float = 0.0, gap: float = 0.16) -> list[Part]:
    """A folded collar round the neck whose points lie in front."""
    angle = np.linspace(gap, 2 * np.pi - gap, 41)
    front = np.cos(angle / 2) ** 8 + np.cos((2 * np.pi - angle) / 2) ** 8
    heights = (NECK - 0.014 + lift, NECK + 0.022 + lift, NECK + 0.026 + lift)
    eases = (0.010, 0.012, 0.018)
    rows = [body.around(np.full_like(angle, z), angle, ease) for z, ease in zip(heights, eases, strict=True)]
    outer = np.full_like(angle, NECK - 0.022 + lift) - size * 0.9 * np.minimum(front, 1.0)
    rows.append(body.around(outer, angle, 0.024 + size * 0.25 * (1 - np.minimum(front, 1.0))))
    return sheet(np.stack(rows[::-1]), material)


def lapels(body: Body, cut: Cut, material: Material, width: float = 0.34, notch: bool = True) -> list[Part]:
    """Turned-back edges along a V neckline, broadest near the collar."""
    share = np.linspace(0.0, 1.0, 14)
    inner = cut.gap + cut.spread * share
    height = NECK - cut.wide - cut.drop * (1 - share)
    broad = width * np.sin(np.minimum(share / 0.72, 1.0) * np.pi / 2) * np.where(share > 0.72, 1 - (share - 0.72), 1.0)
    if notch:
        broad = np.where((share > 0.74) & (share < 0.84), broad * 0.55, broad)
    parts: list[Part] = []
    for side in SIDES:
        rows = []
        for step in (0.0, 0.5, 1.0):
            turned = side * (inner + broad * step - 0.02)
            rows.append(body.around(height + 0.01 * step, turned, cut.off(height) + 0.012 + 0.006 * step))
        parts += sheet(np.stack(rows if side > 0 else rows[::-1]), material)
    return parts


def buttons(
    body: Body, cut: Cut, material: Material, places: list[tuple[float, float]], size: float = 0.009
) -> list[Part]:
    """Buttons at ``(angle, height)``."""
    parts: list[Part] = []
    for angle, height in places:
        z = np.array(height)
        at = body.around(z, np.array(angle), cut.off(z) + 0.012)
        parts += ball((size, size * 0.6, size), material, at)
    return parts


def placket(body: Body, cut: Cut, material: Material, width: float = 0.11) -> list[Part]:
    """A strip down the closed front."""
    top = float(cut.top(np.array(0.0)))
    return patch(
        body, (-width, cut.hem + 0.005, width, top), lambda z: cut.off(z) + 0.007, material, rows=24, columns=5
    )


def pockets(
    body: Body, cut: Cut, material: Material, box: tuple[float, float, float, float], sides: tuple[int, ...] = SIDES
) -> list[Part]:
    """Pockets from angle and height ``(left, low, right, high)`` of the person's left side, mirrored to the right."""
    left, low, right, high = box
    parts: list[Part] = []
    for side in sides:
        ends = sorted((side * left, side * right))
        parts += patch(body, (ends[0], low, ends[1], high), lambda z: cut.off(z) + 0.010, material, taper=0.08)
    return parts


def print_on(body: Body, cut: Cut, design: GarmentDesign) -> list[Part]:
    """A printed motif on the chest."""
    rng = design.cut()
    motifs = ("shapes", "landscape", "brushwork", "line", "grid", "arches", "colour-field")
    motif = motifs[int(rng.integers(len(motifs)))]
    names = [COLORS[str(name)] for name in rng.permutation(list(COLORS))[:2]]
    paper = design.accent_rgb
    texture = artwork(motif, (paper, *names, design.rgb), 1.1, design.seed % 9973)
    half, low, high = rng.uniform(0.35, 0.62), rng.uniform(1.15, 1.2), rng.uniform(1.31, 1.36)
    material = Material(paper, texture, unit_uv=True, roughness=0.85)
    folds = cut.folds or Folds()
    return patch(body, (-half, low, half, high), lambda z: cut.off(z) + 0.004 + folds.depth, material)


def top(design: GarmentDesign, body: Body, tucked: bool = False) -> list[Part]:
    """T-shirts, tank tops and long-sleeved tops."""
    rng, traits = design.cut(), design.traits
    neck = {"crew": (0.02, 1.0, 0.0, True), "scoop": (0.10, 1.2, 0.012, True)}
    neck |= {"v": (0.14, 0.85, 0.006, False), "boat": (0.012, 1.0, 0.022, True)}
    drop, spread, wide, rounded = neck[traits["neck"]]
    loose = {"regular": 0.021, "cropped": 0.016, "oversized": 0.042}[traits["fit"]]
    hem = {"regular": 0.92, "cropped": 1.10, "oversized": 0.85}[traits["fit"]] + float(rng.uniform(-0.02, 0.02))
    cut = Cut(
        TUCKED if tucked else hem,
        (0.004, 0.010, 0.016) if tucked else (loose, loose, max(loose * 0.8, 0.014)),
        SLEEVES[traits["sleeve"]],
        0.012 + loose * 0.6,
        drop,
        spread,
        wide + (0.018 if traits["sleeve"] == "sleeveless" else 0.0),
        round_neck=rounded,
        folds=Folds(7, 0.002 if tucked else 0.004, seed=design.seed),
    )
    parts = shell(body, cut, design.material) + neck_band(body, cut, design.trim, float(rng.uniform(0.012, 0.024)))
    if traits["front"] == "graphic" and design.pattern == "plain":
        parts += print_on(body, cut, design)
    if traits["front"] == "pocket":
        parts += pockets(body, cut, design.trim, (0.42, 1.25, 0.85, 1.34), (1,))
    return parts


def shirt(design: GarmentDesign, body: Body, tucked: bool = False) -> list[Part]:
    """Shirts and blouses, buttoned in front."""
    rng, traits = design.cut(), design.traits
    loose = {"regular": 0.024, "oversized": 0.045}[traits["fit"]]
    camp = traits["collar"] == "camp"
    cut = Cut(
        TUCKED if tucked else float(rng.uniform(0.84, 0.9)),
        (0.004, 0.010, 0.019) if tucked else (loose + 0.008, loose, max(loose * 0.8, 0.016)),
        SLEEVES[traits["sleeve"]],
        0.012 + loose * 0.5,
        0.16 if camp else 0.02,
        0.75 if camp else 0.5,
        round_neck=False,
        folds=Folds(8, 0.002 if tucked else 0.005, seed=design.seed),
    )
    parts = shell(body, cut, design.material) + placket(body, cut, design.trim)
    rows = np.linspace(cut.hem + 0.06, float(cut.top(np.array(0.0))) - 0.03, 7)
    buttoned = design.hardware if design.cloth == "denim" else design.contrast
    parts += buttons(body, cut, buttoned, [(0.0, float(z)) for z in rows], 0.007)
    if traits["collar"] == "classic":
        parts += collar(body, design.trim)
    elif camp:
        parts += lapels(body, cut, design.trim, 0.3, notch=False) + collar(body, design.trim, size=0.02, gap=0.6)
    else:
        parts += wrap(body, NECK - 0.014, NECK + 0.026, 0.012, design.trim, gap=0.12, rows=4)
    if traits["collar"] == "bow":
        parts += _bow(body, design.contrast)
    count = {"no": (), "one": (1,), "two": SIDES}[traits["pockets"]]
    parts += pockets(body, cut, design.trim, (0.36, 1.24, 0.80, 1.34), count)
    return parts + (cuffs(body, cut, design.trim) if cut.sleeve > 0.5 else [])


def _bow(body: Body, material: Material) -> list[Part]:
    middle = body.around(np.array(NECK - 0.025), np.array(0.0), 0.03)
    parts = ball((0.016, 0.014, 0.016), material, middle)
    for side in SIDES:
        parts += ball((0.042, 0.016, 0.024), material, middle + np.array([side * 0.045, 0.0, 0.004]))
        down = np.linspace(0.0, 1.0, 8)
        line = middle + np.stack([side * 0.04 * down, -0.012 + 0 * down, -0.15 * down], axis=1)
        parts += strip(line, np.tile([0.0, -1.0, 0.0], (8, 1)), 0.036, material)
    return parts


def sweater(design: GarmentDesign, body: Body, tucked: bool = False) -> list[Part]:
    """Jumpers, hoodies and roll-necks."""
    rng, traits = design.cut(), design.traits
    loose = {"regular": 0.026, "oversized": 0.055, "cropped": 0.028}[traits["fit"]]
    hem = {"regular": 0.90, "oversized": 0.82, "cropped": 1.06}[traits["fit"]] + float(rng.uniform(-0.02, 0.02))
    neck = traits["neck"]
    cut = Cut(
        TUCKED if tucked else hem,
        (0.004, 0.011, 0.022) if tucked else (loose * 0.7, loose, max(loose * 0.9, 0.022)),
        0.99,
        0.014 + loose * 0.6,
        {"v": 0.15, "shawl": 0.17}.get(neck, 0.02),
        0.8,
        round_neck=neck not in ("v", "shawl"),
        folds=Folds(5, 0.003 if tucked else 0.006, seed=design.seed),
    )
    parts = shell(body, cut, design.material, design.contrast if design.pattern == "colour-block" else None)
    band = design.contrast if design.pattern == "colour-block" else design.trim
    parts += cuffs(body, cut, band, 5)
    if not tucked:
        parts += hem_band(body, cut, band)
    return parts + _sweater_neck(neck, body, cut, design, band)


def _sweater_neck(neck: str, body: Body, cut: Cut, design: GarmentDesign, band: Material) -> list[Part]:
    if neck == "roll":
        return wrap(body, NECK - 0.03, NECK + 0.075, 0.020, band, rows=12, folds=Folds(4, 0.001, rolls=2, puff=0.008))
    if neck == "hooded":
        pouch = patch(body, (-0.55, 0.95, 0.55, 1.09), lambda z: cut.off(z) + 0.012, design.trim, taper=-0.15)
        high = cut.hem < 0.95
        return hood(body, design.material, band) + (pouch if high else []) + _cords(body, design.contrast)
    if neck == "shawl":
        angle = np.linspace(-np.pi, np.pi, 60)
        line = body.around(cut.top(angle), angle, 0.02)
        return pipe(line, np.full(60, 0.024), band, columns=11, reference=(0.0, 0.0, 1.0))
    return neck_band(body, cut, band, 0.026)


def hood(body: Body, material: Material, edge: Material) -> list[Part]:
    """A hood that lies on the back, and its edge round the neck."""
    angle = np.linspace(0.25, 2 * np.pi - 0.25, 50)
    back = np.sin(angle / 2) ** 4
    line: Floats = body.around(NECK - 0.03 + 0.02 * back, angle, 0.020 + 0.045 * back)
    parts = pipe(line, 0.022 + 0.042 * back, material, columns=15, reference=(0.0, 0.0, 1.0))
    rim = body.around(NECK - 0.03 + 0.05 * back, angle, 0.022 + 0.01 * back)
    return parts + pipe(rim, np.full(50, 0.018), edge, columns=9, reference=(0.0, 0.0, 1.0))


def _cords(body: Body, material: Material) -> list[Part]:
    parts: list[Part] = []
    for side in SIDES:
        z = np.linspace(NECK - 0.05, NECK - 0.19, 8)
        line = body.around(z, np.full(8, side * 0.28), 0.042)
        parts += pipe(line, np.full(8, 0.004), material, columns=7)
    return parts
