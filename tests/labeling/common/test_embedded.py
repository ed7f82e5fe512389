"""The embedded servers: started by the first who needs them, stopped by the last to leave, whatever end the others met."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from labeling import embedded

USER = """
import os, sys
from labeling import embedded
embedded.ensure_up()
print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.slow


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("DATABASE_URL", "REDIS_URL"))}
    return kept | {"LOOKTAG_VAR": str(folder), "PYTHONPATH": str(embedded.ROOT)} | more


class User:
    """A process that uses the servers until it is told to leave."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER],
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.database, self.redis = self.process.stdout.readline().split()

    def leave(self) -> None:
        self.process.communicate(timeout=60)

    def die(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=60)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    for pid in pids(tmp_path / "var"):
        psutil.Process(pid).kill()


def pids(folder: Path) -> list[int]:
    """The servers of a folder that run."""
    files = (folder / "postgres" / "postmaster.pid", folder / "redis" / "redis.pid")
    found = [int(file.read_text().splitlines()[0]) for file in files if file.exists()]
    return [pid for pid in found if psutil.pid_exists(pid)]


def answers(user: User) -> bool:
    connection = psycopg2.connect(user.database)
    connection.close()
    return bool(redis.Redis.from_url(user.redis).ping())


def test_it_works(folder: Path) -> None:
    first, second = User(folder), User(folder)
    assert (first.database, first.redis) == (second.database, second.redis)
    first.leave()
    assert answers(second)
    second.leave()
    assert pids(folder) == []


def test_a_killed_user_holds_nothing(folder: Path) -> None:
    killed, other = User(folder), User(folder)
    killed.die()
    assert answers(other)
    other.leave()
    assert pids(folder) == []


def test_many_at_once_start_one_pair(folder: Path) -> None:
    command = [sys.executable, "-c", USER]
    started = [
        subprocess.Popen(command, env=environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    lines = {process.stdout.readline() for process in started if process.stdout}
    assert len(lines) == 1 and len(pids(folder)) == 2
    for process in started:
        process.communicate(timeout=60)
    assert pids(folder) == []


def test_make_stop_stops_them_whoever_uses_them(folder: Path) -> None:
    user = User(folder)
    command = [sys.executable, str(embedded.ROOT / "labeling" / "embedded.py")]
    said = [subprocess.run(command, env=environment(folder), capture_output=True, text=True).stdout for _ in range(2)]
    assert "are stopped" in said[0] and "No embedded server" in said[1]
    assert pids(folder) == []
    user.die()


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_that_does_not_answer_gives_one_line(folder: Path, name: str) -> None:
    address = {"DATABASE_URL": "postgres://bob:secret@127.0.0.1:9/x", "REDIS_URL": "redis://127.0.0.1:9/0"}[name]
    task = "from django.core.cache import cache; cache.get('x')" if name == "REDIS_URL" else ""
    command = ["shell", "-c", task] if task else ["migrate"]
    told = subprocess.run(
        [sys.executable, "manage.py", *command],
        env=environment(folder, **{name: address}),
        cwd=embedded.ROOT,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 2
    assert len(told.stderr.strip().splitlines()) == 1
    assert name in told.stderr and "127.0.0.1:9" in told.stderr and "secret" not in told.stderr
