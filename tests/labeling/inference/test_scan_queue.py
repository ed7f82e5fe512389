"""Which scenes are queued: eligible ones, once for each pair of live versions."""

from __future__ import annotations

import pytest

from labeling.brands.models import DomainClaim, Policy
from labeling.catalog.models import Scene
from labeling.inference.models import IndexBuild, ModelVersion, Scan
from labeling.inference.selectors import scenes_eligible, scenes_unscanned
from labeling.inference.services import NotReady, scan_queue
from tests.world import World, make_scene, make_version


@pytest.fixture
def ready(world: World) -> World:
    """Live versions with an index, no scan."""
    Scan.objects.all().delete()
    IndexBuild.objects.create(
        vertical=world.vertical, embedder=world.embedder, path="x", products=0, catalogue_hash="", live=True
    )
    return world


def claim(world: World, domain: str, path: str = "", policy: Policy = Policy.CLOSED) -> None:
    state = DomainClaim.State.VERIFIED
    DomainClaim.objects.create(owner=world.bram, domain=domain, path=path, token="t", state=state, policy=policy)


def eligible(world: World) -> set[str]:
    return set(scenes_eligible(world.vertical).values_list("external_id", flat=True))


def test_it_works(ready: World) -> None:
    queued = scan_queue(vertical=ready.vertical, scenes=Scene.objects.all())
    assert Scan.objects.filter(pk__in=queued, state=Scan.State.WAITING, attempts=0).count() == 2


def test_twice_is_once(ready: World) -> None:
    scan_queue(vertical=ready.vertical, scenes=Scene.objects.all())
    assert scan_queue(vertical=ready.vertical, scenes=Scene.objects.all()) == []
    assert Scan.objects.count() == 2
    assert not scenes_unscanned(ready.vertical).exists()


def test_a_new_version_queues_anew(ready: World) -> None:
    scan_queue(vertical=ready.vertical, scenes=Scene.objects.all())
    ModelVersion.objects.filter(pk=ready.detector.pk).update(live=False)
    make_version(ready.vertical, "detector", number=2)
    assert scenes_unscanned(ready.vertical).count() == 2
    assert len(scan_queue(vertical=ready.vertical, scenes=Scene.objects.all())) == 2


def test_not_eligible_is_not_queued(ready: World) -> None:
    shop = make_scene(ready.vertical, "shop", business_account="acme")
    advert = make_scene(ready.vertical, "advert", organic=False)
    assert eligible(ready) == {"room-1", "room-2"}
    assert scan_queue(vertical=ready.vertical, scenes=[shop, advert]) == []


def test_a_closed_place_is_left_alone(ready: World) -> None:
    claim(ready, "bram.example")
    make_scene(ready.vertical, "sub", domain="shop.bram.example", source_url="https://shop.bram.example/x")
    make_scene(ready.vertical, "unlike", domain="notbram.example", source_url="https://notbram.example/x")
    make_scene(ready.vertical, "address-only", source_url="https://www.bram.example/x")
    assert eligible(ready) == {"room-1", "unlike"}


def test_the_more_specific_claim_wins(ready: World) -> None:
    claim(ready, "bram.example")
    claim(ready, "bram.example", "/room-2", Policy.OPEN)
    assert "room-2" in eligible(ready)
    claim(ready, "blog.example", "", Policy.OPEN)
    claim(ready, "blog.example", "/room-1", Policy.CLOSED)
    assert "room-1" not in eligible(ready)


@pytest.mark.parametrize("policy", [Policy.OPEN, Policy.REVIEW_FIRST])
def test_other_policies_are_proposed(ready: World, policy: Policy) -> None:
    claim(ready, "bram.example", policy=policy)
    assert "room-2" in eligible(ready)


def test_no_index_no_queue(world: World) -> None:
    with pytest.raises(NotReady, match=r"manage\.py propose"):
        scan_queue(vertical=world.vertical, scenes=Scene.objects.all())


def test_no_models_no_queue(world: World) -> None:
    ModelVersion.objects.update(live=False)
    with pytest.raises(NotReady, match=r"manage\.py load_models"):
        scan_queue(vertical=world.vertical, scenes=Scene.objects.all())
