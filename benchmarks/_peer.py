"""Label Studio, the peer, driven through a folder of scripts that is given and never needed: ``setup.sh`` and ``bench.py``.

``setup.sh install`` makes a virtual environment of its own; ``setup.sh start pg gunicorn`` starts it on a PostgreSQL of its own;
``bench.py load`` and ``bench.py loop`` print JSON. State lies under ``LSB_HOME``, by default in the temporary folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

STATEMENT_LOOPS_S = 6


class Peer:
    """A running Label Studio with a project of ``tasks`` images, five boxes with a product each, finished where ``annotated``."""

    def __init__(self, folder: Path, tasks: int, *, annotated: bool = False) -> None:
        self.folder = folder.resolve()
        self.home = Path(os.environ.get("LSB_HOME", Path(tempfile.gettempdir()) / "looktag-peer"))
        self.home.mkdir(parents=True, exist_ok=True)
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "LSB_HOME": str(self.home), "PATH": tools}
        for name in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL"):
            self.environment.pop(name, None)
        self.python = self.home / "venv" / "bin" / "python"
        if not self.python.exists():
            self._setup("install")
        self._setup("start", "pg", "gunicorn")
        finished = ("--annotated",) if annotated else ()
        self.loaded: dict[str, Any] = self._bench("load", "--tasks", str(tasks), *finished)
        self.project = self.loaded["project"]

    def loop(self, users: int, seconds: float) -> dict[str, Any]:
        """What ``bench.py loop`` says of so many annotators."""
        words = ("loop", "--project", str(self.project), "--users", str(users), "--seconds", str(seconds))
        return dict(self._bench(*words)[0])

    def export(self) -> dict[str, dict[str, Any]]:
        """What ``bench.py export`` says of JSON and COCO: seconds, processor time of the server, memory, first byte."""
        return dict(self._bench("export", "--project", str(self.project))["export"])

    def statements_per_loop(self) -> float:
        """SQL statements a loop, as its PostgreSQL logs them, those that open and close transactions left out."""
        log = self.home / "pgdata" / "log"
        self._sql("ALTER SYSTEM SET log_statement = 'all'")
        self._sql("SELECT pg_reload_conf()")
        start = log.stat().st_size
        loops = self.loop(1, STATEMENT_LOOPS_S)["loops"]
        said = statements(log, start)
        self._sql("ALTER SYSTEM RESET log_statement")
        self._sql("SELECT pg_reload_conf()")
        return round(said / max(loops, 1), 1)

    def stop(self) -> None:
        """Server, pictures and database."""
        self._setup("stop", "all")

    def _setup(self, *words: str) -> None:
        subprocess.run(
            [str(self.folder / "setup.sh"), *words], env=self.environment, check=True, stdout=sys.stderr, cwd=self.home
        )

    def _bench(self, *words: str) -> Any:
        command = [str(self.python), str(self.folder / "bench.py"), *words]
        told = subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE, cwd=self.home)
        return json.loads(told.stdout)

    def _sql(self, statement: str) -> None:
        port = os.environ.get("LSB_PG_PORT", "55433")
        words = ["psql", "-q", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "ls", "-c", statement]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def statements(log: Path, start: int) -> int:
    """How many statements PostgreSQL has logged since byte ``start``, without BEGIN, COMMIT, savepoints and settings."""
    count = 0
    with log.open("rb") as file:
        file.seek(start)
        for line in file:
            for mark in (b"LOG:  statement: ", b"LOG:  execute "):
                _, found, words = line.partition(mark)
                if found:
                    said = words.split(b": ", 1)[-1] if b"execute" in mark else words
                    count += not said.lstrip().upper().startswith(CONTROL)
    return count


CONTROL = tuple(
    word.encode()
    for word in (
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "SET ",
        "SHOW ",
        "ALTER SYSTEM",
        "SELECT PG_RELOAD",
    )
)
