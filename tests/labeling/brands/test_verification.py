"""Proof of a place, looked for on real servers; what was found and what was expected is told for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labeling.brands.verification import Finding, file_path, meta_tag, meta_tokens, proof_find, txt_record
from tests.labeling.common.internet import Internet, internet
from tests.labeling.common.servers import drip, endless, page, redirect

TOKEN, OTHER = "0123456789abcdef", "fedcba9876543210"
FILE, META = file_path(TOKEN), f"<html><head>{meta_tag(TOKEN)}</head></html>"


@pytest.fixture
def net() -> Iterator[Internet]:
    """An internet without sites."""
    with internet() as made:
        yield made


def look(net: Internet, settings: Any, *, domain: str = "bram.example", path: str = "") -> Finding:
    settings.EGRESS_TEST = net.allowance
    return proof_find(domain=domain, path=path, token=TOKEN)


def found(finding: Finding) -> dict[str, str]:
    """What was found, by proof."""
    assert not finding.proven
    return {sighting.proof: sighting.found for sighting in finding.sightings}


def test_it_works(net: Internet, settings: Any) -> None:
    net.site("bram.example", {FILE: page(f"{TOKEN}\n")}, tls=True)
    finding = look(net, settings)
    assert (finding.proven, finding.proof) == (True, "file")
    assert finding.words == f"Found the file at https://bram.example{FILE}."
    assert [(each.proof, each.proven) for each in finding.sightings] == [("dns", False), ("file", True)]


def test_a_txt_record_among_others(net: Internet, settings: Any) -> None:
    net.record(
        "bram.example", [("TXT", '"v=spf1 -all"'), ("TXT", f'"{txt_record(TOKEN)[:20]}" "{txt_record(TOKEN)[20:]}"')]
    )
    finding = look(net, settings)
    assert (finding.proven, finding.proof, finding.words) == (True, "dns", "Found the TXT record of bram.example.")


def test_a_txt_record_of_the_domain_proves_a_path_and_no_subdomain(net: Internet, settings: Any) -> None:
    net.record("bram.example", [("TXT", f'"{txt_record(TOKEN)}"')])
    assert look(net, settings, path="/uk").proven
    assert not look(net, settings, domain="shop.bram.example").proven


def test_the_meta_tag_of_a_path(net: Internet, settings: Any) -> None:
    net.site("bram.example", {"/uk/": page(META), "/b%C3%BC%3F/": page(META)})
    assert look(net, settings, path="/uk").proof == "meta"
    assert look(net, settings, path="/bü?").proof == "meta"
    assert not look(net, settings).proven


@pytest.mark.parametrize("www", ["", "www."])
def test_https_then_http_with_www_or_without(www: str, net: Internet, settings: Any) -> None:
    net.site(f"{www}bram.example", {FILE: page(TOKEN)})
    assert look(net, settings).words == f"Found the file at http://{www}bram.example{FILE}."


def test_a_redirect_within_the_place_is_followed(net: Internet, settings: Any) -> None:
    net.site("bram.example", {FILE: redirect(f"https://www.bram.example{FILE}")})
    net.site("www.bram.example", {FILE: page(TOKEN)}, address="8.8.4.2", tls=True)
    assert look(net, settings).words == f"Found the file at https://www.bram.example{FILE}."


@pytest.mark.parametrize(
    "target", ["https://moved.example", "https://sub.bram.example", "https://bram.example.moved.example"]
)
def test_a_redirect_out_of_the_place_proves_nothing(target: str, net: Internet, settings: Any) -> None:
    net.site("bram.example", {FILE: redirect(f"{target}{FILE}"), "/": redirect(f"{target}/")}, tls=True)
    net.site(target.removeprefix("https://"), {FILE: page(TOKEN), "/": page(META)}, address="8.8.4.2", tls=True)
    said = found(look(net, settings))
    assert said["file"] == f"It redirects to “{target}{FILE}”, which is another place. Claim that one, or answer here."
    assert "another place" in said["meta"]


def test_a_path_is_not_proven_from_beside_it(net: Internet, settings: Any) -> None:
    net.site("bram.example", {"/uk/": redirect("/"), "/": page(META), f"/uk{FILE}": redirect(FILE), FILE: page(TOKEN)})
    assert "another place" in found(look(net, settings, path="/uk"))["meta"]


@pytest.mark.parametrize(
    "body",
    [
        f"<html><head></head><body>{meta_tag(TOKEN)}</body></html>",
        f"<html><head></head>{meta_tag(TOKEN)}</html>",
        f"<html><head><!-- {meta_tag(TOKEN)} --></head></html>",
        f"<html><head><title>{TOKEN}</title></head></html>",
        f"<html><head><title>{meta_tag(TOKEN)}</title></head></html>",
        f"<html><head><noscript>{meta_tag(TOKEN)}</noscript></head></html>",
        f"<html><head><template>{meta_tag(TOKEN)}</template></head></html>",
        f"<html><head><script>'{meta_tag(TOKEN)}'</script></head></html>",
        f"<p>a guest book</p>{meta_tag(TOKEN)}",
        f'<html><head><meta name="other" name="looktag-site-verification" content="{TOKEN}"></head></html>',
    ],
)
def test_what_is_no_proof(body: str, net: Internet, settings: Any) -> None:
    assert TOKEN not in meta_tokens(body)
    net.site("bram.example", {"/": page(body), FILE: page(f"say {TOKEN}")}, tls=True)
    finding = look(net, settings)
    said = found(finding)
    assert said == {
        "dns": "Found no TXT record.",
        "file": f"Found another text: “say {TOKEN}”.",
        "meta": "Found no such tag in the head of the page.",
    }
    assert [sighting.expected for sighting in finding.sightings] == [txt_record(TOKEN), TOKEN, meta_tag(TOKEN)]


def test_the_token_of_another_claim(net: Internet, settings: Any) -> None:
    net.site("bram.example", {"/": page(META.replace(TOKEN, OTHER)), FILE: page(OTHER)}, tls=True)
    net.record("bram.example", [("A", "8.8.4.1"), ("TXT", f'"{txt_record(OTHER)}"')])
    said = found(look(net, settings))
    assert said["dns"] == f"Found the token of another claim: “{txt_record(OTHER)}”."
    assert said["file"] == f"Found another text: “{OTHER}”."
    assert said["meta"] == f"Found the tag of another claim: “{OTHER}”."


def test_an_error_page_with_the_token_is_no_proof(net: Internet, settings: Any) -> None:
    net.site("bram.example", {FILE: page(TOKEN, status=404), "/": page(META, status=500)}, tls=True)
    said = found(look(net, settings))
    assert (said["file"], said["meta"]) == ("It answered 404 instead of 200.", "It answered 500 instead of 200.")


def test_bad_tls_is_not_asked_in_the_clear(net: Internet, settings: Any) -> None:
    net.site("bram.example", {FILE: page(TOKEN), "/": page(META)})
    net.site("bram.example", {FILE: page(TOKEN), "/": page(META)}, tls=True, certificate_for="other.example")
    said = found(look(net, settings))
    assert "no valid certificate" in said["file"] and "no valid certificate" in said["meta"]
    assert not net.hits


def test_a_huge_page_is_read_to_its_head_alone(net: Internet, settings: Any) -> None:
    net.site("bram.example", {"/": endless("<html>"), FILE: endless(TOKEN)}, tls=True)
    said = found(look(net, settings))
    assert said["meta"] == "Found no such tag in the head of the page in its first 200,000 bytes."
    assert said["file"].startswith("Found another text")


def test_a_slow_drip_is_given_up(net: Internet, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.brands.verification.PAGE_SECONDS", 0.3)
    net.site("bram.example", {"/": drip(20), FILE: drip(20, headers=True)}, tls=True)
    said = found(look(net, settings))
    assert said["meta"].endswith("did not answer in time.") and said["file"].endswith("did not answer in time.")


def test_a_look_ends_however_many_proofs_are_slow(
    net: Internet, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.brands.verification.SECONDS", 0.5)
    net.site("bram.example", {"/": drip(20), FILE: drip(20)})
    said = found(look(net, settings))
    assert said["meta"] == "There was no time left to look: the place answers too slowly."


def test_a_place_inside_is_not_opened(net: Internet, settings: Any) -> None:
    net.record("bram.example", [("A", "127.0.0.1")])
    net.record("www.bram.example", [("A", "127.0.0.1")])
    said = found(look(net, settings))
    assert said["file"] == "bram.example leads to 127.0.0.1, which is not a public address."


def test_nothing_there_at_all(net: Internet, settings: Any) -> None:
    said = found(look(net, settings))
    assert said["dns"] == "Found no TXT record."
    assert "bram.example has no" in said["file"]


def test_a_silent_name_server_is_told(net: Internet, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.brands.verification.SECONDS", 0.5)
    net.silent.add("bram.example")
    assert "The DNS did not answer for bram.example" in found(look(net, settings))["dns"]
