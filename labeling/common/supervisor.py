"""Running the lines of the Procfile under one supervisor, honcho, as ``make work``, ``serve`` and ``demo`` do."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

STOP_SECONDS = 20


def supervisor_command(names: Sequence[str]) -> list[str]:
    """The command line that runs these lines of the Procfile."""
    honcho = Path(sys.executable).with_name("honcho")
    return [
        str(honcho),
        "--procfile",
        str(settings.BASE_DIR / "Procfile"),
        "--app-root",
        str(settings.BASE_DIR),
        "start",
        *names,
    ]


def procfile_names() -> list[str]:
    """What the Procfile can run."""
    return re.findall(r"^(\w+):", (settings.BASE_DIR / "Procfile").read_text(), flags=re.MULTILINE)


def procfile_command(name: str) -> str:
    """The shell command of one line of the Procfile."""
    (command,) = re.findall(rf"^{name}: *(.+)$", (settings.BASE_DIR / "Procfile").read_text(), flags=re.MULTILINE)
    return str(command)


def environment() -> dict[str, str]:
    """This process's environment, with the virtual environment's programs first on the path."""
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def supervised(names: Sequence[str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run lines of the Procfile for the length of a ``with`` block, their output going to ``log``.

    A SIGTERM or a closed terminal ends the block like Ctrl+C does, so that nothing runs on.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with log.open("ab") as output:
        process = subprocess.Popen(
            supervisor_command(names), env=environment(), stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
