"""Checkpoints are kept by content, one version of a kind is live, and an embedder goes live with its own index."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from labeling.catalog.models import Product
from labeling.catalog.services import category_ensure, product_add
from labeling.common.errors import ConflictError
from labeling.common.models import AuditEvent
from labeling.inference import living, runtime, tasks
from labeling.inference.models import IndexBuild, ModelVersion
from labeling.inference.selectors import catalogue_hash, catalogue_pictures, live_versions
from labeling.inference.services import CheckpointRefused, index_refresh, version_go_live, version_register
from tests.world import World, make_version, picture


def test_it_works(world: World, tiny_models: Path, settings: Any) -> None:
    version = version_register(vertical=world.vertical, kind="detector", checkpoint=tiny_models / "detector")
    assert (version.number, version.live, version.config["classes"]) == (2, False, ["lamp", "sofa", "thing"])
    kept = Path(settings.MODELS_ROOT) / f"{version.path}.safetensors"
    assert kept.read_bytes() == (tiny_models / "detector.safetensors").read_bytes()
    assert AuditEvent.objects.filter(verb="version.register", subject_id=version.pk).exists()


def test_same_weights_same_version(world: World, tiny_models: Path) -> None:
    one, two = (
        version_register(vertical=world.vertical, kind="detector", checkpoint=tiny_models / "detector") for _ in "ab"
    )
    assert one.pk == two.pk


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "detector.json").unlink(), r"detector\.json is missing"),
        (lambda folder: (folder / "detector.safetensors").unlink(), r"detector\.safetensors is missing"),
        (lambda folder: (folder / "detector.json").write_text("{"), "is not JSON"),
        (lambda folder: (folder / "detector.json").write_text(json.dumps({"kind": "embedder"})), "of kind 'detector'"),
        (lambda folder: (folder / "detector.safetensors").write_bytes(b"other"), "sha256 differs"),
    ],
)
def test_what_is_no_checkpoint_is_refused(
    world: World, tiny_models: Path, tmp_path: Path, spoil: Any, said: str
) -> None:
    folder = Path(shutil.copytree(tiny_models, tmp_path / "spoilt"))
    spoil(folder)
    with pytest.raises(CheckpointRefused, match=said):
        version_register(vertical=world.vertical, kind="detector", checkpoint=folder / "detector")


def test_one_is_live(world: World) -> None:
    second = make_version(world.vertical, "detector", number=2, live=False)
    version_go_live(version=second, actor=world.cora)
    assert list(ModelVersion.objects.filter(kind="detector", live=True)) == [second]
    event = AuditEvent.objects.get(verb="version.go_live")
    assert (event.actor_id, event.detail["before"], event.detail["number"]) == (world.cora.pk, 1, 2)


def test_an_embedder_brings_its_own_index(world: World) -> None:
    second = make_version(world.vertical, "embedder", number=2, live=False)
    strange = IndexBuild.objects.create(
        vertical=world.vertical, embedder=world.embedder, path="x", products=0, catalogue_hash=""
    )
    for index in (None, strange):
        with pytest.raises(ConflictError):
            version_go_live(version=second, index=index)
    assert ModelVersion.objects.get(kind="embedder", live=True) == world.embedder
    own = IndexBuild.objects.create(vertical=world.vertical, embedder=second, path="y", products=0, catalogue_hash="")
    version_go_live(version=second, index=own)
    live = live_versions(world.vertical)
    assert live is not None and (live.embedder, live.index) == (second, own)


def test_the_index_is_built_anew_only_for_a_changed_catalogue(modelled: World) -> None:
    tasks.refresh_index(modelled.vertical.pk)
    assert IndexBuild.objects.count() == 1
    chair = category_ensure(vertical=modelled.vertical, slug="chair")
    product_add(vertical=modelled.vertical, external_id="c", category=chair, data=picture("plum"), title="Chair")
    tasks.refresh_index(modelled.vertical.pk)
    live = live_versions(modelled.vertical)
    assert live is not None and live.index is not None
    assert (IndexBuild.objects.count(), live.index.products) == (2, 7)
    assert live.index.catalogue_hash == catalogue_hash(modelled.vertical)


def test_a_new_price_or_an_end_of_sale_asks_for_a_new_index(modelled: World) -> None:
    for change in ({"price": 99}, {"available": False}, {"brand": None}):
        before = catalogue_hash(modelled.vertical)
        Product.objects.filter(pk=modelled.sofas[0].pk).update(**change)
        assert catalogue_hash(modelled.vertical) != before


def test_a_new_index_of_an_embedder_that_waits_does_not_go_live(modelled: World) -> None:
    live = IndexBuild.objects.get()
    Product.objects.filter(pk=modelled.sofas[0].pk).update(price=99)
    seen: list[tuple[int, int]] = []
    built = index_refresh(
        embedder=modelled.embedder,
        build=runtime.index_build,
        live=False,
        on_progress=lambda done, of: seen.append((done, of)),
    )
    assert (built.live, IndexBuild.objects.get(live=True)) == (False, live)
    # The vectors of the first were lent to the second, so nothing was left to embed.
    assert seen == [(6, 6)]
    IndexBuild.objects.filter(pk=live.pk).delete()
    again = index_refresh(embedder=modelled.embedder, build=runtime.index_build)
    assert (again, again.live) == (built, True)


def test_known_pictures_are_not_embedded_again(modelled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    plain = living.image_bytes

    def counted(path: str) -> bytes:
        opened.append(path)
        return plain(path)

    monkeypatch.setattr(living, "image_bytes", counted)
    before = IndexBuild.objects.get()
    product_add(vertical=modelled.vertical, external_id="c", category=modelled.sofa, data=picture("plum"), title="C")
    built = runtime.index_build(catalogue_pictures(modelled.vertical), embedder=modelled.embedder, before=before)
    assert (built.products, len(opened)) == (7, 1)


def test_an_index_of_other_weights_is_refused(modelled: World, settings: Any) -> None:
    index = IndexBuild.objects.get()
    listing = Path(settings.INDEX_ROOT) / index.path / "index.json"
    listing.write_text(json.dumps({**json.loads(listing.read_text()), "fingerprint": "other"}))
    with pytest.raises(runtime.RuntimeRefused, match="was not made by"):
        runtime.retrieve(modelled.scene, modelled.proposals[0].box, None, embedder=modelled.embedder, index=index)


def test_load_models(world: World, tiny_models: Path) -> None:
    call_command("load_models", str(tiny_models), "--vertical", "home")
    call_command("load_models", str(tiny_models))
    live = live_versions(world.vertical)
    assert live is not None and live.index is not None
    assert (live.detector.number, live.embedder.number, live.index.products) == (2, 2, 6)
    assert IndexBuild.objects.count() == 1
