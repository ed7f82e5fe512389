"""Pinterest's Shop-the-Look pair files: JSON lines ``{"product", "scene", "bbox": [left, top, right, bottom]}``.

The box is normalised to [0, 1], origin at the top left. The format carries neither grade nor category.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from labeling.datasets.formats.rows import FormatError, PairRow, whole_file
from models_ml.types import Box


def write(rows: Iterable[PairRow], path: Path) -> int:
    """Write one line a pair; returns how many."""
    count = 0
    with whole_file(path) as file:
        for row in rows:
            count += 1
            record = {"product": row.product, "scene": row.scene, "bbox": list(row.box)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return count


def read(path: Path) -> Iterator[tuple[str, str, Box]]:
    """Yield (product, scene, box) of each line. Raises :class:`FormatError` naming the line."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                record = json.loads(line)
                left, top, right, bottom = (float(value) for value in record["bbox"])
                yield str(record["product"]), str(record["scene"]), Box(left, top, right, bottom)
            except (ValueError, TypeError, KeyError) as error:
                raise FormatError(f"{path} line {number}: not a Shop-the-Look pair ({error!r})") from error
