"""The web process never loads the model libraries: they stand behind the doors, which only tasks and commands open."""

from __future__ import annotations

import os
import subprocess
import sys

PROBE = """
import sys
import django
django.setup()
import labeling.urls
print(" ".join(name for name in ("torch", "torchvision", "faiss") if name in sys.modules))
"""


def test_it_works() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "labeling.settings"}
    probe = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, env=environment, check=False)
    assert probe.returncode == 0, probe.stderr
    assert probe.stdout.split() == []
