"""The same bytes are the same scene; the same id is the same product."""

from __future__ import annotations

import pytest

from labeling.catalog.models import Product, Scene
from labeling.catalog.services import NewScene, product_add, scene_add, scenes_add, truths_write
from labeling.common.storage import ImageRefused, image_store
from tests.world import World, picture


def test_it_works(world: World) -> None:
    scene, is_new = scene_add(
        vertical=world.vertical, external_id="x", data=picture("pink"), title="Den", organic=False
    )
    assert is_new
    assert (scene.external_id, scene.title, scene.organic, scene.width, scene.height) == ("x", "Den", False, 64, 48)


def test_same_bytes_same_row(world: World) -> None:
    first, _ = scene_add(vertical=world.vertical, external_id="x", data=picture("pink"))
    again, is_new = scene_add(vertical=world.vertical, external_id="y", data=picture("pink"))
    assert (again.pk, is_new) == (first.pk, False)
    assert again.attributes == {"same_as": ["y"]}
    assert scene_add(vertical=world.vertical, external_id="x", data=picture("pink")) == (first, False)
    assert Scene.objects.get(pk=first.pk).attributes == {"same_as": ["y"]}


def test_same_id_keeps_the_first_picture(world: World) -> None:
    first, _ = scene_add(vertical=world.vertical, external_id="x", data=picture("pink"))
    again, is_new = scene_add(vertical=world.vertical, external_id="x", data=picture("olive"))
    assert (again.pk, is_new, again.sha256) == (first.pk, False, first.sha256)


def test_doubles_within_one_call(world: World) -> None:
    stored = image_store(picture("pink"), item="x")
    added = scenes_add(vertical=world.vertical, scenes=[NewScene("x", stored), NewScene("y", stored)])
    assert [scene.external_id for scene in added] == ["x"]


def test_no_picture_no_scene(world: World) -> None:
    with pytest.raises(ImageRefused):
        scene_add(vertical=world.vertical, external_id="x", data=b"no picture")
    assert not Scene.objects.filter(external_id="x").exists()


def test_product_once(world: World) -> None:
    one = product_add(
        vertical=world.vertical, external_id="p", category=world.sofa, data=picture("pink"), title="P", brand="New"
    )
    two = product_add(vertical=world.vertical, external_id="p", category=world.lamp, data=picture("olive"), title="Q")
    assert (one.pk, two.title, two.category_id) == (two.pk, "P", world.sofa.pk)
    assert Product.objects.get(pk=one.pk).images.count() == 1


def test_truth_is_written_where_it_changed(world: World) -> None:
    truths = {"room-1": {"product_ids": ["sofa-1"]}, "room-2": {}}
    assert truths_write(vertical=world.vertical, truths=truths) == 1
    assert truths_write(vertical=world.vertical, truths=truths) == 0
