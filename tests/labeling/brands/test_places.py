"""What a person writes becomes one place, however they write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.brands.places import Place, PlaceRefused, page_of, place_of

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


def test_a_named_domain_wins_over_the_address() -> None:
    assert page_of("https://cdn.example/x", "www.bram.example") == ("bram.example", "")
    assert page_of("https://bram.example/uk/1", "") == ("bram.example", "/uk/1")
