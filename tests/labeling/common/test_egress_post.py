"""What is sent out goes to the address that was named and checked, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.common.egress import EgressRefused, fetch, post
from tests.labeling.common.servers import drip, marked, receiver, redirect, server

Received = list[tuple[dict[str, str], bytes]]


def test_it_works(settings: Any) -> None:
    received: Received = []
    with server({"/hook?a=1": receiver(received)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        answer = post("http://shop.example/hook?a=1", b'{"new": 3}', headers={"Content-Type": "application/json"})
    ((headers, body),) = received
    assert (answer.status, body, headers["Content-Type"]) == (204, b'{"new": 3}', "application/json")
    assert headers["Host"].startswith("shop.example")


@pytest.mark.parametrize("status", [400, 410, 500])
def test_a_no_is_an_answer(status: int, settings: Any) -> None:
    with server({"/": receiver([], statuses=iter([status]))}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        assert post("http://shop.example/", b"", headers={}).status == status


def test_a_redirect_is_not_followed(settings: Any) -> None:
    received: Received = []
    with server({"/": redirect("/other"), "/other": receiver(received)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        assert post("http://shop.example/", b"secret", headers={}).status == 302
    assert not received


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://localhost/", "file:///etc/passwd"]
)
def test_nothing_is_posted_inside(url: str) -> None:
    with pytest.raises(EgressRefused):
        post(url, b"secret", headers={})


def test_a_slow_reader_meets_the_deadline(settings: Any) -> None:
    with server({"/": drip(3)}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        with pytest.raises(EgressRefused, match="did not answer"):
            post("http://shop.example/", b"x", headers={}, seconds=0.3)


def test_a_header_cannot_smuggle_another(settings: Any) -> None:
    with server({"/": receiver([])}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        with pytest.raises(ValueError, match="header"):
            post("http://shop.example/", b"", headers={"X-Id": "1\r\nCookie: a=b"})


def test_what_was_seen_is_not_sent_again(settings: Any) -> None:
    with server({"/": marked("hello", '"v1"')}) as address:
        settings.EGRESS_TEST_HOSTS = {"shop.example": address}
        first = fetch("http://shop.example/")
        again = fetch("http://shop.example/", etag=first.etag, modified=first.modified)
    assert (first.status, first.body, first.etag, first.modified) == (200, b"hello", '"v1"', "")
    assert (again.status, again.body) == (304, b"")
