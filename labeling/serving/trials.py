"""What an experiment shows, at whatever moment one looks, and what it could show before it starts. Pure.

Visitors are given an arm, so visitors are what is counted: one who looks often weighs often, but is one witness. A rate is
clicks an impression; its variance is that of the linearised ratio over visitors (Deng, Knoblich and Lu, Applying the delta
method in metric analytics, KDD 2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from scipy.special import betaln

ALPHA = 0.05
LEAST_VISITORS = 100
LEAST_TAKEN = 20
MIXTURE = 0.05
"""The spread of the log lifts that the sequential test is tuned to: it is keenest for lifts of about this size."""
MISMATCH_ALPHA = 0.001
MISMATCH_STRENGTH = 1000.0


@dataclass(frozen=True, slots=True)
class Arm:
    """Sums over the visitors of one arm: impressions ``n``, takings ``c``, and their squares and products."""

    visitors: int = 0
    n: float = 0.0
    c: float = 0.0
    nn: float = 0.0
    cc: float = 0.0
    nc: float = 0.0

    @property
    def rate(self) -> float | None:
        """Takings an impression; None before the first."""
        return self.c / self.n if self.n else None

    @property
    def log_variance(self) -> float:
        """The variance of the log of the rate; infinite where too little is known to say."""
        if self.visitors < 2 or self.c <= 0:
            return math.inf
        rate = self.c / self.n
        spread = max(self.cc - 2 * rate * self.nc + rate * rate * self.nn, 0.0) * self.visitors / (self.visitors - 1)
        return spread / self.c**2


@dataclass(frozen=True, slots=True)
class Finding:
    """Treatment over control less 1, with a 95 % interval and a p-value that both stay valid however often one looks.

    ``low`` and ``high`` are the interval of the lift, None while too little is known; ``fixed_low`` and ``fixed_high`` are
    the ordinary interval, valid for one who looks once. ``decided`` says that 0 lies outside the first.
    """

    control: float | None
    treatment: float | None
    lift: float | None
    low: float | None
    high: float | None
    fixed_low: float | None
    fixed_high: float | None
    p: float
    decided: bool


def finding(control: Arm, treatment: Arm, *, alpha: float = ALPHA, mixture: float = MIXTURE) -> Finding:
    """Compare two arms by the mixture sequential probability ratio test (Robbins 1970; Johari, Koomen, Pekelis and Walsh,
    Always valid inference, Operations Research 2022) of the log of the ratio of their rates.

    Under a normal mixture of variance ``mixture``^2 the ratio stays under 1 / alpha with probability 1 - alpha at all times,
    once rates are normal enough: nothing is said before ``LEAST_VISITORS`` and ``LEAST_TAKEN`` in each arm.
    """
    a, b = control.rate, treatment.rate
    known = all(arm.visitors >= LEAST_VISITORS and arm.c >= LEAST_TAKEN for arm in (control, treatment))
    lift = b / a - 1 if a and b is not None else None
    if not known or a is None or b is None:
        return Finding(a, b, lift, None, None, None, None, 1.0, False)
    log_lift, variance = math.log(b / a), control.log_variance + treatment.log_variance
    reach = radius(variance, alpha=alpha, mixture=mixture)
    plain = NormalDist().inv_cdf(1 - alpha / 2) * math.sqrt(variance)
    p = min(1.0, 1 / likelihood_ratio(log_lift, variance, mixture=mixture))
    low, high = math.expm1(log_lift - reach), math.expm1(log_lift + reach)
    fixed = math.expm1(log_lift - plain), math.expm1(log_lift + plain)
    return Finding(a, b, lift, low, high, *fixed, p, low > 0 or high < 0)


def likelihood_ratio(log_lift: float, variance: float, *, mixture: float = MIXTURE) -> float:
    """How much likelier the estimate is under the mixture of lifts than under none."""
    if variance <= 0 or math.isinf(variance):
        return 1.0
    spread = mixture**2
    exponent = log_lift**2 * spread / (2 * variance * (variance + spread))
    return math.exp(min(exponent, 700.0)) * math.sqrt(variance / (variance + spread))


def radius(variance: float, *, alpha: float = ALPHA, mixture: float = MIXTURE) -> float:
    """How far the always-valid interval reaches from the estimate: where the ratio is 1 / alpha."""
    spread = mixture**2
    told = math.log((variance + spread) / variance) / 2 - math.log(alpha)
    return math.sqrt(2 * variance * (variance + spread) / spread * told)


def power(lift: float, *, rate: float, visitors: int, share: float, impressions: float, spread: float = 1.0) -> float:
    """At least how likely a true ``lift`` is decided once ``visitors`` have come, in [0, 1].

    ``rate`` is takings an impression, ``impressions`` those of a visitor, and ``spread`` how much more takings vary between
    visitors than chance alone would have it. Looking earlier as well can only find more.
    """
    a, b = (
        _foreseen(rate * (1 + each), visitors * part, impressions, spread)
        for each, part in ((0, 1 - share), (lift, share))
    )
    variance = a + b
    reach, away = radius(variance), abs(math.log1p(lift))
    return NormalDist().cdf((away - reach) / math.sqrt(variance))


def visitors_needed(
    lift: float, *, rate: float, share: float, impressions: float, spread: float = 1.0, wanted: float = 0.8
) -> int:
    """How many visitors decide a true ``lift`` with the ``wanted`` power; at most 10^9."""
    low, high = 1, 10**9
    while low < high:
        middle = (low + high) // 2
        enough = power(lift, rate=rate, visitors=middle, share=share, impressions=impressions, spread=spread) >= wanted
        low, high = (low, middle) if enough else (middle + 1, high)
    return low


def mismatch(control: int, treatment: int, share: float) -> float:
    """The p-value, valid whenever one looks, of visitors being split otherwise than by ``share``: a sign that something
    loses or doubles them, and that nothing else the experiment says can be believed.

    One over the Bayes factor of a beta mixture around the share against the share itself (Lindon and Malek, Anytime-valid
    inference for multinomial count data, NeurIPS 2022).
    """
    a, b = MISMATCH_STRENGTH * share, MISMATCH_STRENGTH * (1 - share)
    mixed = betaln(treatment + a, control + b) - betaln(a, b)
    told = mixed - treatment * math.log(share) - control * math.log(1 - share)
    return min(1.0, math.exp(-min(told, 700.0))) if told > 0 else 1.0


def _foreseen(rate: float, visitors: float, impressions: float, spread: float) -> float:
    """The variance of the log rate that so many visitors will leave."""
    return spread * (1 - min(rate, 0.99)) / (max(visitors, 1e-9) * impressions * rate)
