"""Which addresses are public: nothing inside, however it is written."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.common.addresses import is_public

INSIDE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "100::1", "2001:db8::1",
    "2001::1", "3fff::1", "5f00::1",
    # v4 in v6: mapped, compatible, NAT64, local NAT64, 6to4, Teredo, ISATAP.
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
    "2002:7f00:1::", "2002:a00:1::1", "2001:0:808:808::", "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1",
]  # fmt: skip
OUTSIDE = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "written", ["", "localhost", "2130706433", "0x7f.1", "127.1", "8.8.8.8 ", "8.8.8.8:80", "[::1]"]
)
def test_what_is_no_address_is_not_public(written: str) -> None:
    assert not is_public(written)


@given(st.ip_addresses())
def test_nothing_the_standard_library_calls_private_is_public(address: object) -> None:
    known = ipaddress.ip_address(str(address))
    inside = known.is_private or known.is_loopback or known.is_link_local or known.is_multicast or known.is_unspecified
    assert not (inside and is_public(str(known)))


@given(st.ip_addresses(v=4))
def test_a_v4_hidden_in_a_v6_is_never_more_public_than_bare(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    for whole in (
        number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80,
        0x26064700 << 96 | 0x5EFE << 32 | number,
    ):  # fmt: skip
        assert not is_public(str(ipaddress.IPv6Address(whole))) or is_public(str(inner))
