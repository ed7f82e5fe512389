"""Starts Mitsuba 3 in its fastest usable variant: import ``mi`` and ``dr`` from here, and from nowhere else.

Needs ``mitsuba``. With a libLLVM of version 16 or newer (or ``DRJIT_LIBLLVM_PATH``) rays are traced by compiled kernels, without
it by the far slower scalar variant.
"""

from __future__ import annotations

import os

from showroom.llvm import newest_llvm

_library = newest_llvm()
if _library is not None:
    os.environ.setdefault("DRJIT_LIBLLVM_PATH", str(_library))

import mitsuba as mi  # noqa: E402  (Dr.Jit reads the variable above when it is imported)

COMPILED = "DRJIT_LIBLLVM_PATH" in os.environ
mi.set_variant("llvm_ad_rgb" if COMPILED else "scalar_rgb")

import drjit as dr  # noqa: E402

__all__ = ["COMPILED", "dr", "mi"]
