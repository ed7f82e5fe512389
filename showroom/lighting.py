"""The light that each pixel sends to the eye, one visible point at a time: the loop behind `showroom.shading`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from showroom.compiled import compiled
from showroom.scanning import F32, I32

U32 = npt.NDArray[np.uint32]
Vector = tuple[float, float, float]
WRAP = 0.25
"""How far round a surface a lamp's light reaches, as a soft light's does."""
CORNER_REACH = 0.22
"""Walls, floor and ceiling darken what is about this many metres from them, by at most this share."""
FADE = 0.1
"""Shade on the floor fades out over this height (metres)."""
FLOOR = 0.01
_STEPS = 64
_DECAY = np.exp(-np.arange(16 * _STEPS + 2) / _STEPS)


class Coats(NamedTuple):
    """The materials of a scene as arrays by number; ``texels`` holds all texture levels, three bytes a number."""

    color: F32
    roughness: F32
    metallic: F32
    sheen: F32
    emission: F32
    glass: npt.NDArray[np.bool_]
    repeat: F32
    span: F32
    side: I32
    depth: I32
    start: I32
    texels: U32
    linear: F32


class Lights(NamedTuple):
    """Radiance from above and below, and the lamps: places, powers (n, 3) and squared softness (n,)."""

    sky: F32
    ground: F32
    places: F32
    powers: F32
    softness: F32
    glow: float


class Surroundings(NamedTuple):
    """What takes light away in a room ``width`` x ``length`` x ``height``: a map from above of the darkness of the floor
    in ``cell``-sized cells from ``left``, ``front``, and ``around`` (h, w), the blurred depth of the picture."""

    dark: F32
    left: float
    front: float
    cell: float
    width: float
    length: float
    height: float
    around: F32


class Eye(NamedTuple):
    """A pinhole camera: unit axes, place and focal length in pixels."""

    forward: F32
    right: F32
    up: F32
    place: F32
    focal: float


class Seen(NamedTuple):
    """What the pixels show: ``row`` (h, w) of ``planes`` (see `attribute_planes`) and ``material``, -1 for nothing, and
    ``depth`` (h, w)."""

    row: I32
    depth: F32
    planes: F32
    material: I32


@compiled
def decay(value: float) -> float:
    """exp(-value) for value >= 0 from a table, to 1 part in 30,000: a real exponential costs several times as much."""
    place = value * _STEPS
    if place >= 16.0 * _STEPS:
        return 0.0
    step = int(place)
    return float(_DECAY[step] + (place - step) * (_DECAY[step + 1] - _DECAY[step]))


@compiled
def texel_of(coats: Coats, coat: int, u: float, v: float, footprint: float) -> int:
    """The packed colour of the nearest texel, of the texture level whose texels match ``footprint`` (metres)."""
    side, level = coats.side[coat], 0
    blur = footprint * side / coats.span[coat]
    while blur >= 2.0 and level < coats.depth[coat] - 1:
        blur *= 0.5
        level += 1
        side >>= 1
    across, down = u * coats.repeat[coat], -v * coats.repeat[coat]
    column = min(int((across - math.floor(across)) * side), side - 1)
    row = min(int((down - math.floor(down)) * side), side - 1)
    return int(coats.texels[coats.start[coat, level] + row * side + column])


@compiled
def openness(room: Surroundings, x: float, y: float, z: float) -> float:
    """The share of light that the floor's shade and the room's corners leave to a point.

    A surface lies in one plane anyway, so one corner factor is always at its darkest: the division gives it back.
    """
    rows, columns = room.dark.shape
    share = 1.0
    for gap in (room.width / 2 - abs(x), room.length / 2 - y, z, room.height - z):
        share *= 1.0 - CORNER_REACH * decay(max(gap, 0.0) / CORNER_REACH)
    fade = 1.0 - abs(z - FLOOR) / FADE
    if fade > 0.0:
        column = min(max(int((x - room.left) / room.cell), 0), columns - 1)
        row = min(max(int((y - room.front) / room.cell), 0), rows - 1)
        share *= 1.0 - room.dark[row, column] * fade
    return float(share / (1.0 - CORNER_REACH))


@compiled
def halo(behind: float) -> float:
    """Darkening of what lies ``behind`` metres farther away than its surroundings in the picture."""
    if behind <= 0.0:
        return 1.0
    return max(1.0 - 0.8 * behind * decay(behind / 0.25) / 0.25, 0.4)


@compiled
def receive(lights: Lights, point: Vector, normal: Vector, view: Vector, roughness: float, into: F32) -> None:
    """Add to ``into`` (2, 3) the light that a surface receives (row 0) and its gloss (row 1).

    The first lamp alone makes highlights: (1 - x)^n is close to exp(-n x) near the highlight, and far cheaper.
    """
    up = normal[2] * 0.5 + 0.5
    for channel in range(3):
        into[0, channel] = lights.ground[channel] + (lights.sky[channel] - lights.ground[channel]) * up
        into[1, channel] = 0.0
    for lamp in range(len(lights.places)):
        x, y, z = (
            lights.places[lamp, 0] - point[0],
            lights.places[lamp, 1] - point[1],
            lights.places[lamp, 2] - point[2],
        )
        squared = x * x + y * y + z * z
        near = 1.0 / math.sqrt(max(squared, 1e-18))
        x, y, z = x * near, y * near, z * near
        cosine = (normal[0] * x + normal[1] * y + normal[2] * z + WRAP) / (1.0 + WRAP)
        if cosine <= 0.0:
            continue
        arriving = cosine / (squared + lights.softness[lamp])
        peak = 0.0
        if lamp == 0:
            a, b, c = x + view[0], y + view[1], z + view[2]
            half = normal[0] * a + normal[1] * b + normal[2] * c
            half = max(half / math.sqrt(max(a * a + b * b + c * c, 1e-18)), 0.0)
            sharpness = max(roughness, 0.15)
            peak = decay((1.0 - min(half, 1.0)) * 2.0 / (sharpness * sharpness * sharpness)) * 0.6 * (1.0 - roughness)
        for channel in range(3):
            into[0, channel] += arriving * lights.powers[lamp, channel]
            into[1, channel] += arriving * lights.powers[lamp, channel] * peak


@compiled
def leave(
    coats: Coats, coat: int, lights: Lights, base: F32, received: F32, facing: float, mirrored: float, leaving: F32
) -> None:
    """Write to ``leaving`` (3,) the light that leaves a surface of colour ``base`` (3,) for the eye.

    Metal and glass show the room in the direction of height ``mirrored``: the ground blending into a bright band and sky.
    """
    away = 1.0 - facing
    rim = 1.0 + coats.sheen[coat] * away * away * away * 0.3
    metal, glass = coats.metallic[coat], coats.glass[coat]
    blend, band = 0.0, 0.0
    if metal > 0.01 or glass:
        blend = min(max(mirrored * 0.5 + 0.5, 0.0), 1.0)
        band = 0.3 * decay(8.0 * (mirrored - 0.25) * (mirrored - 0.25))
    emission = min(coats.emission[coat], 3.0) * lights.glow
    for channel in range(3):
        light = base[channel] * received[0, channel] * rim + received[1, channel]
        if metal > 0.01 or glass:
            sky, ground = lights.sky[channel], lights.ground[channel]
            seen = ground + (sky - ground) * blend + sky * band
            if glass:
                light = 0.5 * light + 0.5 * seen
            else:
                light = (1.0 - metal) * light + metal * (base[channel] * seen + received[1, channel])
        leaving[channel] = light + base[channel] * emission


@compiled
def light_pixels(
    seen: Seen, coats: Coats, lights: Lights, eye: Eye, room: Surroundings, indoors: bool, out: F32
) -> None:
    """Write linear RGB into ``out`` (h, w, 3) wherever something is seen; ``room`` counts only ``indoors``."""
    height, width = seen.row.shape
    base, received = np.zeros(3, np.float32), np.zeros((2, 3), np.float32)
    value, leaving = np.zeros(6, np.float64), np.zeros(3, np.float32)
    for line in range(height):
        down = (line + 0.5 - height / 2) / eye.focal
        for column in range(width):
            row = seen.row[line, column]
            if row < 0:
                continue
            across, depth = (column + 0.5 - width / 2) / eye.focal, float(seen.depth[line, column])
            for channel in range(6):
                sideways, downwards = seen.planes[row, channel, 0] * across, seen.planes[row, channel, 1] * down
                value[channel] = sideways + downwards + seen.planes[row, channel, 2]
            weight = 1.0 / value[0] if abs(value[0]) > 1e-12 else 1.0
            a = eye.forward[0] + eye.right[0] * across - eye.up[0] * down
            b = eye.forward[1] + eye.right[1] * across - eye.up[1] * down
            c = eye.forward[2] + eye.right[2] * across - eye.up[2] * down
            point = (eye.place[0] + a * depth, eye.place[1] + b * depth, eye.place[2] + c * depth)
            scale = -1.0 / math.sqrt(a * a + b * b + c * c)
            view = (a * scale, b * scale, c * scale)
            x, y, z = value[1] * weight, value[2] * weight, value[3] * weight
            scale = 1.0 / math.sqrt(max(x * x + y * y + z * z, 1e-18))
            facing = (x * view[0] + y * view[1] + z * view[2]) * scale
            if facing < 0.0:
                scale, facing = -scale, -facing
            normal = (x * scale, y * scale, z * scale)
            coat = seen.material[row]
            if coats.side[coat] > 0:
                footprint = depth / (eye.focal * math.sqrt(max(facing, 0.1)))
                texel = texel_of(coats, coat, value[4] * weight, value[5] * weight, footprint)
                for channel in range(3):
                    base[channel] = coats.linear[(texel >> (8 * channel)) & 255]
            else:
                for channel in range(3):
                    base[channel] = coats.color[coat, channel]
            receive(lights, point, normal, view, coats.roughness[coat], received)
            mirrored = 2.0 * facing * normal[2] - view[2]
            leave(coats, coat, lights, base, received, facing, mirrored, leaving)
            share = 1.0
            if indoors:
                share = openness(room, point[0], point[1], point[2]) * halo(depth - room.around[line, column])
            for channel in range(3):
                out[line, column, channel] = leaving[channel] * share
