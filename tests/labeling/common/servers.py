"""Real HTTP servers on loopback, for what opens strangers' pages."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class _Quiet(ThreadingHTTPServer):
    """Says nothing of visitors who hang up, which is what the tests make them do."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def server(answers: dict[str, Answer], *, context: ssl.SSLContext | None = None) -> Iterator[tuple[str, int]]:
    """Serve ``answers`` by path, over TLS with a ``context``; anything else is a 404."""

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            if context is not None:
                self.request.settimeout(5)
                self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def do_GET(self) -> None:
            answers.get(self.path, page("gone", status=404))(self)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *args: object) -> None:
            pass

    httpd = _Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1", httpd.server_port
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def page(text: str, *, status: int = 200) -> Answer:
    """A page of text."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = text.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def marked(text: str, etag: str) -> Answer:
    """A page of text that answers 304 to whoever has seen this version of it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen = handler.headers.get("If-None-Match") == etag
        body = b"" if seen else text.encode()
        handler.send_response(304 if seen else 200)
        handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def receiver(received: list[tuple[dict[str, str], bytes]], *, statuses: Iterator[int] | None = None) -> Answer:
    """Takes in what is posted, headers and body, and answers 204, or the next of ``statuses``."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        received.append((dict(handler.headers), body))
        handler.send_response(next(statuses) if statuses else 204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def redirect(location: str) -> Answer:
    """A redirect."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(start: str = "") -> Answer:
    """A page that says it has 10 GB, and sends for as long as anybody reads."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(10 * 2**30))
        handler.end_headers()
        handler.wfile.write(start.encode())
        try:
            while True:
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            return

    return answer


def told(into: list[dict[str, str]]) -> Answer:
    """A page that notes the headers it was asked with."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        into.append(dict(handler.headers.items()))
        page("hi")(handler)

    return answer


def drip(seconds: float, *, headers: bool = False) -> Answer:
    """A page that never ends, a byte at a time; or one that never even comes to its body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        if headers:
            handler.flush_headers()
            handler.wfile.write(b"X-Slow: ")
        else:
            handler.end_headers()
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                handler.wfile.write(b".")
                handler.wfile.flush()
                time.sleep(0.02)
        except OSError:
            return

    return answer
