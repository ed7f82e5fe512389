"""Which code made a model."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = "looktag"
HERE = Path(__file__).resolve().parent.parent


@cache
def code_revision(folder: Path = HERE) -> str:
    """The commit of the checkout in ``folder``; where there is none the installed version, or ``unknown``."""
    # A copy inside somebody else's checkout must not pass for a commit of theirs.
    if (folder / ".git").exists():
        try:
            asked = ["git", "-C", str(folder), "rev-parse", "HEAD"]
            return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            pass
    try:
        return f"{PACKAGE} {version(PACKAGE)}"
    except PackageNotFoundError:
        return "unknown"
