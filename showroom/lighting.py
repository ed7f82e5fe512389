"""The light that each pixel sends to the eye: the loop behind `showroom.shading`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from showroom.compiled import compiled
from showroom.scanning import F32, I32

U32 = npt.NDArray[np.uint32]
Vector = tuple[float, float, float]
Spot = tuple[int, int, int, int]
"""A line of the picture, two columns whose light is known, and where the pixels to colour end (from the first on)."""
STRIDE = 16
"""So many pixels apart, light is computed along a face; in between it is interpolated."""
FEW = 3
"""Rows of so many pixels of a face share the light of their middle."""
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
    """What the pixels show: ``face`` (h, w), -1 for nothing, and ``depth`` (h, w); ``row_of`` a face is where ``planes``
    (see `attribute_planes`) and ``material`` tell of it."""

    face: I32
    depth: F32
    row_of: I32
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
def level_of(coats: Coats, coat: int, footprint: float) -> int:
    """The texture level whose texels match a pixel's ``footprint`` (metres) best."""
    level, blur = 0, footprint * coats.side[coat] / coats.span[coat]
    while blur >= 2.0 and level < coats.depth[coat] - 1:
        blur *= 0.5
        level += 1
    return level


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
def leave(coats: Coats, coat: int, lights: Lights, facing: float, mirrored: float, share: float, gains: F32) -> None:
    """Turn what a surface receives (see `receive`) into what leaves it for the eye: its colour times row 0 plus row 1.

    Metal and glass show the room in the direction of height ``mirrored``: the ground blending into a bright band and sky.
    ``share`` of the light is left by what is around.
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
        gain, gloss = gains[0, channel] * rim, gains[1, channel]
        if metal > 0.01 or glass:
            sky, ground = lights.sky[channel], lights.ground[channel]
            seen = ground + (sky - ground) * blend + sky * band
            if glass:
                gain, gloss = 0.5 * gain, 0.5 * gloss + 0.5 * seen
            else:
                gain = (1.0 - metal) * gain + metal * seen
        gains[0, channel], gains[1, channel] = (gain + emission) * share, gloss * share


@compiled
def light_point(
    seen: Seen, coats: Coats, lights: Lights, eye: Eye, room: Surroundings, line: int, column: int, gains: F32
) -> float:
    """Write to ``gains`` (2, 3) what `leave` says of the point seen in a pixel; its ``footprint`` (metres) is returned."""
    height, width = seen.face.shape
    across, down = (column + 0.5 - width / 2) / eye.focal, (line + 0.5 - height / 2) / eye.focal
    depth = float(seen.depth[line, column])
    row = seen.row_of[seen.face[line, column]]
    a = eye.forward[0] + eye.right[0] * across - eye.up[0] * down
    b = eye.forward[1] + eye.right[1] * across - eye.up[1] * down
    c = eye.forward[2] + eye.right[2] * across - eye.up[2] * down
    point = (eye.place[0] + a * depth, eye.place[1] + b * depth, eye.place[2] + c * depth)
    scale = -1.0 / math.sqrt(a * a + b * b + c * c)
    view = (a * scale, b * scale, c * scale)
    planes = seen.planes
    x = planes[row, 1, 0] * across + planes[row, 1, 1] * down + planes[row, 1, 2]
    y = planes[row, 2, 0] * across + planes[row, 2, 1] * down + planes[row, 2, 2]
    z = planes[row, 3, 0] * across + planes[row, 3, 1] * down + planes[row, 3, 2]
    # The normal is made to face the eye, so the sign of the weight that it comes multiplied by does not matter.
    scale = 1.0 / math.sqrt(max(x * x + y * y + z * z, 1e-18))
    facing = (x * view[0] + y * view[1] + z * view[2]) * scale
    if facing < 0.0:
        scale, facing = -scale, -facing
    normal = (x * scale, y * scale, z * scale)
    coat = seen.material[row]
    receive(lights, point, normal, view, coats.roughness[coat], gains)
    share = 1.0
    if room.width > 0.0:
        share = openness(room, point[0], point[1], point[2]) * halo(depth - room.around[line, column])
    leave(coats, coat, lights, facing, 2.0 * facing * normal[2] - view[2], share, gains)
    return depth / (eye.focal * math.sqrt(max(facing, 0.1)))


@compiled
def paint(seen: Seen, coats: Coats, focal: float, spot: Spot, footprint: float, gains: F32, out: F32) -> None:
    """Colour the pixels of ``spot``, all of one face; their light runs evenly from ``gains[0]`` to ``gains[1]``.

    A gain is what the colour is multiplied by, a shine what is added to it.
    """
    line, first, last, stop = spot
    height, width = seen.face.shape
    row, down = seen.row_of[seen.face[line, first]], (line + 0.5 - height / 2) / focal
    coat, near = seen.material[row], (first + 0.5 - width / 2) / focal
    level = level_of(coats, coat, footprint)
    side, repeat, start = coats.side[coat] >> level, coats.repeat[coat], coats.start[coat, level]
    # Numbers and arrays of their own: to reach into a tuple of arrays for each pixel would cost more than the work.
    plane, texels, linear = seen.planes[row], coats.texels, coats.linear
    w, w_step = plane[0, 0] * near + plane[0, 1] * down + plane[0, 2], plane[0, 0] / focal
    u, u_step = (plane[4, 0] * near + plane[4, 1] * down + plane[4, 2]) * repeat, plane[4, 0] / focal * repeat
    v, v_step = -(plane[5, 0] * near + plane[5, 1] * down + plane[5, 2]) * repeat, -plane[5, 0] / focal * repeat
    red, green, blue = coats.color[coat, 0], coats.color[coat, 1], coats.color[coat, 2]
    red_gain, green_gain, blue_gain, red_shine, green_shine, blue_shine = (
        gains[0, 0, 0],
        gains[0, 0, 1],
        gains[0, 0, 2],
        gains[0, 1, 0],
        gains[0, 1, 1],
        gains[0, 1, 2],
    )
    step = np.float32(1.0 / max(last - first, 1))
    red_gain_step, green_gain_step, blue_gain_step = (
        (gains[1, 0, 0] - red_gain) * step,
        (gains[1, 0, 1] - green_gain) * step,
        (gains[1, 0, 2] - blue_gain) * step,
    )
    red_shine_step, green_shine_step, blue_shine_step = (
        (gains[1, 1, 0] - red_shine) * step,
        (gains[1, 1, 1] - green_shine) * step,
        (gains[1, 1, 2] - blue_shine) * step,
    )
    for column in range(first, stop):
        if side > 0:
            weight = 1.0 / w if abs(w) > 1e-12 else 1.0
            x, y = u * weight, v * weight
            inward, below = (
                min(int((x - math.floor(x)) * side), side - 1),
                min(int((y - math.floor(y)) * side), side - 1),
            )
            texel = texels[start + below * side + inward]
            red, green, blue = linear[texel & 255], linear[(texel >> 8) & 255], linear[(texel >> 16) & 255]
            w, u, v = w + w_step, u + u_step, v + v_step
        out[line, column, 0] = red * red_gain + red_shine
        out[line, column, 1] = green * green_gain + green_shine
        out[line, column, 2] = blue * blue_gain + blue_shine
        red_gain, green_gain, blue_gain, red_shine, green_shine, blue_shine = (
            red_gain + red_gain_step,
            green_gain + green_gain_step,
            blue_gain + blue_gain_step,
            red_shine + red_shine_step,
            green_shine + green_shine_step,
            blue_shine + blue_shine_step,
        )


@compiled
def light_pixels(seen: Seen, coats: Coats, lights: Lights, eye: Eye, room: Surroundings, out: F32) -> None:
    """Write linear RGB into ``out`` (h, w, 3) wherever something is seen.

    Along a row of pixels of one face, light is computed at both ends and every ``STRIDE`` pixels, and runs evenly between;
    ``FEW`` pixels or fewer share the light of one.
    """
    height, width = seen.face.shape
    gains = np.zeros((2, 2, 3), np.float32)
    for line in range(height):
        column = 0
        while column < width:
            face, begin, stop = seen.face[line, column], column, column + 1
            while stop < width and seen.face[line, stop] == face:
                stop += 1
            column = stop
            if face < 0:
                continue
            short = stop - begin <= FEW
            first, last = begin, (begin + stop) // 2 if short else begin
            while True:
                gains[0] = gains[1]
                footprint = light_point(seen, coats, lights, eye, room, line, last, gains[1])
                if short:
                    gains[0] = gains[1]
                done = short or last == stop - 1
                if done or last > first:
                    spot = (line, first, last, stop if done else last)
                    paint(seen, coats, eye.focal, spot, footprint, gains, out)
                if done:
                    break
                first, last = last, min(last + STRIDE, stop - 1)
