"""The catalogue's changes enter an index without a rebuild, whoever makes them; what is withdrawn is found no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import connection

from labeling.catalog.models import Category, Product, ProductImage, Vertical
from labeling.catalog.services import product_add
from labeling.common.errors import ConflictError
from labeling.common.storage import image_bytes
from labeling.inference import living, runtime, selectors, services, tasks
from labeling.inference.findings import Finding, Wishes
from labeling.inference.models import CatalogueChange, IndexBuild, IndexChange, ModelVersion, Scan
from models_ml.embedding import Embedder
from models_ml.images import open_image
from models_ml.types import Box, Detection, Match
from tests.world import World, make_product, make_version, picture


@pytest.fixture
def living_index(modelled: World) -> IndexBuild:
    """The live index of the world, which knows what it has seen."""
    IndexBuild.objects.update(seen=selectors.horizon())
    CatalogueChange.objects.all().delete()
    return IndexBuild.objects.select_related("vertical", "embedder").get(live=True)


def sync(index: IndexBuild, **more: int) -> int:
    return services.index_sync(index_id=index.pk, embed=runtime.pictures_embed, **more)


def found(world: World, index: IndexBuild, category: Category | None = None, wishes: Wishes | None = None) -> list[int]:
    """The products that a retrieval in the whole of a scene comes back with."""
    matches = runtime.retrieve(
        world.scene,
        Box(0.0, 0.0, 1.0, 1.0),
        category.slug if category else None,
        embedder=world.embedder,
        index=index,
        wishes=wishes or Wishes(),
    )
    return [match.product_id for match in matches]


def changed() -> set[int]:
    return set(CatalogueChange.objects.values_list("product_id", flat=True))


def test_new_changed_and_withdrawn_products_are_taken_in(modelled: World, living_index: IndexBuild) -> None:
    before = set(found(modelled, living_index))
    new = make_product(modelled.sofa, "sofa-new", price=5)
    sofa, lamp, moved = modelled.sofas[0], modelled.lamps[0], modelled.lamps[1]
    Product.objects.filter(pk=sofa.pk).update(price=999)
    Product.objects.filter(pk=moved.pk).update(category=modelled.sofa)
    Product.objects.filter(pk=lamp.pk).update(available=False)
    assert set(found(modelled, living_index)) == before
    assert sync(living_index) == 4
    assert set(found(modelled, living_index)) == before - {lamp.pk} | {new.pk}
    assert {new.pk, moved.pk} <= set(found(modelled, living_index, modelled.sofa))
    assert moved.pk not in found(modelled, living_index, modelled.lamp)
    assert found(modelled, living_index, modelled.sofa, Wishes(min_price=900)) == [sofa.pk]  # type: ignore[arg-type]
    assert IndexBuild.objects.count() == 1


def test_a_product_that_is_deleted_is_gone(modelled: World, living_index: IndexBuild) -> None:
    new = make_product(modelled.sofa, "sofa-new")
    sync(living_index)
    assert new.pk in found(modelled, living_index)
    gone = new.pk
    new.delete()
    assert sync(living_index) == 1
    assert gone not in found(modelled, living_index)
    assert sync(living_index) == 0


def test_it_searches_as_an_index_built_anew_would(modelled: World, living_index: IndexBuild) -> None:
    """An index that was changed again and again against one of the catalogue as it is."""
    for number in range(4):
        make_product(modelled.sofa if number % 2 else modelled.lamp, f"new-{number}")
        sync(living_index)
    Product.objects.filter(external_id="new-2").update(category=modelled.sofa)
    Product.objects.filter(external_id="sofa-1").update(available=False)
    sync(living_index)
    rebuilt = services.index_record(
        vertical=modelled.vertical, embedder=modelled.embedder, products=0, catalogue_hash="", live=False,
        path=runtime.index_build(selectors.catalogue_pictures(modelled.vertical), embedder=modelled.embedder).path,
    )  # fmt: skip
    for category in (modelled.sofa, modelled.lamp, None):
        assert found(modelled, living_index, category) == found(modelled, rebuilt, category)


def test_a_new_picture_is_a_new_vector(modelled: World, living_index: IndexBuild, settings: Any) -> None:
    other = make_product(modelled.lamp, "other").images.get()
    ProductImage.objects.filter(product=modelled.sofas[0]).update(image=other.image, sha256=other.sha256)
    sync(living_index)
    change = IndexChange.objects.get(product_id=modelled.sofas[0].pk)
    embedder = Embedder.load(settings.MODELS_ROOT / modelled.embedder.path)
    [expected] = embedder.embed([open_image(image_bytes(other.image), max_side=4 * embedder.config.side)])
    assert np.allclose(living.vector_of(change.vector), expected, atol=1e-6)


def test_the_database_notes_whatever_changes_an_index(modelled: World, living_index: IndexBuild) -> None:
    sofa, lamp = modelled.sofas[0], modelled.lamps[0]
    Product.objects.filter(pk=sofa.pk).update(title="Another name", description="More words", price=sofa.price)
    assert changed() == set(), "what an index does not hold is no news"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET price = price + 1 WHERE id = %s", [sofa.pk])
    assert changed() == {sofa.pk}
    product_add(
        vertical=modelled.vertical, external_id="added", category=modelled.lamp, data=picture("plum"), title="Plum"
    )
    lamp.images.all().delete()
    assert changed() == {sofa.pk, Product.objects.get(external_id="added").pk, lamp.pk}


def test_many_changes_are_taken_in_bit_by_bit(modelled: World, living_index: IndexBuild) -> None:
    new = {make_product(modelled.sofa, f"new-{number}").pk for number in range(5)}
    seen = living_index.seen
    assert [sync(living_index, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert new <= set(found(modelled, living_index))
    living_index.refresh_from_db()
    assert living_index.seen is not None and seen is not None and living_index.seen >= seen


def test_vectors_that_are_there_are_not_computed_again(
    modelled: World, living_index: IndexBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    Product.objects.filter(pk=modelled.sofas[0].pk).update(price=7)
    monkeypatch.setattr(living, "image_bytes", lambda path: pytest.fail(f"{path} was opened"))
    assert sync(living_index) == 1


def test_what_is_withdrawn_is_not_recorded_even_before_that(modelled: World, living_index: IndexBuild) -> None:
    """A scan that looked a moment ago stores no product that is not on offer now."""
    sofa, other = modelled.sofas[:2]
    scan = Scan.objects.create(scene=modelled.scene, detector=modelled.detector, embedder=modelled.embedder)
    Product.objects.filter(pk=sofa.pk).update(available=False)
    matches = [Match(sofa.pk, 0.9, 1), Match(other.pk, 0.8, 2)]
    finding = Finding(Detection(Box(0.1, 0.1, 0.5, 0.5), "sofa", 0.9), "sofa", matches)
    services.scan_record(scan_id=scan.pk, findings=[finding], index=living_index)
    [proposal] = scan.proposals.all()
    assert list(proposal.candidates.values_list("product", "rank")) == [(other.pk, 1)]


def test_a_refresh_keeps_an_index_that_has_taken_little_in(modelled: World, living_index: IndexBuild) -> None:
    IndexBuild.objects.update(products=100)
    make_product(modelled.sofa, "sofa-new")
    sync(living_index)
    assert services.index_refresh(embedder=modelled.embedder, build=runtime.index_build) == living_index
    IndexBuild.objects.update(products=6)
    built = services.index_refresh(embedder=modelled.embedder, build=runtime.index_build)
    assert (
        built != living_index and built.live and built.seen is not None and built.recall == {"lamp": 1.0, "sofa": 1.0}
    )


def test_an_index_that_has_lost_track_is_mended(modelled: World, living_index: IndexBuild) -> None:
    IndexBuild.objects.update(seen=None)
    assert sync(living_index) == 0
    make_product(modelled.sofa, "sofa-new")
    tasks.refresh_index(modelled.vertical.pk)
    live = IndexBuild.objects.get(live=True)
    assert live.seen is not None and live.products == 7


def test_a_picture_that_cannot_be_read_keeps_no_other_out(
    modelled: World, living_index: IndexBuild, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = make_product(modelled.sofa, "sofa-broken"), make_product(modelled.sofa, "sofa-sound")
    with default_storage.open(broken.images.get().image, "wb") as file:
        file.write(b"no picture")
    assert sync(living_index) == 2
    assert sound.pk in found(modelled, living_index) and broken.pk not in found(modelled, living_index)
    assert f"Product {broken.pk} is left out" in caplog.text


def test_nor_does_it_keep_an_index_from_being_built(
    modelled: World, living_index: IndexBuild, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = make_product(modelled.sofa, "sofa-broken"), make_product(modelled.sofa, "sofa-sound")
    with default_storage.open(broken.images.get().image, "wb") as file:
        file.write(b"no picture")
    built = services.index_refresh(embedder=modelled.embedder, build=runtime.index_build)
    assert built != living_index and built.live and built.products == 7
    assert sound.pk in found(modelled, built) and broken.pk not in found(modelled, built)
    assert f"Product {broken.pk} is left out" in caplog.text


def test_tidying_takes_in_what_is_new_and_builds_nothing_for_it(modelled: World, living_index: IndexBuild) -> None:
    IndexBuild.objects.update(products=100)
    new = make_product(modelled.sofa, "sofa-new")
    tasks.tidy_indexes()
    assert IndexBuild.objects.get() == living_index
    assert new.pk in found(modelled, living_index)


def test_only_the_vectors_that_are_asked_for_are_read(modelled: World, living_index: IndexBuild) -> None:
    new = make_product(modelled.sofa, "sofa-new").images.get().sha256
    sync(living_index)
    old = modelled.lamps[1].images.get().sha256
    everything = living.vectors_known(living_index)
    assert {old, new} < everything.keys()
    some = living.vectors_known(living_index, wanted={old, new, "of no picture"})
    assert some.keys() == {old, new}
    for digest, vector in some.items():
        assert np.array_equal(vector, everything[digest])


def test_the_trouble_of_one_vertical_is_not_that_of_the_next(
    modelled: World, living_index: IndexBuild, caplog: pytest.LogCaptureFixture
) -> None:
    garden = Vertical.objects.create(pk=-1, slug="garden", name="Garden")
    without_weights = make_version(garden, ModelVersion.Kind.EMBEDDER)
    stuck = services.index_record(
        vertical=garden, embedder=without_weights, path="nowhere", products=0, catalogue_hash="", seen=0
    )
    make_product(Category.objects.create(vertical=garden, slug="bench", name="Bench"), "bench-new")
    new = make_product(modelled.sofa, "sofa-new")
    tasks.sync_indexes()
    assert new.pk in found(modelled, living_index)
    assert f"{stuck} could not take in what changed" in caplog.text
    tasks.tidy_indexes()
    assert f"{stuck} could not be built anew" in caplog.text
    assert IndexBuild.objects.filter(vertical=modelled.vertical, live=True).exists()


def test_changes_that_all_have_seen_are_forgotten(modelled: World, living_index: IndexBuild) -> None:
    make_product(modelled.sofa, "sofa-new")
    assert services.changes_prune() == 0
    IndexBuild.objects.update(seen=2**40)
    assert services.changes_prune() > 0 and not CatalogueChange.objects.exists()


def test_an_index_that_misses_too_much_does_not_go_live(modelled: World, living_index: IndexBuild) -> None:
    poor = services.index_record(
        vertical=modelled.vertical, embedder=modelled.embedder, path="x", products=6, catalogue_hash="",
        recall={"sofa": 0.99, "lamp": 0.62}, live=False,
    )  # fmt: skip
    with pytest.raises(ConflictError, match=r"finds 62\.0% of what exact search finds in lamp, less than 90%"):
        services.version_go_live(version=modelled.embedder, index=poor)
    assert IndexBuild.objects.get(live=True) == living_index
