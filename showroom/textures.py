"""Computed materials of the demo products: woods, metals, fabrics, leathers, ceramics, stone and plain paint.

Textures are 256 px square, tile without a seam and are sRGB in [0, 1]. Equal arguments give the same material.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from showroom.types import RGB, Floats, Material

PIXELS = 256
Share = npt.NDArray[np.floating[Any]]

COLORS: dict[str, RGB] = {
    "ivory": (0.93, 0.91, 0.86),
    "cream": (0.89, 0.84, 0.75),
    "oatmeal": (0.77, 0.70, 0.60),
    "sand": (0.80, 0.71, 0.57),
    "camel": (0.69, 0.52, 0.34),
    "mustard": (0.80, 0.59, 0.18),
    "terracotta": (0.71, 0.37, 0.25),
    "rust": (0.58, 0.26, 0.14),
    "blush": (0.86, 0.67, 0.63),
    "burgundy": (0.40, 0.10, 0.16),
    "plum": (0.36, 0.19, 0.32),
    "lilac": (0.67, 0.60, 0.74),
    "navy": (0.12, 0.17, 0.31),
    "denim": (0.32, 0.43, 0.58),
    "sky": (0.62, 0.74, 0.83),
    "teal": (0.10, 0.36, 0.40),
    "sage": (0.57, 0.63, 0.52),
    "olive": (0.41, 0.41, 0.24),
    "forest": (0.13, 0.28, 0.21),
    "silver": (0.70, 0.71, 0.72),
    "charcoal": (0.25, 0.26, 0.28),
    "black": (0.07, 0.07, 0.08),
    "chocolate": (0.30, 0.19, 0.14),
    "white": (0.92, 0.91, 0.88),
}
WOODS: dict[str, tuple[RGB, RGB]] = {
    "oak": ((0.80, 0.64, 0.45), (0.63, 0.46, 0.29)),
    "walnut": ((0.47, 0.31, 0.20), (0.26, 0.16, 0.10)),
    "ash": ((0.86, 0.77, 0.64), (0.72, 0.60, 0.45)),
    "teak": ((0.67, 0.43, 0.24), (0.46, 0.26, 0.13)),
    "cherry": ((0.61, 0.33, 0.20), (0.43, 0.20, 0.11)),
    "black-stained ash": ((0.14, 0.12, 0.11), (0.06, 0.05, 0.05)),
    "white-washed pine": ((0.88, 0.85, 0.80), (0.76, 0.72, 0.66)),
    "grey oak": ((0.62, 0.58, 0.53), (0.45, 0.41, 0.37)),
}
METALS: dict[str, tuple[RGB, float, float]] = {
    "brass": ((0.82, 0.62, 0.30), 1.0, 0.24),
    "chrome": ((0.82, 0.83, 0.85), 1.0, 0.12),
    "copper": ((0.80, 0.47, 0.34), 1.0, 0.26),
    "bronze": ((0.34, 0.25, 0.17), 1.0, 0.35),
    "black steel": ((0.045, 0.045, 0.05), 0.0, 0.42),
    "white steel": ((0.88, 0.87, 0.84), 0.0, 0.38),
}
STONES: dict[str, tuple[RGB, RGB]] = {
    "white marble": ((0.92, 0.91, 0.89), (0.56, 0.55, 0.55)),
    "green marble": ((0.13, 0.25, 0.20), (0.55, 0.66, 0.58)),
    "travertine": ((0.84, 0.77, 0.66), (0.66, 0.56, 0.43)),
}
FABRICS = ("weave", "linen", "boucle", "velvet", "leather")


def noise(frequency_x: float, frequency_y: float, seed: int, falloff: float = 1.6, pixels: int = PIXELS) -> Floats:
    """Tileable ``(pixels, pixels)`` noise, mean 0 and deviation 1, with features of about 1 / frequency of its side."""
    amplitude = _spectrum(frequency_x, frequency_y, falloff, pixels)
    white = np.random.default_rng(seed).standard_normal((pixels, pixels))
    field: Floats = np.fft.irfft2(np.fft.rfft2(white) * amplitude, white.shape)
    scaled: Floats = field / field.std()
    return scaled


@lru_cache(maxsize=16)
def _spectrum(frequency_x: float, frequency_y: float, falloff: float, pixels: int) -> Floats:
    """How strong each wave of `noise` is: (pixels, pixels // 2 + 1), for the transform of real numbers."""
    across, down = np.fft.rfftfreq(pixels) * pixels, np.fft.fftfreq(pixels) * pixels
    wave_x, wave_y = np.meshgrid(across / frequency_x, down / frequency_y)
    amplitude: Floats = (1.0 + wave_x**2 + wave_y**2) ** -falloff
    amplitude[0, 0] = 0.0
    return amplitude


def blend(first: Floats | RGB, second: Floats | RGB, share: Share) -> Floats:
    """``first`` where ``share`` is 0, ``second`` where it is 1; share ``(n, n)`` is clipped."""
    weight = np.clip(share, 0.0, 1.0)
    rest, mixed = 1.0 - weight, np.empty((*weight.shape, 3))
    one, other = np.asarray(first), np.asarray(second)
    # A channel at a time: numpy is slow where the last axis has three elements.
    for channel in range(3):
        mixed[..., channel] = one[..., channel] * rest + other[..., channel] * weight
    return mixed


def color_of(name: str) -> RGB:
    """Base colour of a named fabric, glaze or paint.

    Raises:
        ValueError: there is no such colour.
    """
    if name not in COLORS:
        raise ValueError(f"unknown colour {name!r}; add it to COLORS or use one of {', '.join(COLORS)}")
    return COLORS[name]


def _mean(texture: Floats) -> RGB:
    red, green, blue = (float(value) for value in texture.mean(axis=(0, 1)))
    return red, green, blue


def _shades(color: RGB, darker: float, lighter: float) -> tuple[Floats, Floats]:
    base = np.asarray(color)
    return base * darker, np.minimum(base * lighter + 0.012, 1.0)


@lru_cache(maxsize=64)
def wood(name: str, seed: int = 0) -> Material:
    """Oiled wood of `WOODS`; the grain runs along u, one repeat covers 0.6 m."""
    light, dark = WOODS[name]
    rows = np.linspace(0.0, 1.0, PIXELS, endpoint=False)[:, None]
    rings = np.sin(2 * np.pi * 8 * rows + 2.4 * noise(1.0, 4.0, seed))
    pores = noise(2.0, 60.0, seed + 1, 1.2)
    share = 0.45 + 0.20 * rings + 0.13 * pores + 0.12 * noise(1.0, 2.0, seed + 2)
    texture = blend(light, dark, share)
    return Material(color=_mean(texture), texture=texture, tile=0.6, height=-pores, bump=0.0002, roughness=0.45)


@lru_cache(maxsize=16)
def metal(name: str) -> Material:
    """Bare or powder-coated metal of `METALS`."""
    color, metallic, roughness = METALS[name]
    return Material(color=color, metallic=metallic, roughness=roughness)


@lru_cache(maxsize=16)
def stone(name: str, seed: int = 0) -> Material:
    """Polished stone of `STONES` with thin veins."""
    ground, vein = STONES[name]
    field = noise(2.0, 2.0, seed)
    cloud = 0.10 + 0.10 * noise(3.0, 3.0, seed + 1)
    texture = blend(ground, vein, np.exp(-((field / 0.07) ** 2)) * 0.65 + cloud)
    return Material(color=_mean(texture), texture=texture, tile=0.9, roughness=0.16)


@lru_cache(maxsize=32)
def paint(name: str, roughness: float = 0.5) -> Material:
    """Plain lacquer in a colour of `COLORS`."""
    return Material(color=color_of(name), roughness=roughness)


@lru_cache(maxsize=256)
def fabric(kind: str, color: RGB, seed: int = 0) -> Material:
    """Upholstery of one of `FABRICS` in a base colour.

    Raises:
        ValueError: there is no such fabric.
    """
    if kind not in FABRICS:
        raise ValueError(f"unknown fabric {kind!r}; use one of {', '.join(FABRICS)}")
    if kind == "boucle":
        return _boucle(color, seed)
    if kind == "velvet":
        return _velvet(color, seed)
    if kind == "leather":
        return _leather(color, seed)
    return _woven_cloth(color, seed, threads=24 if kind == "weave" else 42)


def _boucle(color: RGB, seed: int) -> Material:
    loops = noise(20.0, 20.0, seed, 3.0)
    texture = blend(*_shades(color, 0.72, 1.1), 0.55 + 0.3 * loops)
    return Material(_mean(texture), texture, 0.22, height=loops, bump=0.0025, roughness=0.95, sheen=0.3)


def _velvet(color: RGB, seed: int) -> Material:
    share = 0.5 + 0.16 * noise(3.0, 3.0, seed) + 0.06 * noise(50.0, 50.0, seed + 1)
    texture = blend(*_shades(color, 0.84, 1.1), share)
    return Material(_mean(texture), texture, 0.7, roughness=0.6, sheen=1.0)


def _leather(color: RGB, seed: int) -> Material:
    creases = noise(24.0, 24.0, seed, 2.0)
    texture = blend(*_shades(color, 0.78, 1.08), 0.6 + 0.14 * noise(3.0, 3.0, seed + 1) + 0.1 * creases)
    return Material(_mean(texture), texture, 0.3, height=creases, bump=0.0006, roughness=0.42)


def _woven_cloth(color: RGB, seed: int, threads: int) -> Material:
    relief = thread_relief(threads, seed)
    texture = blend(*_shades(color, 0.74, 1.1), 0.55 + 0.28 * relief)
    return Material(_mean(texture), texture, 0.3, height=relief, bump=0.0008, roughness=0.9, sheen=0.15)


def thread_relief(threads: int, seed: int) -> Floats:
    """Height map of a plain weave with ``threads`` threads a side and uneven yarn."""
    y, x = np.mgrid[0:PIXELS, 0:PIXELS] / PIXELS * 2 * np.pi
    yarn = noise(48.0, 4.0, seed, 1.0) + noise(4.0, 48.0, seed + 1, 1.0)
    result: Floats = 0.6 * np.sin(threads * x) * np.cos(threads * y) + 0.35 * yarn
    return result


@lru_cache(maxsize=128)
def ceramic(style: str, color: RGB, accent: RGB, seed: int = 0) -> Material:
    """Glazed stoneware that wraps a turned body once: ``plain``, ``speckled``, ``dipped`` or ``banded``.

    Raises:
        ValueError: there is no such style.
    """
    height = 1.0 - np.mgrid[0:PIXELS, 0:PIXELS][0] / PIXELS
    rng = np.random.default_rng(seed)
    share: Share
    if style == "plain":
        share = 0.12 + 0.08 * noise(2.0, 2.0, seed)
    elif style == "speckled":
        share = 0.85 * (noise(40.0, 40.0, seed, 2.2) > 2.0)
    elif style == "dipped":
        share = 1.0 * (height > rng.uniform(0.4, 0.6) + 0.012 * noise(4.0, 2.0, seed))
    elif style == "banded":
        share = 1.0 * (np.sin(2 * np.pi * height * rng.integers(4, 10)) > rng.uniform(0.1, 0.7))
    else:
        raise ValueError(f"unknown ceramic style {style!r}; use plain, speckled, dipped or banded")
    other = np.asarray(color) * 0.4 if style in ("plain", "speckled") else np.asarray(accent)
    texture = blend(color, other, share)
    return Material(_mean(texture), texture, unit_uv=True, roughness=0.6 if style == "speckled" else 0.25)


@lru_cache(maxsize=32)
def lampshade(color: RGB, emission: float = 1.0) -> Material:
    """Linen shade or opal glass that glows with a relative strength ``emission`` when the lamp is lit."""
    return Material(color=color, roughness=0.9, emission=emission)
