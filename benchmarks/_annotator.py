"""One annotator at the server, as its page is: takes three scenes, submits the first, fetches what comes next.

    python _annotator.py '{"base": "http://127.0.0.1:8000", "session": ..., "campaign": 1, "notes": FILE, ...}'

A process of its own that knows nothing of the house but its HTTP interface, so that many of them race and each can be killed
in the middle of anything. What it is told: ``seconds`` to work (0: until nothing is lent), from ``begin`` on (of the monotonic
clock, so that many begin together), ``think`` seconds a scene, ``twice`` to send every submit two times, ``patience`` seconds to
go on trying a server that does not answer. It writes to ``notes``-PID a line at a time: ``lend MS``, ``submit MS``, ``lent SEAT
SCENE`` (or ``burst``), and ``kept UUID`` once the server has acknowledged a submission.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

HELD = 3
CSRF = "benchmarkbenchmarkbenchmark12345"


class Line:
    """A connection that is kept, with no more to it than a benchmark on the server's own cores may cost."""

    def __init__(self, host: str, port: int, headers: dict[str, str]) -> None:
        self.address = (host, port)
        self.always = "".join(f"{name}: {value}\r\n" for name, value in {"Host": host, **headers}.items())
        self.socket: socket.socket | None = None

    def post(self, path: str, data: bytes) -> tuple[int, bytes]:
        """Status and body; ``OSError`` where the server hangs up."""
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"POST {path} HTTP/1.1\r\n{self.always}Content-Length: {len(data)}\r\n\r\n"
        self.socket.sendall(head.encode() + data)
        got = bytearray()
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        first, *lines = got[:end].decode("latin-1").lower().split("\r\n")
        told = dict(line.split(": ", 1) for line in lines)
        until = end + 4 + int(told["content-length"])
        while len(got) < until:
            got += self._more()
        if told.get("connection") == "close":
            self.close()
        return int(first.split()[1]), bytes(got[end + 4 : until])

    def close(self) -> None:
        """Hang up; the next request calls again."""
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def _more(self) -> bytes:
        assert self.socket is not None
        if part := self.socket.recv(65536):
            return part
        raise ConnectionResetError("the server hung up")


class Annotator:
    """One person's browser: a connection that is kept, and the scenes it holds."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        address = urlsplit(told["base"])
        cookies = f"sessionid={told['session']}; csrftoken={CSRF}"
        headers = {"Content-Type": "application/json", "Cookie": cookies, "X-CSRFToken": CSRF}
        self.line = Line(address.hostname or "", address.port or 80, headers)
        self.notes = os.open(f"{told['notes']}-{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.held: dict[int, dict[str, Any]] = {}

    def note(self, *words: object) -> None:
        """One whole line, or nothing."""
        os.write(self.notes, (" ".join(map(str, words)) + "\n").encode())

    def post(self, path: str, body: object) -> tuple[int, Any]:
        """Send until the server answers with something that is no trouble of its own."""
        data, until = json.dumps(body).encode(), time.monotonic() + self.told.get("patience", 60)
        while True:
            try:
                status, text = self.line.post(path, data)
                if status < 500:
                    return status, json.loads(text) if text else None
            except OSError:
                self.line.close()
            if time.monotonic() > until:
                raise TimeoutError(f"The server does not answer {path}.")
            time.sleep(0.1)

    def lend(self) -> None:
        """Fetch what there is room for."""
        start = time.perf_counter()
        body = {"want": HELD, "have": list(self.held)}
        status, answer = self.post(f"/api/campaigns/{self.told['campaign']}/lend/", body)
        if status != 200:
            raise RuntimeError(f"lend: {status} {answer}")
        self.note("lend", round((time.perf_counter() - start) * 1000, 3))
        for seat in answer["assignments"]:
            self.note("lent", seat["id"], seat["scene"]["id"] if seat["scene"] else "burst")
            self.held[seat["id"]] = seat

    def submit(self, seat: dict[str, Any]) -> None:
        """Confirm all that was proposed, unless this person has decided already."""
        body = {"uuid": str(uuid.uuid4()), "token": seat["token"], "seconds": 5.0}
        body["decisions"] = [confirmed(thing) for thing in seat["objects"]]
        for _ in range(2 if self.told.get("twice") else 1):
            start = time.perf_counter()
            status, answer = self.post(f"/api/assignments/{seat['id']}/submit/", body)
            if status == 409 and "submission" in answer:
                # What this person's last client sent as it was killed has arrived after all.
                return self.note("overtaken", seat["id"])
            if status not in (200, 201):
                raise RuntimeError(f"submit: {status} {answer}")
            self.note("submit", round((time.perf_counter() - start) * 1000, 3))
        self.note("kept", body["uuid"])

    def work(self) -> None:
        """Until the time is up or nothing is left."""
        time.sleep(max(0.0, self.told.get("begin", 0.0) - time.monotonic()))
        until = time.monotonic() + self.told["seconds"] if self.told.get("seconds") else float("inf")
        while time.monotonic() < until:
            self.lend()
            if not self.held:
                return
            if think := self.told.get("think"):
                time.sleep(think)
            self.submit(self.held.pop(next(iter(self.held))))


def confirmed(thing: dict[str, Any]) -> dict[str, Any]:
    """The decision that takes a proposal as it is, with its best match."""
    best = thing["candidates"][0]["product"] if thing["candidates"] else None
    return {
        "uuid": str(uuid.uuid4()), "proposal": thing["proposal"], "verdict": "confirmed", "box": thing["box"],
        "category": thing["category"], "product": best, "grade": "exact" if best else "none", "seconds": 1.0,
    }  # fmt: skip


if __name__ == "__main__":
    Annotator(json.loads(sys.argv[1])).work()
