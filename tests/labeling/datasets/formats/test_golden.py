"""What each format writes, to the letter, in ``golden/``: a change there is a change for everybody who reads our files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeling.datasets.formats import FORMATS
from tests.labeling.datasets.formats.sets import GUESSES, SCENES, assert_same, dataset

GOLDEN = Path(__file__).parent / "golden"
ALL = [*SCENES, *GUESSES]


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if each.members])
def test_archives(name: str) -> None:
    members = FORMATS[name].members
    assert members is not None
    found = {}
    for path, content in members(dataset(ALL)):
        if not isinstance(content, bytes):
            content.seek(0)
            content = content.read()
        found[path] = content.decode()
    golden = [path for path in (GOLDEN / name).rglob("*") if path.is_file()]
    assert found == {path.relative_to(GOLDEN / name).as_posix(): path.read_text("utf-8") for path in golden}


@pytest.mark.parametrize("name", ["coco", "cvat", "label-studio"])
def test_files(name: str) -> None:
    golden = GOLDEN / f"{name}.{FORMATS[name].suffix}"
    assert b"".join(FORMATS[name].pieces(dataset(ALL))).decode() == golden.read_text("utf-8")


def test_parquet() -> None:
    """Its bytes depend on the library; its table and its metadata do not."""
    golden = pq.read_table(GOLDEN / "parquet.parquet")
    written = pq.read_table(pa.BufferReader(b"".join(FORMATS["parquet"].pieces(dataset(ALL)))))
    assert written.equals(golden, check_metadata=True)
    assert golden.schema.metadata == {b"looktag_version": b"1", b"looktag_dataset": b"home"}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_golden_files_are_read(name: str) -> None:
    path = GOLDEN / (name if FORMATS[name].members else f"{name}.{FORMATS[name].suffix}")
    order = [row.scene for row in ALL]
    back = sorted(FORMATS[name].read(path), key=lambda each: order.index(each.scene))
    assert_same(ALL, back, picture_names=name == "voc")
