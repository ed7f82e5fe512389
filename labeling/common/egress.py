"""The only code that opens a stranger's URL.

http and https on their own ports; every address the name resolves to must be public; the connection goes to an address
that was checked, so that a name cannot change its mind in between; redirects are checked again and counted; time and size
are limited; no credentials and no cookies travel. What is posted goes to the very address that was named: a redirect is
an answer like any other there. ``docs/security.md`` says what is promised.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna
from django.conf import settings

from labeling.common.addresses import is_public
from labeling.common.errors import ApplicationError
from labeling.common.names import NameUnknown, addresses_of

SCHEMES = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}
MOST_ADDRESSES_TRIED = 4
URL_LIMIT = 4000

Why = Literal["url", "dns", "address", "connect", "tls", "slow", "redirects", "answer"]


class EgressRefused(ApplicationError):
    """The address may not be opened, or did not answer as it should; the message says which, ``why`` is for programs."""

    code = "egress"

    def __init__(self, message: str, *, why: Why) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the address after redirects, the status, the content type and at most ``max_bytes`` of the body.

    ``cut`` says that the body went on beyond them; ``etag`` and ``modified`` are what the server marks this version of the
    page with, empty where it does not.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    etag: str = ""
    modified: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class EgressAllowance:
    """Lets tests stand in for the internet: their own name server, and for each checked address and port the loopback port
    that answers for it. What is not routed cannot be reached, and every check is made as ever.

    Only a test can set it, as ``settings.EGRESS_TEST``: nothing reads it from the environment.
    """

    nameserver: tuple[str, int]
    routes: Mapping[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    authority: str | None = None


def fetch(
    url: str,
    *,
    max_bytes: int = 200_000,
    seconds: float = 10.0,
    redirects: int = 3,
    etag: str = "",
    modified: str = "",
) -> Answer:
    """GET a public page. ``seconds`` are for all of it, names and redirects included. Raises :class:`EgressRefused`.

    With the ``etag`` or ``modified`` of an earlier answer, a page that has not changed since answers 304 without a body.
    """
    deadline = time.monotonic() + seconds
    asked = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in asked.items() if value}
    for _ in range(redirects + 1):
        answer, location = _ask("GET", url, headers, None, max_bytes, deadline)
        if answer.status not in REDIRECTS or not location:
            return answer
        try:
            url = urljoin(url, location)
        except ValueError as error:
            raise EgressRefused(f"{url} redirects to what is no address ({error}).", why="url") from error
    raise EgressRefused(f"{url}: more than {redirects} redirects. Name the final address.", why="redirects")


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int = 10_000, seconds: float = 10.0
) -> Answer:
    """POST to a public address, once. A redirect is not followed: what is signed for one reader is for no other.

    Raises :class:`EgressRefused`, also where the answer did not come in time; the other side may have read it all the same.
    """
    answer, _ = _ask("POST", url, headers, body, max_bytes, time.monotonic() + seconds)
    return answer


def public_addresses(host: str, *, deadline: float) -> list[str]:
    """All addresses of a host; raises where it has none or any of them is not public."""
    try:
        found = addresses_of(host, deadline=deadline)
    except NameUnknown as error:
        raise EgressRefused(error.message, why="dns") from error
    for address in found:
        if not is_public(address):
            whither = host if host.strip("[]") == address else f"{host} leads to {address}, which"
            raise EgressRefused(f"{whither} is not a public address.", why="address")
    return found


def _checked(url: str) -> SplitResult:
    """The parts of an address that may be opened, its host in ASCII and its path quoted."""
    if len(url) > URL_LIMIT or re.search(r"[\x00-\x20\x7f\\]", url):
        raise EgressRefused(f"{url[:100]!r} is no web address.", why="url")
    try:
        parts = urlsplit(url)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError as error:
        raise EgressRefused(f"{url[:200]}: no web address ({error}).", why="url") from error
    if parts.scheme not in SCHEMES or not host:
        raise EgressRefused(f"{url}: only http and https addresses are opened.", why="url")
    if parts.username is not None or parts.password is not None:
        raise EgressRefused(f"{url}: addresses with a name or password in them are not opened.", why="url")
    if port not in (None, SCHEMES[parts.scheme]):
        raise EgressRefused(f"{url}: only ports 80 and 443 are opened.", why="url")
    # What is quoted already stays as it is.
    path, query = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._"), quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return SplitResult(parts.scheme, f"[{host}]" if ":" in host else host, path, query, "")


def _ascii(host: str) -> str:
    plain = host.rstrip(".")
    return plain.lower() if plain.isascii() else idna.encode(plain, uts46=True).decode("ascii")


def _ask(
    method: str, url: str, headers: Mapping[str, str], sent: bytes | None, max_bytes: int, deadline: float
) -> tuple[Answer, str]:
    parts = _checked(url)
    host, port = parts.netloc, SCHEMES[parts.scheme]
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    # The host is named here, since the library would add the port of the connection.
    ours = {"Host": host, "User-Agent": "Looktag", "Accept-Encoding": "identity", "Connection": "close"}
    try:
        with (
            closing(_connected(host, port, deadline)) as plain,
            _cut_at(plain, deadline),
            closing(_secured(plain, host) if parts.scheme == "https" else plain) as sock,
        ):
            connection = http.client.HTTPConnection(host)
            connection.sock = sock
            connection.request(method, target, body=sent, headers={**headers, **ours})
            return _answered(connection.getresponse(), url, max_bytes)
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= deadline or isinstance(error, TimeoutError):
            raise EgressRefused(f"{url} did not answer in time.", why="slow") from error
        if isinstance(error, ssl.SSLError):
            words = getattr(error, "verify_message", "") or error.reason or error
            raise EgressRefused(
                f"{url} has no valid certificate or speaks TLS wrongly ({words}).", why="tls"
            ) from error
        raise EgressRefused(f"{url} did not answer ({error or type(error).__name__}).", why="answer") from error


def _answered(response: http.client.HTTPResponse, url: str, max_bytes: int) -> tuple[Answer, str]:
    """The answer and where it redirects to. One byte too many is read, to know whether there is more."""
    body = b""
    while len(body) <= max_bytes and (piece := response.read1(min(16_384, max_bytes + 1 - len(body)))):
        body += piece
    kind, etag, modified = (response.getheader(name, "") for name in ("Content-Type", "ETag", "Last-Modified"))
    answer = Answer(url, response.status, kind, body[:max_bytes], etag, modified, len(body) > max_bytes)
    return answer, response.getheader("Location", "")


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """A connection to one of the addresses that were checked, and to nothing else."""
    # Tests alone have these, and a setting of the environment reaches neither: names served on loopback over http as they
    # are, or an internet of their own behind every check.
    served: Mapping[str, tuple[str, int]] = getattr(settings, "EGRESS_TEST_HOSTS", {})
    allowance: EgressAllowance | None = getattr(settings, "EGRESS_TEST", None)
    if host in served and port == SCHEMES["https"]:
        raise EgressRefused(f"Nothing answers at {host}, port {port} (the test serves http alone).", why="connect")
    if host in served:
        return socket.create_connection(served[host], timeout=max(deadline - time.monotonic(), 0.001))
    tried = public_addresses(host, deadline=deadline)[:MOST_ADDRESSES_TRIED]
    last: OSError | None = None
    for position, address in enumerate(tried):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        end = (address, port) if allowance is None else allowance.routes.get((address, port))
        try:
            if end is None:
                raise ConnectionRefusedError("the tests route nothing there")
            return socket.create_connection(end, timeout=left / (len(tried) - position))
        except OSError as error:
            last = error
    raise EgressRefused(f"Nothing answers at {host}, port {port} ({last}).", why="connect")


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    allowance: EgressAllowance | None = getattr(settings, "EGRESS_TEST", None)
    context = ssl.create_default_context(cafile=allowance.authority if allowance is not None else None)
    return context.wrap_socket(plain, server_hostname=host.strip("[]"))


@contextmanager
def _cut_at(sock: socket.socket, deadline: float) -> Iterator[None]:
    """Cut the connection at the deadline: a timeout of its own would start anew with every byte a slow server drips.

    TLS takes the socket over, so the cut is made through a second handle of the same connection. Raises ``TimeoutError``
    after a cut, even where the answer looked whole: it may have been cut short.
    """
    with closing(sock.dup()) as handle:
        timer = threading.Timer(max(deadline - time.monotonic(), 0.001), _cut, [handle])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
        if time.monotonic() >= deadline:
            raise TimeoutError


def _cut(sock: socket.socket) -> None:
    # Where the other side has hung up already there is nothing left to cut.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
