"""The pairs page: for curators alone; filters are read, told back and refused where they are nonsense; many pairs at one go."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.postgres.search import SearchVector
from django.db import connection
from django.db.models import Value
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.catalog.models import Product
from labeling.common.models import AuditEvent
from labeling.datasets.models import Curation, Pair
from labeling.datasets.services import pairs_choose
from labeling.web.curate import browsing
from tests.labeling.api.desk import signed_in
from tests.labeling.datasets.pairing import motley, plain
from tests.world import World

PAGE = "/curate/pairs/"


def shown(client: Client, query: str = "") -> list[int]:
    """The keys of the pairs on a page."""
    page = client.get(f"{PAGE}{query}")
    assert page.status_code == 200, query
    return [int(key) for key in re.findall(r'name="pair" value="(\d+)"', page.content.decode())]


def test_it_works(world: World) -> None:
    pairs, cora = plain(world, 3), signed_in(world.cora)
    assert shown(cora) == [pair.pk for pair in reversed(pairs)]
    page = cora.get(PAGE).content.decode()
    assert "3 pairs" in page and pairs[0].product.title in page and pairs[0].scene.image_url in page


def test_every_filter_narrows_and_is_told(world: World) -> None:
    pairs, cora = motley(world, 24), signed_in(world.cora)
    Pair.objects.update(withdrawn_at=None)
    Product.objects.filter(pk=world.sofas[1].pk).update(search=SearchVector(Value("red armchair"), config="simple"))
    one = pairs[5]
    day = one.created_at.date().isoformat()
    queries: dict[str, tuple[str, Any]] = {
        f"q={one.product.external_id}": (one.product.external_id, lambda p: p.product_id == one.product_id),
        f"q={one.scene.external_id}": (one.scene.external_id, lambda p: p.scene_id == one.scene_id),
        "q=armch": ("armch", lambda p: p.product == world.sofas[1]),
        "category=lamp": ("Lamp", lambda p: (p.category or p.product.category) == world.lamp),
        "brand=BRAM": ("Bram", lambda p: p.product.brand == world.brand),
        "brand=Bri": ("Brigitte", lambda p: p.product == world.lamps[0]),
        "person=Ann": ("by ann", lambda p: world.ann.pk in {v.person_id for v in p.voices.all()}),
        "domain=WWW.blog.example": ("at blog.example", lambda p: p.scene.domain == "blog.example"),
        "grade=similar": ("similar", lambda p: p.grade == "similar"),
        f"since={day}&until={day}": ("confirmed", lambda p: p.created_at.date().isoformat() == day),
        "agreement_to=0.6": ("agreement –0.6", lambda p: p.agreement == 0.5),
        "score_from=0": ("score 0–", lambda p: p.score is not None and p.score >= 0),
        f"like={one.scene_id}": ("looks like", lambda p: p.scene_id == one.scene_id),
    }
    for query, (words, fits) in queries.items():
        expected = {pair.pk for pair in pairs if fits(Pair.objects.get(pk=pair.pk))}
        assert set(shown(cora, f"?{query}")) == expected and expected, query
        chips = re.findall(r'class="chip".*?</a>', cora.get(f"{PAGE}?{query}").content.decode(), re.DOTALL)
        assert len(chips) == 1 and words in chips[0], query
    choice = pairs_choose(pairs=[one.pk, pairs[7].pk], person=world.cora)
    assert set(shown(cora, f"?choice={choice.pk}")) == {one.pk, pairs[7].pk}


def test_nonsense_is_told_beside_its_field(world: World) -> None:
    plain(world, 1)
    cora = signed_in(world.cora)
    private = pairs_choose(pairs=[Pair.objects.get().pk], person=world.ann)
    for query, words in {
        "brand=Nobody": "No brand begins so",
        "person=nobody": "Nobody has this name",
        "since=yesterday": "Enter a valid date",
        "agreement_from=2": "less than or equal to 1",
        "score_to=x": "Enter a number",
        "category=hat": "Select a valid choice",
        "like=999999": "There is no such scene",
        f"choice={private.pk}": "no longer kept",
    }.items():
        page = cora.get(f"{PAGE}?{query}").content.decode()
        assert words in page and "Mend what is marked" in page and 'name="pair"' not in page, query
    for query in ("?vertical=none", "?before=x", "?before=999999"):
        assert cora.get(f"{PAGE}{query}").status_code == 404
    assert shown(cora, "?q=%00") == shown(cora, "?q='; DROP TABLE datasets_pair; --") == []


def test_pages_follow_one_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "PAGE", 2)
    pairs, cora, seen = plain(world, 5), signed_in(world.cora), list[int]()
    query = "?grade=exact"
    while query:
        seen += shown(cora, query)
        following = re.search(r'href="(\S+)" rel="next"', cora.get(f"{PAGE}{query}").content.decode())
        query = following[1].removeprefix(PAGE).replace("&amp;", "&") if following else ""
    assert seen == [pair.pk for pair in reversed(pairs)]


def test_many_are_withdrawn_and_it_is_undone(world: World) -> None:
    pairs, cora = plain(world, 4), signed_in(world.cora)
    chosen = [pairs[0].pk, pairs[2].pk]
    page = cora.post(f"{PAGE}curate/", {"verb": "withdraw", "pair": chosen, "next": PAGE}, follow=True).content.decode()
    assert shown(cora) == [pairs[3].pk, pairs[1].pk] and "You withdrew 2 pairs" in page
    assert set(shown(cora, "?withdrawn=1")) == set(chosen)
    assert AuditEvent.objects.get(verb="pairs_withdraw").detail == {"pairs": 2}
    cora.post(f"{PAGE}undo/{Curation.objects.get().pk}/")
    assert len(shown(cora)) == 4 and "You withdrew" not in cora.get(PAGE).content.decode()


def test_one_by_its_own_button_and_back_again(world: World) -> None:
    pairs, cora = plain(world, 2), signed_in(world.cora)
    cora.post(f"{PAGE}curate/", {"verb": "withdraw", "only": pairs[0].pk, "pair": [pairs[1].pk]})
    assert shown(cora, "?withdrawn=1") == [pairs[0].pk]
    cora.post(f"{PAGE}curate/", {"verb": "admit", "only": pairs[0].pk})
    assert shown(cora, "?withdrawn=1") == []


def test_all_that_fit_at_one_go(world: World) -> None:
    motley(world, 20)
    Pair.objects.update(withdrawn_at=None)
    fitting = set(Pair.objects.filter(grade="similar").values_list("pk", flat=True))
    cora = signed_in(world.cora)
    cora.post(f"{PAGE}curate/", {"verb": "withdraw", "all": "1", "query": "grade=similar&before=1"})
    assert set(Pair.objects.exclude(withdrawn_at=None).values_list("pk", flat=True)) == fitting
    cora.post(f"{PAGE}curate/", {"verb": "admit", "all": "1", "query": "grade=similar&withdrawn=1"})
    assert not Pair.objects.exclude(withdrawn_at=None).exists()


def test_nonsense_changes_nothing(world: World) -> None:
    (pair,), cora = plain(world, 1), signed_in(world.cora)
    for said in (
        {}, {"verb": "drop", "pair": [pair.pk]}, {"verb": "withdraw"}, {"verb": "withdraw", "pair": ["x", "9" * 30]},
        {"verb": "withdraw", "only": "x"}, {"verb": "withdraw", "all": "1", "query": "grade=none"},
        {"verb": "admit", "pair": [pair.pk]}, {"verb": "withdraw", "pair": [pair.pk + 1000]},
    ):  # fmt: skip
        assert cora.post(f"{PAGE}curate/", said, follow=True).status_code == 200, said
    assert Pair.objects.get().withdrawn_at is None and not Curation.objects.exists()


def test_it_is_not_there_for_others(world: World) -> None:
    (pair,) = plain(world, 1)
    signed_in(world.cora).post(f"{PAGE}curate/", {"verb": "withdraw", "pair": [pair.pk]})
    undo = f"{PAGE}undo/{Curation.objects.get().pk}/"
    for outsider in (world.ann, world.bram, world.mallory):
        client = signed_in(outsider)
        assert client.get(PAGE).status_code == 404
        assert client.post(f"{PAGE}curate/", {"verb": "admit", "pair": [pair.pk]}).status_code == 404
        assert client.post(undo).status_code == 404
    # Another curator, here staff, sees the pairs and undoes their own doings only.
    assert signed_in(world.sana).get(PAGE).status_code == 200
    assert signed_in(world.sana).post(undo).status_code == 404
    assert Client().post(undo).status_code == 302
    assert Pair.objects.get().withdrawn_at is not None


def test_queries_do_not_grow_with_the_page(world: World) -> None:
    cora = signed_in(world.cora)
    counts = []
    for scenes in (1, 6):
        plain(world, scenes, each=2, name=f"of-{scenes}")
        with CaptureQueriesContext(connection) as queries:
            cora.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]
