"""Files appear whole or not at all, their first bytes leave at once, and memory does not grow with the scenes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labeling.datasets.formats import FORMATS, FormatError, SceneRow, format_write, parquet
from tests.labeling.datasets.formats.sets import SCENES, dataset

ALL = sorted(FORMATS)


@pytest.mark.parametrize("name", ALL)
def test_a_failed_write_leaves_what_was_there(name: str, tmp_path: Path) -> None:
    out = tmp_path / f"pairs.{FORMATS[name].suffix}"
    out.write_text("before")
    with pytest.raises(OSError, match="disk"):
        format_write(name, replace(dataset(), scenes=breaks_off()), out)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_text() == "before"


def test_a_failed_folder_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk"):
        format_write("yolo", replace(dataset(), scenes=breaks_off()), tmp_path / "folder")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(FormatError, match="is there already"):
        format_write("voc", dataset(), tmp_path / "folder")
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize("name", ALL)
def test_the_first_bytes_leave_before_the_last_scene_is_read(name: str) -> None:
    taken = 0

    def watched() -> Iterator[SceneRow]:
        nonlocal taken
        for number in range(20_000):
            taken += 1
            yield replace(SCENES[0], scene=str(number), image=f"images/{number:064x}.jpg")

    first = next(FORMATS[name].pieces(replace(dataset(), scenes=watched())))
    assert len(first) > 0
    assert taken <= 1


@pytest.mark.parametrize("name", ALL)
def test_memory_does_not_grow_with_the_scenes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS", 300)
    small, large = (peak(name, scenes, tmp_path / str(scenes)) for scenes in (300, 1_200))
    assert large < small + 500_000, (small, large)


def peak(name: str, scenes: int, folder: Path) -> int:
    """The most bytes Python held while so many scenes were written and read back."""
    rows = (replace(SCENES[0], scene=str(number), image=f"images/{number:064x}.jpg") for number in range(scenes))
    path = folder / f"pairs.{FORMATS[name].suffix}"
    tracemalloc.start()
    try:
        format_write(name, replace(dataset(), scenes=rows), path)
        assert sum(1 for _ in FORMATS[name].read(path)) == scenes
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def breaks_off() -> Iterator[SceneRow]:
    yield SCENES[0]
    raise OSError("disk")
