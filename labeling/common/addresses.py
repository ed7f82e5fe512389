"""Which addresses lie in the open internet. Pure.

The lists are those of the IANA special-purpose address registries (RFC 6890), written out: what the standard library calls
global has changed between its releases.
"""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_INSIDE_4 = [
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        # The clouds' metadata and platform services that stand outside the private ranges.
        "168.63.129.16/32",
    )
]  # fmt: skip
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_INSIDE_6 = [
    IPv6Network(each)
    for each in (
        # Protocol assignments, Teredo and ORCHID among them; documentation; the segment routing block.
        "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20", "5f00::/16",
    )
]  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = {0x00005EFE, 0x02005EFE}


def is_public(address: str) -> bool:
    """Whether an address is in the open internet; v4 inside v6 is judged by the v4. False for what is no address."""
    try:
        plain = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(plain, IPv4Address):
        return not any(plain in network for network in _INSIDE_4)
    if plain.scope_id is not None:
        return False
    if plain in _NAT64:
        return is_public(str(IPv4Address(int(plain) & 0xFFFFFFFF)))
    if plain not in _GLOBAL_UNICAST or any(plain in network for network in _INSIDE_6):
        return False
    return all(is_public(str(inner)) for inner in _inside(plain))


def _inside(plain: IPv6Address) -> list[IPv4Address]:
    """The v4 addresses to which a router might unwrap this one."""
    inner = []
    if plain in _SIX_TO_FOUR:
        inner.append(IPv4Address(int(plain) >> 80 & 0xFFFFFFFF))
    if int(plain) >> 32 & 0xFFFFFFFF in _ISATAP:
        inner.append(IPv4Address(int(plain) & 0xFFFFFFFF))
    return inner
