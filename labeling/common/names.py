"""What the DNS says of a stranger's name, asked with a time limit and without the machine's own host file or search list."""

from __future__ import annotations

import ipaddress
import time

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from django.conf import settings

from labeling.common.errors import ApplicationError

MOST_RECORDS = 40


class NameUnknown(ApplicationError):
    """The DNS has no such record, or did not answer; ``final`` where the domain itself says that there is none."""

    code = "dns"

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final


def addresses_of(host: str, *, deadline: float) -> list[str]:
    """All addresses of a host, v4 first; ``deadline`` is of ``time.monotonic``. Raises :class:`NameUnknown`."""
    literal = host.strip("[]")
    try:
        return [str(ipaddress.ip_address(literal))]
    except ValueError:
        pass
    found: list[str] = []
    silent: NameUnknown | None = None
    for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
        try:
            found += [record.to_text() for record in _asked(host, kind, deadline)]
        except NameUnknown as error:
            silent = silent if error.final else error
    if not found:
        raise silent or NameUnknown(f"{host} has no address. Check the spelling, or publish its DNS first.", final=True)
    return found[:MOST_RECORDS]


def texts_of(host: str, *, deadline: float) -> list[str]:
    """The TXT records of a host, each with its parts joined; none where it has none. Raises :class:`NameUnknown`."""
    if host in getattr(settings, "EGRESS_TEST_HOSTS", {}):
        return []
    try:
        records = _asked(host, dns.rdatatype.TXT, deadline)
    except NameUnknown as error:
        if error.final:
            return []
        raise
    return [b"".join(record.strings).decode("utf-8", "replace") for record in records][:MOST_RECORDS]


def _asked(host: str, kind: dns.rdatatype.RdataType, deadline: float) -> dns.resolver.Answer:
    left = deadline - time.monotonic()
    if left <= 0:
        raise NameUnknown(f"There was no time left to ask the DNS for {host}.", final=False)
    try:
        # Absolute, so that no search list of this machine is tried behind it.
        name = dns.name.from_text(host.rstrip(".") + ".")
        return _resolver().resolve(name, kind, search=False, lifetime=left)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
        raise NameUnknown(f"{host} has no {dns.rdatatype.to_text(kind)} record.", final=True) from error
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise NameUnknown(f"The DNS did not answer for {host} ({type(error).__name__}).", final=False) from error


def _resolver() -> dns.resolver.Resolver:
    # Tests ask a server of their own on loopback; no setting of the environment reaches this.
    allowance = getattr(settings, "EGRESS_TEST", None)
    if allowance is None:
        return dns.resolver.Resolver()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [allowance.nameserver[0]]
    resolver.port = allowance.nameserver[1]
    return resolver
