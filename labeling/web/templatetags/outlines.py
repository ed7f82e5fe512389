"""A scene with what a model got right and wrong drawn on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

from labeling.catalog.models import Scene

register = template.Library()


@register.inclusion_tag("_outlines.html")
def outlines(scene: Scene, drawn: Sequence[Mapping[str, Any]], whose: str = "") -> dict[str, object]:
    """Boxes by state (``right``, ``wrong``, ``missed``); the picture's name for a screen reader counts them."""
    counts = Counter(outline["state"] for outline in drawn)
    words = _("%(right)d right, %(wrong)d wrong, %(missed)d missed") % {
        name: counts[name] for name in ("right", "wrong", "missed")
    }
    shapes = [
        {
            "state": outline["state"],
            "words": " ≠ ".join(filter(None, (outline["label"], outline["found"]))),
            "x": f"{outline['box'][0] * scene.width:.1f}",
            "y": f"{outline['box'][1] * scene.height:.1f}",
            "width": f"{(outline['box'][2] - outline['box'][0]) * scene.width:.1f}",
            "height": f"{(outline['box'][3] - outline['box'][1]) * scene.height:.1f}",
        }
        for outline in drawn
    ]
    return {"scene": scene, "shapes": shapes, "label": f"{scene.external_id}, {whose}: {words}".replace(", :", ":")}


@register.filter
def faults(drawn: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong or missed, in words; each thing once."""
    said = [
        " ≠ ".join(filter(None, (outline["label"], outline["found"])))
        for outline in drawn
        if outline["state"] != "right"
    ]
    return list(dict.fromkeys(said))
