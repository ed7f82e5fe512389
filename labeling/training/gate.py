"""The gate before what is live: better than that on the same held-out scenes, beyond noise."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from labeling.common.errors import ConflictError
from labeling.inference.models import ModelVersion
from labeling.training.models import Comparison, Promotion

KEPT = ("figure", "ours", "theirs", "difference", "low", "high", "scenes")


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether it ``opens``, whether the version is ``better`` beyond noise, and in words why; ``figures`` are those of both."""

    opens: bool
    better: bool
    why: str
    figures: dict[str, Any]

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


def gate_of(*, live: ModelVersion | None, comparison: Comparison | None, promotion: Promotion) -> Gate:
    """Judge a promotion by the comparison with what is live. Raises :class:`ConflictError` for a comparison with another."""
    if live is None:
        return Gate(True, True, "Nothing was live before.", {})
    if promotion.back:
        return Gate(True, False, "A step back asks no gate.", {})
    if comparison is not None and comparison.other_id != live.pk:
        raise ConflictError(f"{live} went live while {promotion.version} was judged beside another. Promote it again.")
    figures = (
        {name: comparison.report.get(name) for name in KEPT} if comparison is not None and comparison.report else {}
    )
    better = bool(figures) and comparison is not None and bool(comparison.report["better"])
    return Gate(better or bool(promotion.reason), better, _why(comparison, figures, better), figures)


def _why(comparison: Comparison | None, figures: dict[str, Any], better: bool) -> str:
    if comparison is None:
        return "There is no snapshot to judge on. Freeze one, or give a reason."
    if not figures:
        return f"They could not be compared: {comparison.error or 'no report'}"
    if better:
        return "Better than what was live, beyond noise."
    if figures["difference"] <= 0:
        return "No better than what is live."
    return (
        f"The gain is within the noise of {figures['scenes']} held-out scenes. Confirm more scenes, or give a reason."
    )
