"""Each format reads back what it wrote: boxes to 1e-6, ids, classes, products, grades, splits and scenes without objects."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.datasets.formats import FORMATS, ObjectRow, SceneRow, format_write
from models_ml.types import Box
from tests.labeling.datasets.formats.sets import CATEGORIES, GUESSES, SCENES, assert_same, dataset, written

ALL = sorted(FORMATS)
ARCHIVES = sorted(name for name, each in FORMATS.items() if each.members)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("scenes", [SCENES, GUESSES, SCENES[2:], []], ids=["known", "guessed", "no objects", "nothing"])
def test_there_and_back(name: str, scenes: list[SceneRow], tmp_path: Path) -> None:
    path = written(name, tmp_path, scenes)
    assert_same(scenes, list(FORMATS[name].read(path)), picture_names=name == "voc")


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_folder_holds_the_same_as_an_archive(name: str, tmp_path: Path) -> None:
    format_write(name, dataset(), tmp_path / "folder")
    back = list(FORMATS[name].read(tmp_path / "folder"))
    # A folder is read by name.
    order = {each.scene: place for place, each in enumerate(SCENES)}
    assert_same(SCENES, sorted(back, key=lambda each: order[each.scene]), picture_names=name == "voc")


sides = st.tuples(*[st.floats(0, 1, width=32)] * 2).map(sorted).filter(lambda pair: pair[1] - pair[0] > 1e-3)
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=12).filter(str.strip)
objects = st.builds(
    lambda across, down, category, product, grade: ObjectRow(
        Box(across[0], down[0], across[1], down[1]), category, product, grade
    ),
    sides, sides, st.sampled_from(CATEGORIES), words, st.sampled_from(["exact", "similar"]),
)  # fmt: skip
scenes = st.builds(
    lambda name, size, held, split: (name, size, tuple(held), split),
    words, st.tuples(st.integers(1, 9000), st.integers(1, 9000)), st.lists(objects, max_size=3),
    st.sampled_from(["train", "val", "test"]),
)  # fmt: skip


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(scenes, max_size=4, unique_by=lambda each: each[0]))
def test_any_scenes_there_and_back(
    name: str, drawn: list[tuple[str, tuple[int, int], tuple[ObjectRow, ...], str]]
) -> None:
    rows = [
        SceneRow(scene, f"images/{number:064x}.jpg", *size, held, split)
        for number, (scene, size, held, split) in enumerate(drawn)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = written(name, Path(folder), rows)
        assert_same(rows, list(FORMATS[name].read(path)), picture_names=name == "voc")
