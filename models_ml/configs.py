"""What the values of a checkpoint's config must be, so that a network can be built from them and look at a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models_ml.backbones import BACKBONES


def check_backbone(record: Mapping[str, Any]) -> None:
    """A ``backbone`` that this version knows, where one is given, or ValueError naming those it does."""
    name = record.get("backbone", next(iter(BACKBONES)))
    if name not in BACKBONES:
        raise ValueError(f"no backbone {name!r}; choose one of {', '.join(BACKBONES)}")


def check_whole(record: Mapping[str, Any], least: Mapping[str, int]) -> None:
    """Each of these values, where it is given, a whole number no smaller than its least, or ValueError naming it."""
    for name, limit in least.items():
        value = record.get(name, limit)
        if not isinstance(value, int) or isinstance(value, bool) or value < limit:
            raise ValueError(f"{name} must be a whole number of {limit} or more, got {value!r}")


def check_classes(classes: object) -> None:
    """Names, at least one and none twice, or ValueError."""
    if not isinstance(classes, Sequence) or isinstance(classes, str) or not classes:
        raise ValueError(f"classes must be a list of names, got {classes!r}")
    if not all(isinstance(name, str) and name for name in classes) or len(set(classes)) < len(classes):
        raise ValueError(f"classes must be names, none of them twice, got {list(classes)!r}")


def check_sides(levels: object) -> None:
    """The anchors' sides: as many on every level, all over 0, or ValueError."""
    rows = [list(level) for level in levels] if isinstance(levels, Sequence) else []
    sizes = {len(row) for row in rows}
    if (
        len(sizes) != 1
        or 0 in sizes
        or not all(isinstance(side, int | float) and side > 0 for row in rows for side in row)
    ):
        raise ValueError(f"anchor_sides must be as many sides over 0 on every level, got {levels!r}")
