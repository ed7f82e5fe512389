"""The only code that opens a stranger's URL.

http and https on their own ports; every address the name resolves to must be public; the connection goes to the address
that was checked, so that a name cannot change its mind in between; redirects are checked again and counted; time and size
are limited; no credentials and no cookies travel. What is posted goes to the very address that was named: a redirect is
an answer like any other there.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

from labeling.common.errors import ApplicationError

SCHEMES = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}


class EgressRefused(ApplicationError):
    """The address may not be opened, or did not answer as it should; the message says which and why."""

    code = "egress"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the address after redirects, the status, the content type and at most ``max_bytes`` of the body.

    ``etag`` and ``modified`` are what the server marks this version of the page with, empty where it does not.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    etag: str = ""
    modified: str = ""


def fetch(
    url: str,
    *,
    max_bytes: int = 200_000,
    seconds: float = 10.0,
    redirects: int = 3,
    etag: str = "",
    modified: str = "",
) -> Answer:
    """GET a public page. Raises :class:`EgressRefused`.

    With the ``etag`` or ``modified`` of an earlier answer, a page that has not changed since answers 304 without a body.
    """
    deadline = time.monotonic() + seconds
    asked = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in asked.items() if value}
    for _ in range(redirects + 1):
        answer, location = _ask("GET", url, headers, None, max_bytes, deadline)
        if answer.status not in REDIRECTS or not location:
            return answer
        url = urljoin(url, location)
    raise EgressRefused(f"{url}: more than {redirects} redirects. Name the final address.")


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int = 10_000, seconds: float = 10.0
) -> Answer:
    """POST to a public address, once. A redirect is not followed: what is signed for one reader is for no other.

    Raises :class:`EgressRefused`, also where the answer did not come in time; the other side may have read it all the same.
    """
    answer, _ = _ask("POST", url, headers, body, max_bytes, time.monotonic() + seconds)
    return answer


def public_addresses(host: str, port: int) -> list[str]:
    """All addresses of a host; raises where it has none or any of them is not public."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise EgressRefused(
            f"{host} has no address ({error}). Check the spelling, or wait until its DNS is published."
        ) from error
    for address in found:
        if not is_public(address):
            raise EgressRefused(f"{host} leads to {address}, which is not a public address.")
    return found


def is_public(address: str) -> bool:
    """Whether an address is in the open internet; v4 inside v6 is judged by the v4."""
    plain = ipaddress.ip_address(address.split("%")[0])
    if isinstance(plain, ipaddress.IPv6Address):
        inner = plain.ipv4_mapped or plain.sixtofour or (plain.teredo[1] if plain.teredo else None)
        if inner is None and plain in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(plain) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def _checked(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise EgressRefused(f"{url}: only http and https addresses are opened.")
    if parts.username or parts.password:
        raise EgressRefused(f"{url}: addresses with a name or password in them are not opened.")
    if parts.port not in (None, SCHEMES[parts.scheme]):
        raise EgressRefused(f"{url}: only ports 80 and 443 are opened.")
    return parts


def _ask(
    method: str, url: str, headers: Mapping[str, str], sent: bytes | None, max_bytes: int, deadline: float
) -> tuple[Answer, str]:
    parts = _checked(url)
    host, port = parts.hostname or "", SCHEMES[parts.scheme]
    # Tests serve a page on loopback under a name of their own; no setting of the environment reaches this.
    allowed: dict[str, tuple[str, int]] = getattr(settings, "EGRESS_TEST_HOSTS", {})
    address, port = allowed[host] if host in allowed else (public_addresses(host, port)[0], port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        left = max(deadline - time.monotonic(), 0.001)
        with socket.create_connection((address, port), timeout=left) as plain, _cut_at(plain, deadline):
            sock = plain
            if parts.scheme == "https":
                sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
            connection = http.client.HTTPConnection(host, port)
            connection.sock = sock
            try:
                plainly = {"User-Agent": "Looktag", "Accept-Encoding": "identity"}
                connection.request(method, path, body=sent, headers={**headers, **plainly})
                response = connection.getresponse()
                body = _body(response, max_bytes)
                if time.monotonic() >= deadline:
                    raise TimeoutError("too slow")
                marks = [response.getheader(name, "") for name in ("Content-Type", "ETag", "Last-Modified")]
                answer = Answer(url, response.status, marks[0], body, *marks[1:])
                return answer, response.getheader("Location", "")
            finally:
                connection.close()
    except (OSError, http.client.HTTPException) as error:
        raise EgressRefused(f"{url} did not answer ({error}).") from error


@contextmanager
def _cut_at(sock: socket.socket, deadline: float) -> Iterator[None]:
    """Cut the connection at the deadline. A timeout of its own would start anew with every byte a slow server drips."""
    timer = threading.Timer(max(deadline - time.monotonic(), 0.001), _cut, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(sock: socket.socket) -> None:
    # Where the other side has hung up already there is nothing left to cut.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _body(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    body = b""
    while len(body) < max_bytes and (piece := response.read1(min(16_384, max_bytes - len(body)))):
        body += piece
    return body
