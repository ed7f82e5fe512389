"""The frozen file that a version of the ranking is fitted to: what shoppers and people have said of each item until then."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models_ml.reranking.merit import Floats

KEYS = ("x", "seen", "taken", "gain", "sure", "list", "usual")


@dataclass(frozen=True, slots=True)
class Lessons:
    """Items: ``features`` (n, d) in the order of ``names``; how often each was ``seen`` and ``taken`` (n,); what people say
    of it, ``gains`` (n,) in [0, 1] with how ``sure`` (n,) that is, 0 for nothing; the ``lists`` (n,) it is shown in, by
    number; and the ``usual`` (n,) score by which it stood before anything was learned.
    """

    names: tuple[str, ...]
    features: Floats
    seen: Floats
    taken: Floats
    gains: Floats
    sure: Floats
    lists: Floats
    usual: Floats

    def __len__(self) -> int:
        return len(self.seen)

    def digest(self) -> str:
        """sha256 over all of it: two versions fitted to the same lessons are the same version."""
        told = hashlib.sha256(json.dumps(self.names).encode())
        for column in (self.features, self.seen, self.taken, self.gains, self.sure, self.lists, self.usual):
            told.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
        return told.hexdigest()


def lessons_write(lessons: Lessons, path: Path) -> None:
    """Write lessons as JSON lines: the names, then one item a line, every number as it is, to the last bit."""
    columns = (lessons.seen, lessons.taken, lessons.gains, lessons.sure, lessons.lists, lessons.usual)
    with path.open("w", encoding="utf-8") as out:
        out.write(json.dumps({"names": lessons.names}) + "\n")
        for x, *rest in zip(lessons.features.tolist(), *(column.tolist() for column in columns), strict=True):
            out.write(json.dumps(dict(zip(KEYS, (x, *rest), strict=True))) + "\n")


def lessons_read(path: Path) -> Lessons:
    """Read what :func:`lessons_write` wrote. Raises ValueError naming the line at fault."""
    rows: list[list[float]] = []
    names: tuple[str, ...] = ()
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line)
                if number == 1:
                    names = tuple(str(name) for name in record["names"])
                    continue
                row = [*(float(value) for value in record["x"]), *(float(record[key]) for key in KEYS[1:])]
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path} line {number}: not a lesson of {', '.join(KEYS)} ({error!r})") from error
            if len(row) != len(names) + len(KEYS) - 1:
                raise ValueError(f"{path} line {number}: {len(row) - len(KEYS) + 1} features, but {len(names)} names")
            if not np.isfinite(row).all():
                raise ValueError(f"{path} line {number}: every number must be finite")
            rows.append(row)
    if not rows:
        raise ValueError(f"{path}: no lessons; serve looks and let people decide first")
    table = np.array(rows, np.float64)
    d = len(names)
    return Lessons(names, table[:, :d], *(table[:, d + i] for i in range(6)))
