"""What every benchmark shares: its options, the scratch installation it runs on, and its one JSON line."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# numba asks for the package coverage, and would be given the benchmark of that name.
sys.modules.setdefault("coverage", None)  # type: ignore[arg-type]


def arguments(description: str) -> argparse.ArgumentParser:
    """The options all benchmarks know. ``--json`` leaves nothing but the JSON line on standard output."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; ends within 50 s on 2 cores, and says so")
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    parser.add_argument("--seed", type=int, default=0)
    return parser


@contextmanager
def installation(keep: Path | None = None) -> Iterator[Path]:
    """Django on embedded servers of its own, migrated: empty in a temporary folder, or as it was left in ``keep``."""
    kept = None if keep is None else nullcontext(str(keep.resolve()))
    with kept or tempfile.TemporaryDirectory(prefix="looktag-bench-") as folder:
        for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
            os.environ.pop(name, None)
        os.environ.update(LOOKTAG_VAR=folder, DJANGO_SETTINGS_MODULE="labeling.settings")
        # Only now: settings read the environment when they are first imported.
        import django
        from django.core.management import call_command

        from labeling import embedded

        embedded.ensure_up()
        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield Path(folder)
        finally:
            embedded.stop()


def say(words: str) -> None:
    """To the person who watches; the figures alone go to standard output."""
    print(words, file=sys.stderr, flush=True)


def rows(path: Path) -> list[dict[str, Any]]:
    """All rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def report(options: argparse.Namespace, *, question: str, n: int, **figures: object) -> None:
    """Print the figures: for people unless ``--json``, then one JSON object on the last line."""
    record = {
        "question": question,
        **figures,
        "quick": options.quick,
        "n": n,
        "seed": options.seed,
        "commit": _commit(),
    }
    if not options.json:
        for name, value in record.items():
            print(f"{name:>24}: {value}")
    print(json.dumps(record))


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    return found.stdout.strip() or "unknown"
