"""A proof stands on what people were asked about by chance: what contends, and nothing below."""

from __future__ import annotations

import random

import numpy as np
import pytest

from labeling.tags.calibration import probabilities_of
from labeling.tags.evidence import Evidence
from labeling.tags.fitting import LEAST_SHARE, PROVES, SHORT_OF, TEACHES, policy_calibrated
from labeling.tags.signals import Slate

SCENES = 600


def evidence(steep: float) -> Evidence:
    """Scenes of two objects, all decided; the more similar its first product, the likelier an object is right."""
    draw = random.Random(0)
    slates, decided = [], {}
    for n in range(2 * SCENES):
        similarity = draw.random()
        half = TEACHES if (n // 2) % 2 else PROVES
        slates.append(Slate(n, n // 2, half, "sofa", 0.9, (n, -n - 1), (similarity, 0.0), ("", "")))
        decided[n] = draw.random() < 1 - (1 - similarity) ** steep
    return Evidence(slates, decided)


@pytest.mark.parametrize(("steep", "target", "shy"), [(2.0, 0.9, False), (1.0, 0.99, True)])
def test_only_what_contends_is_tested(steep: float, target: float, shy: bool) -> None:
    known = evidence(steep)
    fit = policy_calibrated(known, mine=np.ones(2 * SCENES, dtype=bool), target=target, surest_only=True)
    told = probabilities_of(confidence=fit.confidence, signals=known.signals, categories=known.categories).tolist()
    surest = [max((2 * scene, 2 * scene + 1), key=told.__getitem__) for scene in range(SCENES)]
    falling = sorted((told[n] for n in surest), reverse=True)
    near = max((k for k in range(1, SCENES + 1) if sum(falling[:k]) / k >= target - SHORT_OF), default=0)
    assert (near < LEAST_SHARE * SCENES) == shy
    lowest = falling[max(near, round(LEAST_SHARE * SCENES)) - 1]
    wanted = [n for n in surest if told[n] >= lowest and known.slates[n].half == PROVES]
    assert fit.report["tested"] == len(wanted) < SCENES // 2
