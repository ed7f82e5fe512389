"""From linear light to a photograph: exposure, white balance, tone curve, lens and sensor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from showroom.types import Floats

Bytes = npt.NDArray[np.uint8]


def srgb(light: Floats) -> Floats:
    """Linear light to sRGB, both in [0, 1]; values outside are clipped."""
    x = np.clip(light, 0.0, 1.0)
    return np.where(x < 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def tone(light: Floats, white: float = 4.0) -> Floats:
    """Filmic shoulder: keeps the mid tones, rolls ``white`` times diffuse white off softly; the answer is sRGB."""
    y = srgb(1.28 * light * (1 + light / white**2) / (1 + 0.55 * light))
    contrast: Floats = np.clip(y + 0.2 * (y - y * y) * (y - 0.5), 0.0, 1.0)
    return contrast


def auto_exposure(light: Floats, key: float) -> float:
    """Factor that brings the geometric mean luminance of ``light`` (h, w, 3) to ``key``."""
    luminance = np.clip(light.mean(axis=2), 0.02, 3.0)
    return key / float(np.exp(np.log(luminance).mean()))


def auto_white(light: Floats, strength: float) -> Floats:
    """Grey-world gains (3,), applied by ``strength`` in [0, 1]."""
    mean = np.clip(light, 0.0, 2.0).reshape(-1, 3).mean(axis=0)
    gains: Floats = (mean.mean() / np.maximum(mean, 1e-6)) ** strength
    return gains


def develop(light: Floats, rng: np.random.Generator) -> Bytes:
    """A camera's picture (h, w, 3) of linear light: metered, balanced, slightly vignetted, glaring and noisy."""
    height, width = light.shape[:2]
    exposure = auto_exposure(light, rng.uniform(0.25, 0.36))
    tint = np.array([rng.uniform(0.97, 1.04), 1.0, rng.uniform(0.96, 1.04)])
    x = light * exposure * auto_white(light, rng.uniform(0.3, 0.8)) * tint
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    x = x * (1 - rng.uniform(0.05, 0.26) * (rows**2 + columns**2) / 2)[..., None]
    x = x + 0.05 * np.maximum(_blurred(x) - 0.6, 0.0)
    y = tone(x)
    grain = rng.uniform(0.004, 0.014)
    noise = rng.normal(0.0, 1.0, y.shape) * (0.4 + 0.6 * (1 - y)) + 0.7 * rng.normal(0.0, 1.0, (height, width, 1))
    return as_bytes(y + grain * noise)


def as_bytes(picture: Floats) -> Bytes:
    """[0, 1] to 0..255, rounded."""
    return (np.clip(picture, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)


def _blurred(light: Floats, factor: int = 16) -> Floats:
    height, width = light.shape[:2]
    small = (max(width // factor, 1), max(height // factor, 1))
    channels = [Image.fromarray(light[..., k].astype(np.float32)) for k in range(3)]
    soft = [c.resize(small, Image.Resampling.BOX).resize((width, height), Image.Resampling.BICUBIC) for c in channels]
    return np.stack([np.asarray(channel, dtype=np.float64) for channel in soft], axis=2)
