"""Somebody to wear the clothes: skin, face and hair over a body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from showroom.fashion.accessories import HEAD, SKULL
from showroom.fashion.cloth import plain
from showroom.fashion.figure import CROTCH, SIDES, Body, Build, Pose
from showroom.fashion.sewing import ball, pipe, wrap
from showroom.geometry import placed, sheet
from showroom.types import RGB, Material, Part

SKINS: tuple[RGB, ...] = (
    (0.94, 0.80, 0.71),
    (0.89, 0.72, 0.60),
    (0.80, 0.61, 0.46),
    (0.68, 0.48, 0.34),
    (0.50, 0.33, 0.23),
    (0.34, 0.22, 0.16),
)
HAIRS: tuple[RGB, ...] = (
    (0.06, 0.05, 0.05),
    (0.16, 0.10, 0.07),
    (0.33, 0.20, 0.12),
    (0.52, 0.32, 0.16),
    (0.80, 0.64, 0.38),
    (0.62, 0.60, 0.58),
    (0.45, 0.17, 0.09),
)
_STANCES = ("front", "walk", "hip", "pockets", "crossed", "phone")


@dataclass(frozen=True)
class Person:
    """Somebody: build, skin, hair (its length in metres below the crown's middle) and height as a factor."""

    build: Build
    skin: RGB
    hair: RGB
    hair_length: float
    height: float


def cast(rng: np.random.Generator) -> Person:
    """Somebody by chance."""
    shoulders = float(rng.normal(1.0, 0.06))
    build = Build(float(np.clip(shoulders, 0.88, 1.14)), float(rng.uniform(0.9, 1.14)), float(rng.uniform(0.94, 1.1)))
    length = float(rng.choice([0.02, 0.05, 0.14, 0.30, 0.38]))
    skin, hair = SKINS[int(rng.integers(len(SKINS)))], HAIRS[int(rng.integers(len(HAIRS)))]
    return Person(build, skin, hair, length, float(rng.uniform(0.93, 1.06)))


def strike(rng: np.random.Generator, carrying: bool) -> Pose:
    """A pose by chance; the right arm of who is ``carrying`` a bag hangs down."""
    kind = str(rng.choice(_STANCES))
    spread = [float(value) for value in rng.uniform(0.22, 0.42, 2)]
    swing = [float(value) for value in rng.normal(0.0, 0.14, 2)]
    bend = [float(value) for value in rng.uniform(0.05, 0.4, 2)]
    across = [0.0, 0.0]
    leg_swing, knee = [0.0, 0.0], [0.0, 0.0]
    if kind == "walk":
        step = float(rng.uniform(0.12, 0.30)) * (1 if rng.random() < 0.5 else -1)
        leg_swing, knee = [step, -step], [0.10 if step < 0 else 0.0, 0.10 if step > 0 else 0.0]
        swing = [-step, step]
    elif kind != "front":
        spread[1], swing[1], bend[1], across[1] = {
            "hip": (0.75, -0.15, 0.55, 1.5),
            "pockets": (0.42, -0.22, 0.45, 0.25),
            "crossed": (0.34, 0.15, 1.3, 0.9),
            "phone": (0.30, 0.25, 1.75, 0.35),
        }[kind]
        if not carrying and rng.random() < 0.6:
            spread[0], swing[0], bend[0], across[0] = spread[1], swing[1], bend[1] * 0.95, across[1]
    legs = [float(value) for value in rng.uniform(0.03, 0.13, 2)]
    sway = 0.0 if kind == "walk" else float(rng.normal(0.0, 0.012))
    return Pose(
        (spread[0], spread[1]),
        (swing[0], swing[1]),
        (bend[0], bend[1]),
        (across[0], across[1]),
        (legs[0], legs[1]),
        (leg_swing[0], leg_swing[1]),
        (knee[0], knee[1]),
        sway,
        float(rng.normal(0.0, 0.10)),
    )


def bare(person: Person, body: Body, hatted: bool) -> list[Part]:
    """Skin, face and hair of somebody whose shoes cover the feet; hair lies flat under a hat (``hatted``)."""
    skin = plain(person.skin, 0.55)
    parts = wrap(body, CROTCH, 1.60, 0.0, skin, rows=30, columns=37)
    share = np.linspace(0.0, 1.0, 30)
    for index in range(2):
        points, radii = body.arm_line(index, 1.0, 30)
        parts += pipe(points, radii, skin, columns=17)
        wrist, elbow = body.arms[index][2], body.arms[index][1]
        ahead = (wrist - elbow) / np.linalg.norm(wrist - elbow)
        grip = np.stack([wrist - ahead * 0.01, wrist + ahead * 0.05, wrist + ahead * 0.11, wrist + ahead * 0.155])
        parts += pipe(grip, np.array([0.027, 0.038, 0.033, 0.008]), skin, columns=13)
        parts += pipe(body.limb_points(body.legs[index], 30), body.leg_radii(share), skin, columns=21)
    return parts + _face(person, skin) + hair(person, hatted)


def _face(person: Person, skin: Material) -> list[Part]:
    x, y, z = (float(value) for value in HEAD)
    front = y - SKULL[1]
    parts = ball(SKULL, skin, HEAD) + ball((0.052, 0.062, 0.05), skin, (x, y - 0.028, z - 0.082))
    parts += ball((0.010, 0.018, 0.020), skin, (x, front - 0.004, z - 0.012))
    lips = plain((person.skin[0] * 0.8, person.skin[1] * 0.52, person.skin[2] * 0.52), 0.5)
    parts += ball((0.021, 0.009, 0.007), lips, (x, front + 0.005, z - 0.062))
    brows = plain(person.hair, 0.8)
    for side in SIDES:
        parts += ball(
            (0.011, 0.006, 0.006), plain((0.93, 0.92, 0.90), 0.4), (x + side * 0.029, front + 0.013, z + 0.015)
        )
        parts += ball(
            (0.005, 0.005, 0.006), plain((0.10, 0.07, 0.05), 0.3), (x + side * 0.029, front + 0.008, z + 0.015)
        )
        parts += ball((0.017, 0.006, 0.0035), brows, (x + side * 0.030, front + 0.012, z + 0.037))
        parts += ball((0.008, 0.018, 0.026), skin, (x + side * (SKULL[0] + 0.002), y + 0.012, z))
    return parts


def hair(person: Person, hatted: bool) -> list[Part]:
    """Hair down to the person's length at the back and the sides, with a free face."""
    angle = np.linspace(-np.pi, np.pi, 49)[None]
    share = np.linspace(0.0, 1.0, 25)[:, None]
    side = np.clip((np.abs(angle) - 0.75) / 0.45, 0.0, 1.0)
    low = 0.055 * (1 - side) - person.hair_length * side
    thick = 0.004 if hatted else 0.017
    crown = SKULL[2] + thick
    z = crown * np.cos(share * np.pi / 2) + low * (1 - np.cos(share * np.pi / 2))
    z = np.where(share >= 1.0, low, np.minimum(z, crown))
    round_off = np.sqrt(np.clip(1 - np.clip(z / crown, 0.0, 1.0) ** 2, 0.0, 1.0))
    inward = 1 - 0.10 * np.clip(-z / 0.3, 0.0, 1.0)
    wave = 1 + 0.02 * np.sin(14 * angle) * np.clip(share * 2 - 0.5, 0.0, 1.0)
    x = (SKULL[0] + thick) * round_off * np.sin(angle) * inward * wave
    y = -(SKULL[1] + thick * 0.8) * round_off * np.cos(angle) * wave
    points = np.stack([x, y, np.broadcast_to(z, x.shape)], axis=-1)
    return placed(sheet(points, plain(person.hair, 0.45)), HEAD)
