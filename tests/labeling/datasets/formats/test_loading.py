"""Parquet's library is loaded by those who read or write Parquet, and by nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
FRESH = """
import django; django.setup()
import sys
from pathlib import Path
from labeling.datasets.formats import FORMATS, format_write
from tests.labeling.datasets.formats.sets import dataset

for name in sorted(FORMATS, key=lambda name: name == "parquet"):
    path = Path(sys.argv[1]) / f"{name}.{FORMATS[name].suffix}"
    before = "pyarrow" in sys.modules
    format_write(name, dataset(), path)
    assert list(FORMATS[name].read(path)), name
    print(name, before, "pyarrow" in sys.modules)
"""


def test_a_fresh_process_loads_it_for_parquet_alone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    *others, last = done.stdout.splitlines()
    assert last == "parquet False True"
    assert len(others) >= 7 and all(line.endswith(" False False") for line in others), others
