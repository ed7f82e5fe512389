"""Strangers' pages are opened with care: nothing private, nothing endless, nothing but what was checked."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from labeling.common.egress import EgressRefused, fetch
from tests.labeling.common.internet import Internet, internet
from tests.labeling.common.servers import drip, endless, page, redirect, told

PRIVATE = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "224.0.0.1", "0.0.0.0"]
PRIVATE_6 = ["::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]


@pytest.fixture
def net(settings: Any) -> Iterator[Internet]:
    """An internet without sites; every test that adds some calls ``opened``."""
    with internet() as made:
        settings.EGRESS_TEST = made.allowance
        yield made


def opened(net: Internet, settings: Any) -> None:
    settings.EGRESS_TEST = net.allowance


def why(url: str, **limits: Any) -> str:
    """Why an address was not opened."""
    with pytest.raises(EgressRefused) as refused:
        fetch(url, **limits)
    return refused.value.why


def test_it_works(net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/hello?a=1": page("hi")})
    opened(net, settings)
    answer = fetch("http://shop.example/hello?a=1")
    assert (answer.status, answer.body, answer.content_type, answer.cut) == (200, b"hi", "text/html", False)


def test_only_what_the_request_needs_is_said(net: Internet, settings: Any) -> None:
    said: list[dict[str, str]] = []
    net.site("shop.example", {"/": told(said)}, tls=True)
    opened(net, settings)
    fetch("https://SHOP.example./")
    assert said == [
        {"Host": "shop.example", "User-Agent": "Looktag", "Accept-Encoding": "identity", "Connection": "close"}
    ]


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_one_private_address_among_public_ones_is_enough(kind: str, net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": page("hi")})
    opened(net, settings)
    for private in PRIVATE if kind == "A" else PRIVATE_6:
        net.record("shop.example", [("A", "8.8.4.1"), ("AAAA", "2606:4700::1111"), (kind, private)])
        assert why("http://shop.example/") == "address", private
    assert not net.hits


def test_a_name_that_changes_its_mind_is_asked_once(net: Internet, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as inside:
        net.site("shop.example", {"/": page("the checked one")})
        net.record("shop.example", [("A", "8.8.4.1")], [("A", "127.0.0.1")])
        net.routes["127.0.0.1", 80] = inside.getsockname()
        opened(net, settings)
        assert fetch("http://shop.example/").body == b"the checked one"
        assert net.asked["shop.example", "A"] == 1
        assert why("http://shop.example/") == "address"
        inside.settimeout(0.05)
        with pytest.raises(TimeoutError):
            inside.accept()


def test_the_next_address_is_tried_where_one_is_dead(net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": page("hi")}, address="8.8.4.2")
    net.record("shop.example", [("A", "8.8.4.1"), ("A", "8.8.4.2")])
    opened(net, settings)
    assert fetch("http://shop.example/").body == b"hi"


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://shop.example/", "gopher://x", "http://shop.example:8080/", "https://shop.example:80/",
        "http://a:b@shop.example/", "http://@shop.example/", "http:///x", "http://[::1", "http://shop.example:99999/",
        "http://shop.example/a b", "http://shop.example/\r\nX: y", "http://shop.example\\@127.0.0.1/", "http://a\x00b/",
        "http://xn--a/\u2028", "http://shop.example/" + "a" * 5000, "//shop.example/", "", "http://\u2024/",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(url: str, net: Internet) -> None:
    assert why(url) in {"url", "dns"}
    assert not net.hits


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1", "[fe80::1]", "0.0.0.0"]
)
def test_an_address_in_numbers_is_checked_too(host: str, net: Internet) -> None:
    assert why(f"http://{host}/") == "address"
    assert not net.asked


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_an_address_in_disguise_is_only_a_name(host: str, net: Internet) -> None:
    assert why(f"http://{host}/") == "dns"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1/", "address"), ("http://[::1]/", "address"), ("http://169.254.169.254/latest/", "address"),
        ("http://inside.example/", "address"), ("file:///etc/passwd", "url"), ("http://shop.example:22/", "url"),
        ("http://[", "url"), ("//a:b@shop.example/", "url"), ("http://nowhere.example/", "dns"),
    ],
)  # fmt: skip
def test_a_redirect_is_checked_like_any_address(target: str, reason: str, net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": redirect(target)})
    net.record("inside.example", [("A", "192.168.0.1")])
    opened(net, settings)
    assert why("http://shop.example/") == reason


def test_redirects_are_followed_and_counted(net: Internet, settings: Any) -> None:
    answers = {
        "/a": redirect("/b"),
        "/b": redirect("http://shop.example/c"),
        "/c": page("there"),
        "/loop": redirect("/loop"),
        "/odd": redirect("/\u00fc?q=\u00fc"),
        "/%C3%BC?q=%C3%BC": page("odd but there"),
    }
    net.site("shop.example", answers)
    opened(net, settings)
    assert fetch("http://shop.example/a").body == b"there"
    assert why("http://shop.example/loop") == "redirects"
    assert fetch("http://shop.example/\u00fc?q=\u00fc").body == b"odd but there"
    assert fetch("http://shop.example/odd").body == b"odd but there"


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("headers", [False, True])
def test_a_slow_drip_meets_the_deadline(headers: bool, tls: bool, net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": drip(20, headers=headers)}, tls=tls)
    opened(net, settings)
    assert why(f"http{'s' * tls}://shop.example/", seconds=0.4) == "slow"


def test_a_handshake_that_never_comes_meets_it_too(net: Internet, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        net.record("shop.example", [("A", "8.8.4.1")])
        net.routes["8.8.4.1", 443] = mute.getsockname()
        opened(net, settings)
        assert why("https://shop.example/", seconds=0.3) == "slow"


def test_a_name_server_that_is_silent_meets_it_too(net: Internet) -> None:
    net.silent.add("shop.example")
    assert why("http://shop.example/", seconds=0.3) == "dns"


def test_redirects_share_one_deadline(net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": redirect("/slow"), "/slow": drip(20)})
    opened(net, settings)
    assert why("http://shop.example/", seconds=0.3) == "slow"


def test_a_huge_page_is_cut(net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": endless("<html>"), "/exact": page("x" * 1000)})
    opened(net, settings)
    answer = fetch("http://shop.example/", max_bytes=1000)
    assert (len(answer.body), answer.body[:7], answer.cut) == (1000, b"<html>x", True)
    assert not fetch("http://shop.example/exact", max_bytes=1000).cut


def test_nobody_there(net: Internet) -> None:
    net.record("shop.example", [("A", "8.8.4.1")])
    assert why("http://shop.example/") == "connect"


def test_a_name_without_addresses(net: Internet) -> None:
    net.record("shop.example", [("TXT", '"hello"')])
    assert why("http://shop.example/") == why("http://nowhere.example/") == "dns"


def test_a_certificate_for_another_name(net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": page("hi")}, tls=True, certificate_for="other.example")
    opened(net, settings)
    assert why("https://shop.example/") == "tls"
    assert not net.hits


def test_a_certificate_of_nobody_we_know(net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": page("hi")}, tls=True)
    with internet() as other:
        other.record("shop.example", [("A", "8.8.4.1")])
        other.routes = net.routes
        settings.EGRESS_TEST = other.allowance
        assert why("https://shop.example/") == "tls"


def test_plain_words_on_the_port_of_tls(net: Internet, settings: Any) -> None:
    net.site("shop.example", {"/": page("hi")})
    net.routes["8.8.4.1", 443] = net.routes["8.8.4.1", 80]
    opened(net, settings)
    assert why("https://shop.example/") == "tls"


def test_an_answer_that_is_none(net: Internet, settings: Any) -> None:
    def babble(sock: socket.socket) -> None:
        plain, _ = sock.accept()
        plain.recv(1000)
        plain.sendall(b"SSH-2.0-OpenSSH\r\n")
        plain.close()

    with socket.create_server(("127.0.0.1", 0)) as other:
        threading.Thread(target=babble, args=[other], daemon=True).start()
        net.record("shop.example", [("A", "8.8.4.1")])
        net.routes["8.8.4.1", 80] = other.getsockname()
        opened(net, settings)
        assert why("http://shop.example/") == "answer"


def test_without_an_allowance_the_system_is_asked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but ``settings.EGRESS_TEST`` lets loopback in, and no settings of the product have it."""
    assert not hasattr(settings, "EGRESS_TEST")
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: pytest.fail("it connected"))
    assert why("http://127.0.0.1/") == "address"
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED
