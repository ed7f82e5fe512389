"""One file an engine: a FAISS ``IndexIDMap`` as FAISS writes it (id -1 for the removed), then the facts, then a mark.

FAISS reads to its own end and no further, so plain FAISS opens the same file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from models_ml.index.facts import ROW, Facts
from models_ml.index.ground import Ids, VectorIndexError

MARK = b"looktag-facts-1\n"


def write_engine(path: Path, inner: Any, keys: Ids, facts: Facts) -> None:
    """Write the file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The wrapper insists on an empty index when it is made; the real one takes its place at once.
    wrapped = faiss.IndexIDMap(faiss.IndexFlatIP(inner.d))
    wrapped.index, wrapped.ntotal = inner, inner.ntotal
    wrapped.is_trained, wrapped.metric_type = inner.is_trained, inner.metric_type
    faiss.copy_array_to_vector(keys, wrapped.id_map)
    fresh = path.with_name(path.name + ".part")
    try:
        faiss.write_index(wrapped, str(fresh))
        with fresh.open("ab") as stream:
            stream.write(facts.as_bytes() + MARK)
        os.replace(fresh, path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def read_engine(path: Path) -> tuple[Any, Ids, Facts, Any]:
    """The structure, its ids by position, their facts, and the object that keeps the mapped memory alive.

    Raises FileNotFoundError, or :class:`VectorIndexError` for a file that is damaged or not ours.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no index here; build it first")
    try:
        wrapped = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise VectorIndexError(f"{path} is damaged ({error}); build the index again") from error
    if not isinstance(wrapped, faiss.IndexIDMap):
        raise VectorIndexError(f"{path} holds a {type(wrapped).__name__}, not an index with ids; build it again")
    inner = faiss.downcast_index(wrapped.index)
    keys = np.asarray(faiss.vector_to_array(wrapped.id_map), dtype=np.int64).copy()
    if inner.ntotal != len(keys):
        raise VectorIndexError(f"{path} is damaged ({len(keys)} ids for {inner.ntotal} vectors); build the index again")
    return inner, keys, _facts(path, len(keys)), wrapped


def _facts(path: Path, n: int) -> Facts:
    """The facts at the file's end; of a file without the mark (plain FAISS made it) nothing is known."""
    with path.open("rb") as stream:
        length = stream.seek(0, os.SEEK_END)
        if length < len(MARK) + n * ROW.itemsize:
            return Facts.unknown(n)
        stream.seek(-len(MARK), os.SEEK_END)
        if stream.read() != MARK:
            return Facts.unknown(n)
        stream.seek(-len(MARK) - n * ROW.itemsize, os.SEEK_END)
        return Facts.from_bytes(stream.read(n * ROW.itemsize))
