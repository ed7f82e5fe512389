"""A cheap load generator: one thread, raw sockets, requests that are written beforehand.

Open loop: requests are due at their moment whatever the server does, and a wait counts from that moment, so that a server
that stalls cannot hide it (coordinated omission). Closed loop: so many connections, each of which asks again at once.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from _figures import tenth

ANSWER_S = 30.0


@dataclass
class Outcome:
    """Milliseconds of each answer, how many answers there were by status (0: cut off, or none in time), and what it cost."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    generator_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (self.statuses[200] + self.statuses[304]) / self.seconds

    def percentile(self, share: int) -> float:
        """In milliseconds, to a tenth."""
        return tenth(self.waits, share)


@dataclass(slots=True)
class _Line:
    """A connection, and the answer that it waits for."""

    socket: socket.socket
    due: float = 0.0
    asked: bytes = b""
    used: bool = False
    got: bytearray = field(default_factory=bytearray)
    whole: int = -1


Seen = Callable[[int, bytes, bytes], None]
"""Told of each request: the status of its answer (0: none), the answer, and what was asked."""


def request(path: str, *, method: str = "GET", body: bytes = b"", headers: str = "") -> bytes:
    """The bytes of a request; ``headers`` are whole lines."""
    told = f"Content-Length: {len(body)}\r\n" if method != "GET" else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0\r\n{told}{headers}\r\n".encode() + body
    )


def open_loop(
    port: int, requests: Iterator[bytes], *, rate: float, seconds: float, seen: Seen | None = None
) -> Outcome:
    """Send ``rate`` requests a second for so long."""
    return _drive(port, requests, seconds=seconds, rate=rate, most=10_000, seen=seen)


def closed_loop(
    port: int, requests: Iterator[bytes], *, lines: int, seconds: float, seen: Seen | None = None
) -> Outcome:
    """Keep so many requests under way for so long."""
    return _drive(port, requests, seconds=seconds, rate=None, most=lines, seen=seen)


def _drive(
    port: int, requests: Iterator[bytes], *, seconds: float, rate: float | None, most: int, seen: Seen | None
) -> Outcome:
    outcome, watch, idle = Outcome(), selectors.DefaultSelector(), list[_Line]()
    cpu, start = time.process_time(), time.perf_counter()
    until, sent, busy = start + seconds, 0, 0
    while True:
        now = time.perf_counter()
        while busy < most and now < until and (rate is None or start + sent / rate <= now):
            due, asked = now if rate is None else start + sent / rate, next(requests)
            if _send(port, watch, idle, asked, due):
                busy += 1
            else:
                outcome.statuses[0] += 1
                if seen:
                    seen(0, b"", asked)
            sent += 1
        if now >= until and not busy:
            break
        if now > until + ANSWER_S:
            outcome.statuses[0] += busy
            break
        wait = until - now if rate is None or now >= until else start + sent / rate - now
        for key, _ in watch.select(max(wait, 0.0) if now < until else 0.1):
            line = key.data
            state = _read(line)
            if state is None:
                continue
            if line.due and state == 0 and line.used and not line.got:
                # The server closed a line that was idle just as it was asked again: as a browser does, ask once more.
                _close(line, watch)
                if not _send(port, watch, [], line.asked, line.due):
                    outcome.statuses[0] += 1
                    busy -= 1
                    if seen:
                        seen(0, b"", line.asked)
                continue
            if line.due:
                busy -= 1
                outcome.waits.append((time.perf_counter() - line.due) * 1000)
                outcome.statuses[state] += 1
                if seen:
                    seen(state, bytes(line.got), line.asked)
            if state == 0 or b"onnection: close" in line.got[:300]:
                _close(line, watch)
                if line in idle:
                    idle.remove(line)
            else:
                line.due, line.whole, line.used = 0.0, -1, True
                line.got.clear()
                idle.append(line)
    outcome.seconds = time.perf_counter() - start
    outcome.generator_cpu = time.process_time() - cpu
    return outcome


def _send(port: int, watch: selectors.BaseSelector, idle: list[_Line], asked: bytes, due: float) -> bool:
    """Ask on a line that is idle, or on a new one; False where nobody listens."""
    while idle:
        line = idle.pop()
        line.due, line.asked = due, asked
        try:
            line.socket.sendall(asked)
        except OSError:
            _close(line, watch)
            continue
        return True
    try:
        line = _connect(port, watch)
        line.due, line.asked = due, asked
        line.socket.sendall(asked)
    except OSError:
        return False
    return True


def _connect(port: int, watch: selectors.BaseSelector) -> _Line:
    line = _Line(socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S))
    line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.socket.settimeout(ANSWER_S)
    watch.register(line.socket, selectors.EVENT_READ, line)
    return line


def _close(line: _Line, watch: selectors.BaseSelector) -> None:
    watch.unregister(line.socket)
    line.socket.close()


def _read(line: _Line) -> int | None:
    """The status once the answer is whole, 0 where the line was cut, None while more is to come."""
    try:
        part = line.socket.recv(262_144)
    except OSError:
        part = b""
    if not part:
        return 0
    line.got += part
    if line.whole < 0:
        head = line.got.find(b"\r\n\r\n")
        if head < 0:
            return None
        lower = bytes(line.got[:head]).lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        line.whole = head + 4 + length
    return int(line.got[9:12]) if len(line.got) >= line.whole else None
