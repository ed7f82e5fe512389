"""A place of the web that one could claim: a domain, a subdomain or a subpath of one. Pure."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import idna
from publicsuffixlist import PublicSuffixList

from labeling.common.errors import ApplicationError

LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
PLACE_LIMIT, MOST_STEPS = 750, 8


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
    """The place a person means: scheme, ``www.``, port, query and trailing slash do not count. Raises ``PlaceRefused``.

    A name that many people register under, such as ``co.uk`` or the domain of a shared host, is nobody's (the Public Suffix
    List says which, in the snapshot that its library carries).
    """
    text = written.strip()
    try:
        parts = urlsplit(text if re.match(r"([a-z][a-z0-9+.-]*:)?//", text, re.IGNORECASE) else f"//{text}")
        domain = domain_of(parts.hostname or "")
    except ValueError as error:
        raise PlaceRefused(
            f"“{written}” is not a domain ({error}). Write it as example.com or example.com/uk."
        ) from error
    labels = domain.split(".")
    if len(labels) < 2 or not all(LABEL.match(label) for label in labels) or _is_address(domain) or len(domain) > 253:
        raise PlaceRefused(f"“{written}” is not a domain. Write it as example.com or example.com/uk.")
    if _suffixes().is_public(domain):
        raise PlaceRefused(
            f"Many people have domains under {domain}, so it is nobody's to claim. Name your own, as in my-shop.{domain}."
        )
    path = _path(parts.path)
    if (
        len(f"{domain}{path}".encode()) > PLACE_LIMIT
        or path.count("/") > MOST_STEPS
        or re.search(r"[\x00-\x1f\x7f\\\ufffd]", path)
    ):
        raise PlaceRefused(
            f"The path of a place has at most {MOST_STEPS} steps of plain characters, {PLACE_LIMIT} bytes with its domain. "
            "Name a shorter one."
        )
    return Place(domain, path)


def page_of(url: str) -> tuple[str, str]:
    """Domain and path of an address, as places compare them; the domain is empty where it is none."""
    try:
        parts = urlsplit(url)
        return domain_of(parts.hostname or ""), _path(parts.path)
    except ValueError:
        return "", ""


def domain_of(host: str) -> str:
    """A host name in lower-case ASCII (IDNA 2008) without ``www.`` and the closing dot. Raises ``ValueError``."""
    plain = host.strip().lower()
    if plain and not _is_address(plain):
        plain = idna.encode(plain, uts46=True, std3_rules=True).decode("ascii")
    plain = plain.rstrip(".")
    bare = plain.removeprefix("www.")
    return bare if "." in bare else plain


def _path(written: str) -> str:
    return re.sub("/{2,}", "/", posixpath.normpath(unquote(written) or "/")).rstrip("/")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _is_address(domain: str) -> bool:
    try:
        ipaddress.ip_address(domain)
    except ValueError:
        return False
    return True
