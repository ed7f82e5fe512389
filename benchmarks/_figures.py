"""Percentiles of what was timed, and how much memory a process holds: the same in every benchmark."""

from __future__ import annotations

import resource
import statistics
from collections.abc import Sequence

import psutil


def percentile(values: Sequence[float], share: int) -> float:
    """That below which ``share`` per cent of the values lie, in their unit, in a straight line between two of them."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def tenth(values: Sequence[float], share: int) -> float:
    """The same to a tenth, as milliseconds are told."""
    return round(percentile(values, share), 1)


def resident_mib() -> float:
    """What this process holds in memory now, in MiB."""
    return float(psutil.Process().memory_info().rss) / 2**20


def peak_mib() -> float:
    """The most that this process has held in memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
