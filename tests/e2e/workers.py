"""A real Celery worker on the test's own database, broker and files, to be watched and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from benchmarks._web import die_with_starter

ROOT = Path(__file__).resolve().parent.parent.parent
BROKER_DATABASE = 5
QUEUES = "fast,query,live,default,gpu,train,promote"
PATIENCE = 120.0


class Worker:
    """One worker process in a process group of its own. ``log`` holds what it said."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        command = [sys.executable, "-m", "celery", "-A", "labeling", "worker", "-P", "solo", "-Q", QUEUES, "-l", "INFO"]
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, "--without-gossip", "--without-mingle"],
                cwd=ROOT,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_starter,
            )

    def kill(self) -> None:
        """End the whole group as a power cut would (SIGKILL)."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to finish what it has and leave."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()


def broker_address() -> str:
    """The Redis of the tests, in a database that no other worker listens to."""
    address = os.environ["REDIS_URL"]
    plain = address.split("?")[0]
    return (
        f"{plain}?db={BROKER_DATABASE}"
        if plain.startswith("unix://")
        else f"{plain.rsplit('/', 1)[0]}/{BROKER_DATABASE}"
    )


def celery_address() -> str:
    """The same for Celery, which spells sockets and their databases in its own way."""
    return broker_address().replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")


def worker_environment(files: Path) -> dict[str, str]:
    """What a worker must be told to work on the test's database and in the folder ``files``."""
    database = connection.settings_dict
    return {
        **os.environ,
        "DATABASE_URL": _database_url(database["NAME"]),
        "REDIS_URL": broker_address(),
        "CELERY_BROKER_URL": celery_address(),
        "LOOKTAG_VAR": str(files),
        "LOOKTAG_DETECTION_MIN_SCORE": str(settings.DETECTION_MIN_SCORE),
        "LOOKTAG_DETECTIONS_MAX": str(settings.DETECTIONS_MAX),
        "LOOKTAG_MODEL_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def empty_broker() -> None:
    """Forget every message of an earlier test."""
    client = redis.Redis.from_url(broker_address())
    client.flushdb()
    client.close()


def wait_until(true: Callable[[], bool], *, what: str, log: Path | None = None, seconds: float = PATIENCE) -> None:
    """Look again and again until ``true`` holds; the failure tells what did not come about and the end of the log."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-3000:] if log else ""
            raise AssertionError(f"{what} did not come about in {seconds:.0f} s. {said}")
        time.sleep(0.02)


def _database_url(name: str) -> str:
    address, _, query = os.environ["DATABASE_URL"].partition("?")
    start, _, _ = address.rpartition("/")
    return f"{start}/{name}" + (f"?{query}" if query else "")
