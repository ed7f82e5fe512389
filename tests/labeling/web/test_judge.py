"""The judge's page: blind, a form that works without scripts, and for people who judge."""

from __future__ import annotations

from django.test import Client

from labeling.tags.models import JudgeItem, Judgement
from tests.labeling.api.desk import signed_in
from tests.labeling.tags.test_judging import served
from tests.world import World


def test_it_works(world: World) -> None:
    drawn = served(world, 2)
    ann = signed_in(world.ann)
    assert "Judge 3" in ann.get("/judge/").content.decode()
    for left in (3, 2, 1):
        page = ann.get(f"/judge/{drawn.pk}/").content.decode()
        assert f"{left} left" in page
        item = int(page.split('name="item" value="')[1].split('"')[0])
        ann.post(f"/judge/{drawn.pk}/grade/", {"item": item, "grade": "exact", "seconds": "1.5"})
    assert "All of this set is judged" in ann.get(f"/judge/{drawn.pk}/").content.decode()
    assert set(Judgement.objects.values_list("judge", "grade", "seconds")) == {(world.ann.pk, "exact", 1.5)}
    ann.post(f"/judge/{drawn.pk}/grade/", {"back": "1"})
    assert Judgement.objects.count() == 2


def test_nothing_on_it_tells_who_made_it(world: World) -> None:
    drawn = served(world, 2)
    words = signed_in(world.ann).get(f"/judge/{drawn.pk}/").content.decode().lower()
    for secret in ("embedder", "served", "version", "rank", "score", "similarity", "confidence", "confirmed"):
        assert secret not in words, secret


def test_a_question_of_another_set_is_refused(world: World) -> None:
    drawn = served(world, 2)
    item = JudgeItem.objects.earliest("pk")
    ann = signed_in(world.ann)
    assert ann.post(f"/judge/{drawn.pk + 1}/grade/", {"item": item.pk, "grade": "exact"}).status_code == 404
    assert ann.post(f"/judge/{drawn.pk}/grade/", {"item": item.pk, "grade": "best"}).status_code == 404
    assert ann.post(f"/judge/{drawn.pk}/grade/", {"item": 999999, "grade": "exact"}).status_code == 404
    assert not Judgement.objects.exists()


def test_each_role(world: World) -> None:
    drawn = served(world, 1)
    for page in ("/judge/", f"/judge/{drawn.pk}/"):
        assert Client().get(page).status_code == 302
        assert signed_in(world.bram).get(page).status_code == 404
        for judge in (world.ann, world.cora, world.sana):
            assert signed_in(judge).get(page).status_code == 200
    assert signed_in(world.bram).post(f"/judge/{drawn.pk}/grade/", {"grade": "exact"}).status_code == 404
