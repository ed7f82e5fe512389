"""Loops over pixels and triangles, compiled by numba where it is installed and run by plain Python where it is not.

Both give the same pictures; plain Python takes some hundred times as long, so whoever draws more than a few installs
numba (``requirements-dev.txt``). The machine code is kept beside the sources, so only the first run waits for it.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
COMPILING = importlib.util.find_spec("numba") is not None
"""Whether loops run as machine code here."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function of numbers, arrays and named tuples of arrays. Division by zero gives inf or nan, as in numpy.

    Calls between such functions are inlined: handing over a tuple of arrays for each pixel costs more than the work.
    """
    if not COMPILING:
        return function
    quick: Callable[P, R] = importlib.import_module("numba").njit(cache=True, error_model="numpy", forceinline=True)(
        function
    )
    return quick
