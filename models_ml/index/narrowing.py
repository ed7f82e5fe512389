"""How FAISS is asked, and told which positions it may find. Its type stubs do not know these classes' keyword arguments."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from models_ml.index.ground import Ids, Mask
from models_ml.types import Vectors

_faiss: Any = faiss


def among_all(structure: Any, rows: Vectors, k: int) -> tuple[Vectors, Ids]:
    """Scores and positions of the ``k`` nearest of contiguous ``rows`` (n, d): FAISS' own ``search`` without the checks of its
    wrapper, which are a tenth of a search for one vector."""
    scores, places = np.empty((len(rows), k), np.float32), np.empty((len(rows), k), np.int64)
    structure.search_c(len(rows), faiss.swig_ptr(rows), k, faiss.swig_ptr(scores), faiss.swig_ptr(places))
    return scores, places


def one_by_one(allowed: Mask) -> Any:
    """Parameters of a flat search that goes through the allowed positions alone."""
    return _faiss.SearchParameters(sel=_faiss.IDSelectorArray(np.flatnonzero(allowed)))


def in_graph(allowed: Mask, effort: int) -> Any:
    """Parameters of a walk through a graph that passes over what is not allowed."""
    return _faiss.SearchParametersHNSW(sel=_bitmap(allowed), efSearch=effort)


def in_lists(allowed: Mask | None, probes: int) -> Any:
    """Parameters of a search through ``probes`` inverted lists; None allows everything."""
    if allowed is None:
        return _faiss.SearchParametersIVF(nprobe=probes)
    return _faiss.SearchParametersIVF(nprobe=probes, sel=_bitmap(allowed))


def _bitmap(allowed: Mask) -> Any:
    return _faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
