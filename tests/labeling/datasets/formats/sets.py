"""Small sets of scenes that have all that formats get wrong: borders, odd sizes, no objects, letters beyond ASCII."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from labeling.datasets.formats import FORMATS, Dataset, ObjectRow, SceneRow, format_write
from models_ml.types import Box

CATEGORIES = ["lamp", "sofa", "wine-glass"]
SCENES = [
    SceneRow(
        "room-1",
        f"images/aa/aa/{'a' * 64}.jpg",
        640,
        427,
        (
            ObjectRow(Box(0.25, 0.5, 0.75, 1.0), "sofa", "sofa-1", "exact"),
            ObjectRow(Box(0.0, 0.0, 1.0, 1.0), "lamp", "lämp 2", "similar"),
        ),
        "train",
    ),
    SceneRow(
        'rööm <2> & "3"',
        f"images/cc/cc/{'c' * 64}.png",
        301,
        997,
        (ObjectRow(Box(0.123456789, 1 / 3, 0.987654321, 2 / 3), "sofa", "sofa-1", "exact"),),
        "val",
    ),
    SceneRow("empty", f"images/dd/dd/{'d' * 64}.webp", 10, 20, (), "test"),
]
GUESSES = [
    SceneRow(
        "guess",
        f"images/ee/ee/{'e' * 64}.jpg",
        4000,
        3000,
        (ObjectRow(Box(0.1, 0.2, 0.3, 0.4), "wine-glass", score=0.75),),
    )
]


def dataset(scenes: Sequence[SceneRow] = SCENES, **changes: object) -> Dataset:
    """A dataset that can be read once, as those from the database are."""
    return Dataset("home", CATEGORIES, iter(scenes), **changes)  # type: ignore[arg-type]


def written(name: str, folder: Path, scenes: Sequence[SceneRow] = SCENES, **changes: object) -> Path:
    """A file of that format."""
    path = folder / f"{name}.{FORMATS[name].suffix}"
    format_write(name, dataset(scenes, **changes), path)
    return path


def assert_same(before: Sequence[SceneRow], after: Sequence[SceneRow], *, picture_names: bool = False) -> None:
    """The same scenes in the same order, boxes to 1e-6; VOC has no place for more than a picture's name."""
    assert [each.scene for each in after] == [each.scene for each in before]
    for old, new in zip(before, after, strict=True):
        image = Path(old.image).name if picture_names else old.image
        assert (new.image, new.width, new.height, new.split) == (image, old.width, old.height, old.split)
        assert [known(item) for item in new.objects] == [known(item) for item in old.objects]
        for mine, theirs in zip(old.objects, new.objects, strict=True):
            assert theirs.box == pytest.approx(mine.box, abs=1e-6)


def known(item: ObjectRow) -> tuple[object, ...]:
    """All of an object but its box."""
    return item.category, item.product, item.grade, item.score
