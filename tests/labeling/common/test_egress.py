"""Strangers' pages are opened with care: nothing private, nothing endless."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from labeling.common.egress import EgressRefused, fetch, is_public
from tests.labeling.common.servers import drip, page, redirect, server

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "fe80::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


def test_it_works(settings: Any) -> None:
    with server({"/hello?a=1": page("hi")}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        answer = fetch("http://shop.example/hello?a=1")
    assert (answer.status, answer.body, answer.content_type) == (200, b"hi", "text/html")


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: asked)
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: pytest.fail("it connected"))
    with pytest.raises(EgressRefused, match="not a public address"):
        fetch("http://rebind.example/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://shop.example/",
        "http://shop.example:8080/",
        "http://a:b@shop.example/",
        "http:///x",
        "gopher://x",
    ],
)
def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(EgressRefused, match="opened"):
        fetch(url)


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/", "file:///etc/passwd"]
)
def test_a_redirect_inside_is_refused(target: str, settings: Any) -> None:
    with server({"/": redirect(target)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        with pytest.raises(EgressRefused):
            fetch("http://shop.example/")


def test_redirects_are_followed_and_counted(settings: Any) -> None:
    answers = {
        "/a": redirect("/b"),
        "/b": redirect("http://shop.example/c"),
        "/c": page("there"),
        "/loop": redirect("/loop"),
    }
    with server(answers) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        assert fetch("http://shop.example/a").body == b"there"
        with pytest.raises(EgressRefused, match="redirects"):
            fetch("http://shop.example/loop")


def test_a_slow_drip_meets_the_deadline(settings: Any) -> None:
    with server({"/": drip(3)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        with pytest.raises(EgressRefused, match="did not answer"):
            fetch("http://shop.example/", seconds=0.3)


def test_headers_that_drip_meet_it_too(settings: Any) -> None:
    with server({"/": drip(3, headers=True)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        with pytest.raises(EgressRefused, match="did not answer"):
            fetch("http://shop.example/", seconds=0.3)


def test_a_large_page_is_cut(settings: Any) -> None:
    with server({"/": page("x" * 50_000)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        assert fetch("http://shop.example/", max_bytes=1000).body == b"x" * 1000


def test_nobody_there(settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EGRESS_TEST_HOSTS = {"shop.example": taken.getsockname()}
        with pytest.raises(EgressRefused, match="did not answer"):
            fetch("http://shop.example/")
