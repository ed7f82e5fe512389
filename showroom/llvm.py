"""Finds the LLVM library that Dr.Jit, under Mitsuba, compiles its kernels with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

OLDEST = 16
"""Older releases abort on instructions that Dr.Jit emits."""
FOLDERS = tuple(
    Path(name) for name in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")
)


def newest_llvm(folders: Sequence[Path] = FOLDERS) -> Path | None:
    """The newest ``libLLVM`` of version ``OLDEST`` or more in ``folders``; None where there is none."""
    found: list[tuple[int, Path]] = []
    for folder in folders:
        for path in sorted(folder.glob("libLLVM*.so*")):
            match = re.search(r"libLLVM(?:-|\.so\.)(\d+)", path.name)
            if match and int(match.group(1)) >= OLDEST:
                found.append((int(match.group(1)), path))
    return max(found)[1] if found else None
