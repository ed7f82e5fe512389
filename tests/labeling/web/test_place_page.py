"""The page of a place: what its owner may choose there, what is refused with a word, and how far the choice has got."""

from __future__ import annotations

import re
from typing import Any

import pytest

from labeling.brands.models import DomainClaim, Policy
from labeling.brands.selectors import policy_job_of
from labeling.brands.services import policy_job_excuse
from labeling.brands.services.ruling import MOST_ERRORS
from labeling.catalog.models import Brand
from labeling.tags.services import policy_job_step
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import hold_place, obey, tagged
from tests.world import World, make_scene


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to a broker that other tests' workers listen to."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)


@pytest.fixture
def claim(world: World) -> DomainClaim:
    return hold_place(world, Policy.OPEN)


def chosen(claim: DomainClaim) -> tuple[str, bool, list[str], list[str], list[str]]:
    """What holds at a place: policy, own products alone, and the blocked categories, brands and shops."""
    claim.refresh_from_db()
    categories, brands = claim.blocked_categories.all(), claim.blocked_brands.all()
    return (
        *(claim.policy, claim.only_own, sorted(each.slug for each in categories)),
        *(sorted(each.name for each in brands), claim.blocked_domains),
    )


def choose(world: World, claim: DomainClaim, **fields: Any) -> str:
    """What the page says once Bram has sent its form."""
    sent = {"policy": "review_first", "limits": "on", **fields}
    return signed_in(world.bram).post(f"/brands/{claim.pk}/policy/", sent, follow=True).content.decode()


def test_it_works(world: World, claim: DomainClaim) -> None:
    Brand.objects.create(name="Rival")
    said = choose(
        world,
        claim,
        only_own="on",
        categories=[world.lamp.pk],
        brands="rival\n\n RIVAL",
        domains="https://www.Rival.example/\nshop.example/uk",
    )
    wanted = ("review_first", True, ["lamp"], ["Rival"], ["rival.example", "shop.example/uk"])
    assert "Saved. The next look" in said and chosen(claim) == wanted
    page = signed_in(world.bram).get(f"/brands/{claim.pk}/").content.decode()
    assert re.findall(r'name="categories" value="(\d+)" checked', page) == [str(world.lamp.pk)]
    assert 'name="only_own" checked' in page and ">Rival</textarea>" in page
    assert "rival.example\nshop.example/uk</textarea>" in page
    # A form without limits leaves them as they are.
    signed_in(world.bram).post(f"/brands/{claim.pk}/policy/", {"policy": "open"})
    assert chosen(claim) == ("open", *wanted[1:])
    choose(world, claim)
    assert chosen(claim) == ("review_first", False, [], [], [])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"policy": "sometimes"}, "Policy"),
        ({"brands": "Nobody"}, "No product in the catalogue is of the brand “Nobody”"),
        ({"domains": "co.uk"}, "nobody&#x27;s to claim"),
        ({"domains": "not a domain"}, "is not a domain"),
        ({"domains": "\n".join(f"shop-{n}.example" for n in range(201))}, "At most 200 may be named"),
        ({"categories": ["999999"]}, "999999"),
    ],
)
def test_what_is_refused_changes_nothing(fields: dict[str, Any], words: str, world: World, claim: DomainClaim) -> None:
    before, job = chosen(claim), policy_job_of(claim=claim)
    assert words in choose(world, claim, **{"only_own": "on", **fields})
    assert (chosen(claim), policy_job_of(claim=claim)) == (before, job)


def test_how_far_it_has_got(world: World, claim: DomainClaim) -> None:
    for number in range(4):
        scene = make_scene(
            world.vertical, f"p-{number}", domain="bram.example", source_url=f"https://bram.example/{number}"
        )
        tagged(world, scene=scene)
    obey(claim)
    bram = signed_in(world.bram)
    assert "Waits for a worker" in choose(world, claim)
    job = policy_job_of(claim=claim)
    assert job is not None
    # The first two scenes hold one tag: nothing stands in the world's own.
    for done in ("0", "1"):
        assert policy_job_step(job_id=job.pk, scenes=2)
        page = bram.get(f"/brands/{claim.pk}/").content.decode()
        assert "Bringing tags in line" in page and f'<progress max="4" value="{done}"' in page
        assert 'id="progress" class="panel-box" data-live="true"' in page
    obey(claim)
    page = bram.get(f"/brands/{claim.pk}/").content.decode()
    assert "0 tags hidden, 4 held, 0 given back." in page and 'data-live="true"' not in page


def test_a_job_that_was_given_up_says_why_and_what_to_do(world: World, claim: DomainClaim) -> None:
    job = policy_job_of(claim=claim)
    assert job is not None
    for _ in range(MOST_ERRORS):
        policy_job_excuse(job_id=job.pk, error="OperationalError: the disk is full")
    page = signed_in(world.bram).get(f"/brands/{claim.pk}/").content.decode()
    assert "Save it again to try once more." in page and "the disk is full" in page


def test_a_place_that_is_not_proven_has_no_choice(world: World, claim: DomainClaim) -> None:
    DomainClaim.objects.filter(pk=claim.pk).update(state="lapsed")
    assert "Publish the proof first" in choose(world, claim, policy="closed")
    assert chosen(claim)[0] == "open"
    assert 'name="policy"' not in signed_in(world.bram).get(f"/brands/{claim.pk}/").content.decode()
