"""Shares as pictures: a line from 0 to 100 % with the interval and the value on it, and boxes on their scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import template

from labeling.annotation.intervals import Share
from labeling.catalog.models import Scene
from models_ml.types import Box

register = template.Library()


@register.inclusion_tag("curate/_share.html")
def share_line(share: Share, good: str = "high") -> dict[str, object]:
    """A share with its interval; ``good`` says which end is good, ``high`` or ``low``."""
    if share.value is None or share.low is None or share.high is None:
        return {"empty": True}
    return {
        "percent": f"{share.value:.0%}",
        "hits": share.hits,
        "n": share.n,
        "low": f"{share.low:.0%}",
        "high": f"{share.high:.0%}",
        "from": f"{100 * share.low:.2f}",
        "width": f"{100 * (share.high - share.low):.2f}",
        "at": f"{100 * share.value:.2f}",
        "good": good,
    }


@register.filter
def percent(value: float | None) -> str:
    """A share as whole percent; a dash where there is none."""
    return "–" if value is None else f"{value:.0%}"


@register.filter
def signed(value: float | None) -> str:
    """A difference with its sign, three places; a dash where there is none."""
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


@register.filter
def gain_of(row: Mapping[str, float | None]) -> str:
    """What ours is more than theirs, as :func:`signed`."""
    ours, theirs = row["ours"], row["theirs"]
    return signed(None if ours is None or theirs is None else ours - theirs)


@register.filter
def level(value: float | None) -> str:
    """A share as a number for a style sheet, with a point in any language."""
    return f"{value or 0.0:.3f}"


@register.inclusion_tag("curate/_boxes.html")
def boxes(scene: Scene, numbered: Sequence[tuple[str, Box]], label: str) -> dict[str, object]:
    """A whole scene with numbered boxes."""
    shapes = [
        {
            "number": number,
            "x": f"{box.left * scene.width:.1f}",
            "y": f"{box.top * scene.height:.1f}",
            "width": f"{(box.right - box.left) * scene.width:.1f}",
            "height": f"{(box.bottom - box.top) * scene.height:.1f}",
        }
        for number, box in numbered
    ]
    return {"scene": scene, "shapes": shapes, "label": label, "size": f"{max(scene.width, scene.height) / 32:.1f}"}
