"""A box cut out of its picture without making a new picture: an SVG whose view box is the box."""

from __future__ import annotations

from django import template

from labeling.catalog.models import Scene
from models_ml.types import Box

register = template.Library()
MARGIN = 0.12


@register.inclusion_tag("_crop.html")
def crop(scene: Scene, box: Box, label: str) -> dict[str, object]:
    """The box with some of its surroundings; ``label`` says in words what is seen."""
    width, height = (box.right - box.left) * scene.width, (box.bottom - box.top) * scene.height
    left, top = box.left * scene.width, box.top * scene.height
    margin = MARGIN * max(width, height)
    view = (left - margin, top - margin, width + 2 * margin, height + 2 * margin)
    return {
        "image": scene.image_url,
        "width": scene.width,
        "height": scene.height,
        "view": _numbers(view),
        "frame": dict(zip(("x", "y", "width", "height"), map(_number, (left, top, width, height)), strict=True)),
        "label": label,
    }


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(map(_number, values))


def _number(value: float) -> str:
    # As text, so that no language writes a comma where SVG wants a point.
    return f"{value:.2f}"
