"""The production web server, started as the Procfile does, watched and killed; and people who are signed in to it."""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PATIENCE_S = 60.0
ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1


def die_with_starter() -> None:
    """In a new process: ask the kernel for SIGKILL when the thread that started it ends, however it does.

    A server that is left over would keep the database of its run from being made anew, a worker would take the messages
    of the next run.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Web:
    """gunicorn as in the Procfile, on a free port of this machine."""

    def __init__(self, log: Path, **environment: str) -> None:
        self.environment = environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = log
        self.start()

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        from labeling.common.supervisor import environment, procfile_command

        here = environment()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                ["sh", "-c", f"exec {procfile_command('web')}"], cwd=ROOT, stdout=output, stderr=output,
                env={**here, **self.environment, "PATH": here["PATH"], "PORT": str(self.port)}, start_new_session=True,
                preexec_fn=die_with_starter,
            )  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while not self.answers():
            if time.monotonic() > until or self.process.poll() is not None:
                raise TimeoutError(f"gunicorn did not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether it serves anything."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", "/static/img/mark.svg")
            return line.getresponse().status == 200
        except OSError:
            return False
        finally:
            line.close()

    def kill(self) -> None:
        """End master and workers as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Let it finish what it has."""
        self.process.terminate()
        self.process.wait()

    def cpu_seconds(self) -> float:
        """Processor time of master and workers so far."""
        master = psutil.Process(self.process.pid)
        spent = [each.cpu_times() for each in (master, *master.children(recursive=True))]
        return float(sum(times.user + times.system for times in spent))


@contextmanager
def procfile_line(name: str, folder: Path, **known: str) -> Iterator[None]:
    """A line of the Procfile for the length of a ``with`` block, in a group of its own, with ``known`` in its environment."""
    from labeling.common.supervisor import environment, procfile_command

    with (folder / f"{name}.log").open("ab") as output:
        started = subprocess.Popen(
            ["sh", "-c", f"exec {procfile_command(name)}"], cwd=ROOT, env={**environment(), **known},
            stdout=output, stderr=output, start_new_session=True, preexec_fn=die_with_starter,
        )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def sessions(people: list[object]) -> list[str]:
    """A session key for each person, as their log-in would give."""
    from django.conf import settings
    from django.test import Client

    keys = []
    for person in people:
        client = Client()
        client.force_login(person)  # type: ignore[arg-type]
        keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return keys


def annotator(**told: object) -> subprocess.Popen[bytes]:
    """Start a process of ``_annotator.py``, told these things."""
    script = str(Path(__file__).with_name("_annotator.py"))
    return subprocess.Popen([sys.executable, "-S", "-E", script, json.dumps(told)], preexec_fn=die_with_starter)
