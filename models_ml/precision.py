"""From past decisions to a threshold that keeps a promised precision. Free of torch.

Scores are finite numbers where more means surer; labels are true where the decision was right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models_ml.calibration import checked

Floats = npt.NDArray[np.float64]

BISECTIONS = 60
STEP_BETWEEN_CUTS = 0.9
"""Each cut of the sequence takes in a ninth more decisions than the one before it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A threshold and what stands behind it: ``right`` of ``kept`` held-out decisions at or above it."""

    threshold: float
    right: int
    kept: int


def precision_lower_bound(successes: int, trials: int, confidence: float = 0.95) -> float:
    """The one-sided exact lower bound of a share (Clopper and Pearson 1934), in [0, 1]; 0 without trials.

    It is the ``p`` at which ``successes`` or more would come up with probability ``1 - confidence``: the beta quantile,
    found by bisection on the binomial tail.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials: give 0 <= successes <= trials")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    if successes == 0:
        return 0.0
    counts = np.arange(successes, trials + 1)
    log_choose = np.array(
        [math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) for k in counts.tolist()]
    )
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        tail = np.exp(log_choose + counts * math.log(middle) + (trials - counts) * math.log1p(-middle)).sum()
        low, high = (low, middle) if tail > 1 - confidence else (middle, high)
    return low


def precision_upper_bound(successes: int, trials: int, confidence: float = 0.95) -> float:
    """The other end: the one-sided exact upper bound of a share, in [0, 1]; 1 without trials."""
    return 1.0 - precision_lower_bound(trials - successes, trials, confidence)


def prove_threshold(
    probabilities: Sequence[float] | Floats, labels: Sequence[bool], target: float, confidence: float = 0.95
) -> Proof | None:
    """The lowest probability from which on precision is at least ``target``, with ``confidence``; None if none is proven.

    ``probabilities`` are what a calibration that has not seen these decisions says of them. The choice among many
    thresholds is paid for by fixed-sequence testing with several starts, the form of Learn then Test (Angelopoulos, Bates,
    Candès, Jordan and Lei 2021, section 4.2) for an order that the labels have no part in: from each start, see
    :func:`_starts`, a sequence goes down cut by cut, each tested by the exact binomial tail at an equal part of the level,
    and ends at the first that fails. Decisions of equal probability stay together.
    """
    if not 0 < target < 1:
        raise ValueError(f"target precision must lie between 0 and 1, got {target}")
    if len(probabilities) == 0:
        return None
    p, y = checked(probabilities, labels)
    order = np.argsort(-p, kind="stable")
    p, y = p[order], y[order]
    cuts = _cuts(p, _fewest(target, confidence))
    if not cuts:
        return None
    starts = _starts(p, cuts, target, _fewest(target, 1 - (1 - confidence) / 2))
    level = 1 - (1 - confidence) / len(starts)
    proof = None
    for start in starts:
        for kept in cuts[start:]:
            right = int(y[:kept].sum())
            if precision_lower_bound(right, kept, level) < target:
                break
            if proof is None or kept > proof.kept:
                proof = Proof(float(p[kept - 1]), right, kept)
    return proof


def _starts(falling: Floats, cuts: Sequence[int], target: float, fewest: int) -> list[int]:
    """Which cuts the sequences begin at, by what the calibration says alone; of two, each keeps ``fewest`` or more.

    One is where the proof would be strongest, were the calibration right; none where it sees no hope. The other is the middle:
    a calibration may be too bold or too shy and yet be right in its order, and people slip, so that few decisions prove little.
    """
    middle = min(range(len(cuts)), key=lambda i: abs(2 * cuts[i] - len(falling)))
    hopes = {i: (float(falling[:n].mean()) - target) * math.sqrt(n) for i, n in enumerate(cuts) if n >= fewest}
    hopeful = [i for i in hopes if hopes[i] > 0]
    return sorted({middle, max(hopeful, key=hopes.__getitem__)} if hopeful else {middle})


def _fewest(target: float, confidence: float) -> int:
    """How many decisions prove the target where all are right."""
    return math.ceil(math.log(1 - confidence) / math.log(target))


def _cuts(falling: Floats, fewest: int) -> list[int]:
    """How many decisions each cut keeps, from the fewest that could prove the target without a fault up to all."""
    sizes, size = [], float(len(falling))
    while size >= fewest:
        # All that are as sure as the last one kept.
        sizes.append(int((falling >= falling[math.ceil(size) - 1]).sum()))
        size *= STEP_BETWEEN_CUTS
    return sorted(set(sizes))
