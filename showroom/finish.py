"""From linear light to something that looks shot with a camera: exposure, white balance, blur, noise and JPEG."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from showroom.raster import F32
from showroom.shading import srgb_of

_STEPS = 4096
_BRIGHTEST = 4.0


@lru_cache(maxsize=1)
def _grain() -> npt.NDArray[np.float32]:
    """Unit normal noise to cut pieces from; drawing it anew for every picture would cost more than the picture."""
    return np.random.default_rng(20_190).standard_normal(4_000_037).astype(np.float32)


def tone_table(exposure: float, gain: float) -> npt.NDArray[np.float32]:
    """Display values in [0, 255] for linear light 0 to 4 in 4,096 steps, with a shoulder that keeps highlights.

    The shoulder is ``x (1 + x / w^2) / (1 + x)`` (Reinhard et al., "Photographic tone reproduction", SIGGRAPH 2002),
    scaled so that mid grey stays where it is.
    """
    x = np.arange(_STEPS) / (_STEPS - 1) * _BRIGHTEST * exposure * gain
    shouldered = 1.25 * x * (1.0 + x / 9.0) / (1.0 + x * 0.5 + x * x / 9.0)
    return srgb_of(shouldered) * np.float32(255.0)


def smoothed_edges(picture: Image.Image, regions: npt.NDArray[np.int32]) -> Image.Image:
    """Anti-aliasing by hand: only the pixels where ``regions`` (h, w) changes take a blurred colour."""
    edge = np.zeros(regions.shape, bool)
    across, down = regions[:, 1:] != regions[:, :-1], regions[1:] != regions[:-1]
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:] |= down
    edge[:-1] |= down
    soft = picture.filter(ImageFilter.Kernel((3, 3), (1, 2, 1, 2, 4, 2, 1, 2, 1)))
    return Image.composite(soft, picture, Image.fromarray(edge))


def photographed(linear: F32, regions: npt.NDArray[np.int32], rng: np.random.Generator) -> Image.Image:
    """A picture (h, w, 3) of linear light as a camera might have kept it: 8-bit sRGB with a camera's small faults."""
    luminance = linear[::4, ::4] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    level = float(np.exp(np.log(np.maximum(luminance, 1e-3)).mean()))
    exposure = float(np.clip(0.26 / level, 0.15, 8.0) * np.exp(rng.normal(0.0, 0.22)))
    warmth, tint = rng.normal(0.0, 0.06), rng.normal(0.0, 0.02)
    index = np.minimum(linear * np.float32((_STEPS - 1) / _BRIGHTEST), _STEPS - 1).astype(np.int32)
    shown = np.empty(linear.shape, np.float32)
    for channel, gain in enumerate((1 + warmth, 1 + tint, 1 - warmth)):
        shown[:, :, channel] = tone_table(exposure, gain)[index[:, :, channel]]
    grain = _grain()
    start = int(rng.integers(len(grain) - shown.size))
    noise = grain[start : start + shown.size].reshape(shown.shape) * np.float32(rng.uniform(0.4, 4.0))
    noisy = smoothed_edges(Image.fromarray(shown.astype(np.uint8)), regions)
    if rng.random() < 0.5:
        noisy = noisy.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 0.9))))
    final = np.clip(np.asarray(noisy, np.float32) + noise, 0, 255).astype(np.uint8)
    stored = BytesIO()
    Image.fromarray(final).save(stored, "JPEG", quality=int(rng.integers(70, 96)))
    return Image.open(stored).convert("RGB")
