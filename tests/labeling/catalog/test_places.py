"""The database knows the places that hold a page, however its address is written."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

import idna
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.catalog.models import Scene
from tests.world import World, make_product, make_scene

pytestmark = pytest.mark.django_db
WITH_DATABASE = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Letters that IDNA 2008 takes as they are, of several alphabets and both sides of the basic plane.
LETTERS = "abz09äöüßéçñλσж中文字かなกขअ한국𠀋"
LABELS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda label: label != "www" and not label.isdecimal())
DOMAINS = st.builds(lambda labels: ".".join([*labels, "example"]), st.lists(LABELS, min_size=1, max_size=3))
STEPS = st.lists(st.text("abAB09-_ä中 +;=%", min_size=1, max_size=6).filter(lambda s: s.strip(".")), max_size=5)


def places(url: str, domain: str = "") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_places(%s, %s)", [url, domain])
        return list(cursor.fetchone()[0])


def expected(domain: str, steps: list[str]) -> list[str]:
    """Step by step, with the library's IDNA."""
    host = idna.encode(domain, uts46=True).decode()
    labels = host.split(".")
    paths = ["/".join([host, *steps[:depth]]) for depth in range(min(len(steps), 8), 0, -1)]
    return [*paths, *(".".join(labels[start:]) for start in range(len(labels)))]


def test_it_works(world: World) -> None:
    scene = make_scene(world.vertical, "s", source_url="https://www.Shop.Bram.example:443/uk/new/?a=1#top")
    assert scene.places == [
        "shop.bram.example/uk/new", "shop.bram.example/uk", "shop.bram.example", "bram.example", "example",
    ]  # fmt: skip
    assert list(Scene.objects.filter(places__contains=["shop.bram.example/uk"])) == [scene]
    scene.source_url = "https://other.example/"
    scene.save()
    scene.refresh_from_db()
    assert scene.places == ["other.example", "example"]


@given(DOMAINS, STEPS, st.booleans(), st.booleans(), st.booleans())
@WITH_DATABASE
def test_it_agrees_with_the_libraries(domain: str, steps: list[str], www: bool, upper: bool, quoted: bool) -> None:
    host = f"{'www.' * www}{domain}"
    host = host.upper() if upper and host.upper().lower() == host else host
    # A percent sign of its own is only read where two digits follow it.
    written = [quote(step, safe="") if quoted else step.replace("%", "") or "x" for step in steps]
    path = "".join(f"/{step}" for step in written)
    assert unquote(urlsplit(f"//h{path}").path) == "".join(f"/{unquote(step)}" for step in written)
    assert places(f"https://{host}{path}") == expected(domain, [unquote(step) for step in written])


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://BÜCHER.example", "xn--bcher-kva.example"),
        ("https://bu\u0308cher.example", "xn--bcher-kva.example"),
        ("https://b%C3%BCcher.example/", "xn--bcher-kva.example"),
        ("https://faß.example", "xn--fa-hia.example"),
        ("https://ｂｒａｍ。example", "bram.example"),
        ("https://bram.example./", "bram.example"),
        ("HTTPS://a:b@bram.example:8443?x", "bram.example"),
        ("//bram.example", "bram.example"),
        ("https://bram.example\\@mallory.example/", "bram.example"),
        ("https://a_b.bram.example/", "a_b.bram.example"),
        ("https://www.com/", "www.com"),
    ],
)
def test_many_ways_to_write_a_host(url: str, wanted: str) -> None:
    found = [place for place in places(url) if "/" not in place]
    assert found[0] == wanted


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("https://a.example/uk/../de/", "a.example/de"),
        ("https://a.example/uk/%2e%2e/de", "a.example/de"),
        ("https://a.example/../../de", "a.example/de"),
        ("https://a.example//uk//./x//", "a.example/uk/x"),
        ("https://a.example/%ff", "a.example/%ff"),
        ("https://a.example/a%00b", "a.example/a%00b"),
        ("https://a.example/100%", "a.example/100%"),
        ("https://a.example/1/2/3/4/5/6/7/8/9/10", "a.example/1/2/3/4/5/6/7/8"),
        ("https://a.example/" + "x" * 3000, "a.example"),
        ("https://127.0.0.1/x", "127.0.0.1/x"),
        ("https://[2001:db8::1]/", "[2001:db8::1]"),
    ],
)
def test_paths(url: str, first: str) -> None:
    assert places(url)[0] == first


@pytest.mark.parametrize("url", ["", "nonsense", "mailto:a@b.example", "https://", "https:///x", "file:///etc/passwd"])
def test_no_page_no_place(url: str) -> None:
    assert places(url) == []


def test_a_named_domain_wins_over_the_address(world: World) -> None:
    assert places("https://cdn.example/x", "www.bram.example") == ["bram.example", "example"]
    assert places("https://bram.example/uk", "www.bram.example") == ["bram.example/uk", "bram.example", "example"]
    product = make_product(world.sofa, "p", url="https://shop.example/p/1")
    product.refresh_from_db()
    assert product.places == ["shop.example/p/1", "shop.example/p", "shop.example", "example"]
