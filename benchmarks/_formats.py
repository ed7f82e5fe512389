"""One pass over one format in a process of its own, so that its memory is its own; told in JSON, it answers in JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from _figures import peak_mib

ROOT = Path(__file__).resolve().parent.parent


def passed(**told: object) -> dict[str, Any]:
    """Start such a process, told these things; returns what it measured."""
    command = [sys.executable, str(Path(__file__)), json.dumps(told)]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, env=dict(os.environ)).stdout
    return dict(json.loads(said))


def main() -> None:
    """Write or read, and print what it took."""
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    # What a worker has loaded before it takes a job is no part of the job.
    import labeling.datasets.tasks  # noqa: F401

    told = json.loads(sys.argv[1])
    idle, start, spent = round(peak_mib(), 1), time.perf_counter(), time.process_time()
    figures = (write if told["what"] == "write" else read)(told["format"], Path(told["path"]), told.get("snapshot", 0))
    figures |= {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(time.process_time() - spent, 3),
        "idle_mb": idle,
        "rss_mb": round(peak_mib(), 1),
    }
    print(json.dumps(figures))


def write(name: str, path: Path, snapshot: int) -> dict[str, Any]:
    """A snapshot as a download streams it."""
    from labeling.datasets.formats import FORMATS
    from labeling.datasets.models import Snapshot
    from labeling.datasets.selectors import dataset_of

    frozen = Snapshot.objects.select_related("vertical").get(pk=snapshot)
    start = time.perf_counter()
    pieces = FORMATS[name].pieces(dataset_of(vertical=frozen.vertical, snapshot=frozen))
    with path.open("wb") as file:
        file.write(next(pieces))
        first = (time.perf_counter() - start) * 1000
        file.writelines(pieces)
    return {"boxes": frozen.pairs, "first_byte_ms": round(first, 1), "mb": round(path.stat().st_size / 2**20, 1)}


def read(name: str, path: Path, snapshot: int) -> dict[str, Any]:
    """The file back, scene by scene."""
    from labeling.datasets.formats import FORMATS

    return {"boxes": sum(len(scene.objects) for scene in FORMATS[name].read(path))}


if __name__ == "__main__":
    main()
