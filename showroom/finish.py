"""From linear light to something that looks shot with a camera: exposure, white balance, blur, noise and JPEG."""

from __future__ import annotations

import math
from functools import lru_cache
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from showroom.compiled import compiled
from showroom.scanning import F32, I32
from showroom.shading import srgb_of

U8 = npt.NDArray[np.uint8]
_STEPS = 4096
_BRIGHTEST = 4.0


@lru_cache(maxsize=1)
def _grain() -> F32:
    """Unit normal noise to cut pieces from; drawing it anew for every picture would cost more than the picture."""
    return np.random.default_rng(20_190).standard_normal(4_000_037).astype(np.float32)


def _grain_for(size: int, rng: np.random.Generator) -> F32:
    """A piece of the noise from a random place on; for a picture larger than all of it, all of it over and over."""
    grain = _grain()
    if size < len(grain):
        start = int(rng.integers(len(grain) - size))
        return grain[start : start + size]
    return np.resize(np.roll(grain, -int(rng.integers(len(grain)))), size)


def tone_table(exposure: float, gain: float) -> F32:
    """Display values in [0, 255] for linear light 0 to 4 in 4,096 steps, with a shoulder that keeps highlights.

    The shoulder is ``x (1 + x / w^2) / (1 + x)`` (Reinhard et al., "Photographic tone reproduction", SIGGRAPH 2002),
    scaled so that mid grey stays where it is.
    """
    x = np.arange(_STEPS) / (_STEPS - 1) * _BRIGHTEST * exposure * gain
    shouldered = 1.25 * x * (1.0 + x / 9.0) / (1.0 + x * 0.5 + x * x / 9.0)
    return srgb_of(shouldered) * np.float32(255.0)


@compiled
def developed(linear: F32, tables: F32, regions: I32, sharp: U8, smooth: U8) -> None:
    """Look linear light (h, w, 3) up in a tone table a channel, (3, 4096), into ``sharp``, and from it make ``smooth``.

    Anti-aliasing by hand: pixels where ``regions`` (h, w) changes take a colour blurred by 1-2-1 both ways.
    """
    height, width = regions.shape
    steps = tables.shape[1] - 1
    scale = np.float32(steps / _BRIGHTEST)
    for y in range(height):
        for x in range(width):
            for channel in range(3):
                sharp[y, x, channel] = tables[channel, min(int(linear[y, x, channel] * scale), steps)]
    for y in range(height):
        for x in range(width):
            mine = regions[y, x]
            same = y == 0 or regions[y - 1, x] == mine
            same = same and (y == height - 1 or regions[y + 1, x] == mine)
            same = same and (x == 0 or regions[y, x - 1] == mine) and (x == width - 1 or regions[y, x + 1] == mine)
            border = y == 0 or x == 0 or y == height - 1 or x == width - 1
            for channel in range(3):
                smooth[y, x, channel] = sharp[y, x, channel]
                if not same and not border:
                    total = 0
                    for down in range(-1, 2):
                        for across in range(-1, 2):
                            total += (2 - abs(down)) * (2 - abs(across)) * int(sharp[y + down, x + across, channel])
                    smooth[y, x, channel] = (total + 8) // 16


@compiled
def with_grain(picture: U8, grain: F32, strength: float) -> U8:
    """The picture (h, w, 3) with ``strength`` times ``grain`` (its pixels one after the other) added."""
    noisy = np.empty_like(picture)
    flat, given, strong = noisy.reshape(-1), picture.reshape(-1), np.float32(strength)
    for index in range(len(given)):
        value = np.float32(given[index]) + strong * grain[index]
        flat[index] = np.uint8(min(max(value, np.float32(0.0)), np.float32(255.0)))
    return noisy


@compiled
def blurred(picture: U8, radius: float) -> U8:
    """The picture (h, w, 3) under a Gaussian of ``radius`` < 1 pixels, cut off at two; two pixels at each edge stay."""
    near, far = math.exp(-0.5 / (radius * radius)), math.exp(-2.0 / (radius * radius))
    whole = 1.0 + 2.0 * near + 2.0 * far
    k, m, n = np.float32(1.0 / whole), np.float32(near / whole), np.float32(far / whole)
    height, length = picture.shape[0], picture.shape[1] * 3
    given, soft = picture.reshape(height, length), picture.copy()
    flat, lines = soft.reshape(height, length), np.empty(length, np.float32)
    for y in range(2, height - 2):
        for x in range(length):
            sides = m * (np.float32(given[y - 1, x]) + np.float32(given[y + 1, x]))
            lines[x] = k * given[y, x] + sides + n * (np.float32(given[y - 2, x]) + np.float32(given[y + 2, x]))
        for x in range(6, length - 6):
            value = k * lines[x] + m * (lines[x - 3] + lines[x + 3]) + n * (lines[x - 6] + lines[x + 6])
            flat[y, x] = np.uint8(value + np.float32(0.5))
    return soft


def photographed(linear: F32, regions: I32, rng: np.random.Generator) -> Image.Image:
    """A picture (h, w, 3) of linear light as a camera might have kept it: 8-bit sRGB with a camera's small faults."""
    luminance = linear[::4, ::4] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    level = float(np.exp(np.log(np.maximum(luminance, 1e-3)).mean()))
    exposure = float(np.clip(0.26 / level, 0.15, 8.0) * np.exp(rng.normal(0.0, 0.22)))
    warmth, tint = rng.normal(0.0, 0.06), rng.normal(0.0, 0.02)
    tables = np.stack([tone_table(exposure, gain) for gain in (1 + warmth, 1 + tint, 1 - warmth)])
    sharp, smooth = np.empty(linear.shape, np.uint8), np.empty(linear.shape, np.uint8)
    developed(linear, tables, regions, sharp, smooth)
    grain = _grain_for(smooth.size, rng)
    strength = float(rng.uniform(0.4, 4.0))
    if rng.random() < 0.5:
        smooth = blurred(smooth, float(rng.uniform(0.2, 0.9)))
    final = with_grain(smooth, grain, strength)
    stored = BytesIO()
    Image.fromarray(final).save(stored, "JPEG", quality=int(rng.integers(70, 96)))
    reopened = Image.open(stored)
    reopened.load()
    return reopened
