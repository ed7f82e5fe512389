"""A place of the web: a domain, a subdomain or a subpath of one. Pure."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from labeling.common.errors import ApplicationError

LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


class PlaceRefused(ApplicationError):
    """What was written is no place one could claim."""

    code = "bad_place"


class Place(NamedTuple):
    """A domain in ASCII and a path that is empty or starts with a slash and does not end with one."""

    domain: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.domain}{self.path}"

    def holds(self, domain: str, path: str) -> bool:
        """Whether a page lies in this place. A domain holds its subdomains; a path belongs to one host, whole steps of it."""
        if not self.path:
            return domain == self.domain or domain.endswith(f".{self.domain}")
        return domain == self.domain and (path == self.path or path.startswith(f"{self.path}/"))


def place_of(written: str) -> Place:
    """The place a person means: scheme, ``www.``, port, query and trailing slash do not count. Raises ``PlaceRefused``."""
    text = written.strip()
    parts = urlsplit(text if "//" in text else f"//{text}")
    try:
        domain = domain_of(parts.hostname or "")
    except ValueError as error:
        raise PlaceRefused(
            f"“{written}” is not a domain ({error}). Write it as example.com or example.com/uk."
        ) from error
    labels = domain.split(".")
    if len(labels) < 2 or not all(LABEL.match(label) for label in labels) or _is_address(domain):
        raise PlaceRefused(f"“{written}” is not a domain. Write it as example.com or example.com/uk.")
    return Place(domain, _path(parts.path))


def page_of(url: str, domain: str = "") -> tuple[str, str]:
    """Domain and path of a page, as places compare them.

    A ``domain`` that is named wins over the address, whose path then counts only when it is on that domain.
    """
    parts = urlsplit(url)
    host = _domain_or_nothing(parts.hostname or "")
    named = _domain_or_nothing(domain) or host
    return named, _path(parts.path) if named == host else ""


def _domain_or_nothing(host: str) -> str:
    try:
        return domain_of(host)
    except ValueError:
        return ""


def _path(written: str) -> str:
    return posixpath.normpath(unquote(written) or "/").rstrip("/")


def domain_of(host: str) -> str:
    """A host name in lower-case ASCII without ``www.`` and the closing dot."""
    plain = host.strip().rstrip(".").lower()
    ascii_name = plain.encode("idna").decode("ascii") if plain else ""
    return ascii_name.removeprefix("www.")


def _is_address(domain: str) -> bool:
    try:
        ipaddress.ip_address(domain)
    except ValueError:
        return False
    return True
