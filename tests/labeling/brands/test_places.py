"""What a person writes becomes one place, however they write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.brands.places import MOST_STEPS, Place, PlaceRefused, page_of, place_of

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(
    lambda label: label != "www" and label[2:4] != "--"
)
DOMAINS = st.builds(
    lambda labels, end: ".".join([*labels, end]), st.lists(LABELS, min_size=1, max_size=3), st.just("example")
)
STEPS = st.lists(st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), max_size=3)


def test_it_works() -> None:
    assert place_of("https://www.Bram.Example:443/uk/?q=1") == Place("bram.example", "/uk")


@given(
    DOMAINS,
    STEPS,
    st.sampled_from(["", "http://", "https://", "//"]),
    st.booleans(),
    st.sampled_from(["", ":8080"]),
    st.sampled_from(["", "/", "?a=b", "#top"]),
    st.booleans(),
)
def test_spelling_does_not_count(
    domain: str, steps: list[str], scheme: str, www: bool, port: str, end: str, upper: bool
) -> None:
    host = f"{'www.' * www}{domain}"
    written = f" {scheme}{host.upper() if upper else host}{port}{''.join(f'/{step}' for step in steps)}{end} "
    assert place_of(written) == Place(domain, "".join(f"/{step}" for step in steps))


@given(DOMAINS, STEPS)
def test_a_place_written_out_is_itself(domain: str, steps: list[str]) -> None:
    place = place_of("/".join([domain, *steps]))
    assert place_of(str(place)) == place


@given(DOMAINS, LABELS, STEPS, STEPS)
def test_holds_agrees_with_a_step_by_step_oracle(
    domain: str, sub: str, place_steps: list[str], page_steps: list[str]
) -> None:
    place = Place(domain, "".join(f"/{step}" for step in place_steps))
    path = "".join(f"/{step}" for step in page_steps)
    begins = page_steps[: len(place_steps)] == place_steps
    assert place.holds(domain, path) == begins
    assert place.holds(f"{sub}.{domain}", path) == (not place_steps)
    assert not place.holds(f"{sub}{domain}", path)


@pytest.mark.parametrize(
    "written", ["", "example", "127.0.0.1", "http://[::1]/", "-bad.example", "a_b.example", "exa mple.com"]
)
def test_no_place(written: str) -> None:
    with pytest.raises(PlaceRefused, match="not a domain"):
        place_of(written)


def test_paths_do_not_climb_out() -> None:
    assert place_of("bram.example/uk/../de/").path == "/de"
    assert page_of("https://bram.example/uk/%2e%2e/de") == ("bram.example", "/de")


def test_other_alphabets_become_ascii() -> None:
    assert place_of("https://bücher.example").domain == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("written", "ascii_name"),
    [
        ("https://faß.example", "xn--fa-hia.example"),
        ("STRASSE.example", "strasse.example"),
        ("Ελλάς.example", "xn--hxarsa0b.example"),
        ("bram。example", "bram.example"),
        ("ｂｒａｍ.example", "bram.example"),
    ],
)
def test_alphabets_follow_idna_2008(written: str, ascii_name: str) -> None:
    assert place_of(written).domain == ascii_name


@pytest.mark.parametrize("written", ["i❤.example", "xn--i-7iq.example", "xn--a.example", "a‍b.example"])
def test_what_idna_2008_does_not_know_is_no_domain(written: str) -> None:
    with pytest.raises(PlaceRefused, match="not a domain"):
        place_of(written)


@pytest.mark.parametrize(
    "written", ["co.uk", "www.co.uk", "com.au", "github.io/bram", "myshopify.com", "foo.kawasaki.jp", "xn--55qx5d.cn"]
)
def test_what_many_share_is_nobodys(written: str) -> None:
    with pytest.raises(PlaceRefused, match="nobody's to claim"):
        place_of(written)


@pytest.mark.parametrize("written", ["bram.co.uk", "bram.github.io", "bram.myshopify.com/uk", "city.kawasaki.jp"])
def test_what_is_ones_own_under_it_is_not(written: str) -> None:
    assert str(place_of(written)) == written


@pytest.mark.parametrize("path", ["/x" * (MOST_STEPS + 1), "/" + "x" * 800, "/a%00b", "/%ff", "/a%5Cb"])
def test_odd_paths_are_refused(path: str) -> None:
    with pytest.raises(PlaceRefused, match="shorter one"):
        place_of(f"bram.example{path}")


def test_a_page_without_a_domain() -> None:
    assert page_of("https://[::1") == ("", "")
    assert page_of("https://www.bram.example/uk//1/") == ("bram.example", "/uk/1")
