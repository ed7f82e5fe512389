"""Parquet: a table of pairs, one a row, in row groups that tools read one at a time; ``datasets.load_dataset`` takes it as it is.

A scene without objects is a row whose box, product and category are null. Boxes are normalised to [0, 1] from the top left.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labeling.datasets.formats.rows import Dataset, FormatError, ObjectRow, SceneRow, box_cut

VERSION = "1"
ROWS = 16_384
"""Rows of a group: what is held in memory at once."""
SIDES = ("left", "top", "right", "bottom")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("scene", "image")),
        *((name, pa.int32()) for name in ("width", "height")),
        ("split", pa.string()),
        *((name, pa.float32()) for name in SIDES),
        *((name, pa.string()) for name in ("category", "product", "grade")),
        ("score", pa.float32()),
    ]
)
OF_SCENE = 5
"""The first columns are the scene's; the others are those of one of its objects."""


def write(dataset: Dataset) -> Iterator[bytes]:
    """The file in pieces, a row group each."""
    sink = _Sink()
    schema = SCHEMA.with_metadata({"looktag_version": VERSION, "looktag_dataset": dataset.name})
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        yield sink.taken()
        rows: list[tuple[Any, ...]] = []
        for scene in dataset.scenes:
            rows += _rows(scene)
            if len(rows) >= ROWS:
                writer.write_table(_table(rows, schema))
                rows.clear()
                yield sink.taken()
        if rows:
            writer.write_table(_table(rows, schema))
    yield sink.taken()


def read(path: Path) -> Iterator[SceneRow]:
    """The scenes of a file that :func:`write` wrote; rows of one scene stand together. Raises :class:`FormatError`."""
    try:
        with pq.ParquetFile(path) as file:
            if missing := set(SCHEMA.names) - set(file.schema_arrow.names):
                raise FormatError(f"{path}: no table of pairs, since {', '.join(sorted(missing))} are missing.")
            for scene, rows in groupby(_read_rows(file), key=lambda row: row[:OF_SCENE]):
                name, image, width, height, split = scene
                objects = tuple(
                    _object(row[OF_SCENE:], f"{path}: scene {name}") for row in rows if row[OF_SCENE] is not None
                )
                yield SceneRow(name or "", image, width, height, objects, split or "")
    except (pa.ArrowException, OSError) as error:
        raise FormatError(f"{path}: not a whole Parquet file ({error}). Export or fetch it again.") from error


class _Sink(io.RawIOBase):
    """A file that hands on what is written to it, and still knows how far it is."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.written = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """How much was written in all."""
        return self.written

    def write(self, piece: Any) -> int:
        """Keep a piece until it is taken."""
        self.waiting.append(bytes(piece))
        self.written += len(self.waiting[-1])
        return len(self.waiting[-1])

    def taken(self) -> bytes:
        """What was written since the last time."""
        piece = b"".join(self.waiting)
        self.waiting.clear()
        return piece


def _rows(scene: SceneRow) -> list[tuple[Any, ...]]:
    own = (scene.scene, scene.image, scene.width, scene.height, scene.split)
    if not scene.objects:
        return [(*own, *(None for _ in SCHEMA.names[OF_SCENE:]))]
    return [(*own, *item.box, item.category, item.product, item.grade, item.score) for item in scene.objects]


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.Table.from_arrays(
        [pa.array(c, kind) for c, kind in zip(columns, schema.types, strict=True)], schema=schema
    )


def _read_rows(file: pq.ParquetFile) -> Iterator[tuple[Any, ...]]:
    for batch in file.iter_batches(batch_size=ROWS, columns=SCHEMA.names):
        columns = batch.select(SCHEMA.names).to_pydict()
        yield from zip(*(columns[name] for name in SCHEMA.names), strict=True)


def _object(row: tuple[Any, ...], place: str) -> ObjectRow:
    *sides, category, product, grade, score = row
    return ObjectRow(box_cut(sides, place), category, product or "", grade or "", score)
