"""The servers of production, for tests that take them away: gunicorn on the test's own database, and PostgreSQL itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection

from benchmarks._web import Web
from labeling.embedded import var
from tests.e2e.workers import ROOT, wait_until, worker_environment


@pytest.fixture
def web(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Web]:
    """gunicorn as in the Procfile; it ends with the test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    # Sessions that this process makes must hold there.
    secrets = {"LOOKTAG_SECRET_KEY": settings.SECRET_KEY}
    server = Web(tmp_path / "web.log", **worker_environment(tmp_path) | secrets)
    yield server
    server.kill()


def submits_under_way() -> int:
    """How many statements wait for a lock in the test's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        ((count,),) = cursor.fetchall()
    return int(count)


def crash_postgres() -> None:
    """End the embedded PostgreSQL at once, as a crash does, without a checkpoint. Start it again with the next function."""
    pid = int((var() / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    connection.close()
    server = psutil.Process(pid)
    server.send_signal(signal.SIGQUIT)
    server.wait(30)


def start_postgres() -> None:
    """Start it again: it recovers from its log. This process keeps using it, so it stays when the starter leaves."""
    command = [sys.executable, "-c", "from labeling.embedded import ensure_up; ensure_up()"]
    environment = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    wait_until(_answers, what="PostgreSQL")


def _answers() -> bool:
    try:
        connection.ensure_connection()
    except Exception:
        connection.close()
        return False
    return True
