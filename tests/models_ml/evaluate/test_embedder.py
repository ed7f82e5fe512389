"""An embedder's report, by one that reads colours and by loops."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from models_ml.evaluate.embedder import as_table, evaluate_embedder, save_worst_queries
from models_ml.evaluate.inputs import EvaluationError
from models_ml.images import crop, open_image
from models_ml.manifest import Manifest
from tests.models_ml.evaluate.models import BrokenEmbedder, ColourEmbedder, KnowingDetector, truth_of
from tests.tiny_pack import tiny_pack


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return Manifest.read(tiny_pack(tmp_path / "pack", scenes=12))


def test_it_works(manifest: Manifest) -> None:
    judged = evaluate_embedder(manifest, ColourEmbedder(), detector=KnowingDetector(truth_of(manifest)), codes=True)
    report = judged.report
    assert (report["scenes"], report["products"], report["entries"]) == (3, 8, 8)
    assert report["true_boxes"]["all"]["queries"] == 6
    assert report["true_boxes"]["all"]["in_category"]["recall_at_1"] == 1.0
    assert report["detected_boxes"] == report["true_boxes"]
    assert set(report["true_boxes"]["per_category"]) == {"lamp", "rug"}
    assert "held out, in_category_recall_at_1" in as_table(report)
    json.dumps(report, allow_nan=False)


def test_it_equals_a_loop(manifest: Manifest) -> None:
    embedder = ColourEmbedder()
    photos = {p.id: embedder.embed([open_image(p.image)])[0] for p in manifest.products}
    held_out = {p.id for p in manifest.products if p.split == "test"}
    ranks, held_ranks = [], []
    for scene in manifest.part("test").scenes:
        for item in scene.objects:
            [vector] = embedder.embed([crop(open_image(scene.image), item.box)])
            own = float(photos[str(item.product)] @ vector)
            rank = 1 + sum(float(photo @ vector) >= own for name, photo in photos.items() if name != item.product)
            ranks.append(rank)
            held_ranks += [rank] if item.product in held_out else []
    report = evaluate_embedder(manifest, embedder).report
    assert report["true_boxes"]["all"]["overall"]["recall_at_1"] == round(sum(r == 1 for r in ranks) / len(ranks), 4)
    assert report["true_boxes"]["held_out"]["queries"] == len(held_ranks) > 0
    figure = report["headline"]["overall_recall_at_10"]
    assert figure is not None
    assert figure["value"] == round(sum(r <= 10 for r in held_ranks) / len(held_ranks), 4)
    assert figure["low"] <= figure["value"] <= figure["high"]


def test_an_object_that_was_missed_is_not_found(manifest: Manifest) -> None:
    found = truth_of(manifest)
    found[0] = found[0][:1]
    report = evaluate_embedder(manifest, ColourEmbedder(), detector=KnowingDetector(found)).report
    assert report["detected_boxes"]
    part = report["detected_boxes"]["all"]
    assert (part["queries"], part["found"]) == (6, 5)
    assert part["in_category"]["recall_at_10"] == round(5 / 6, 4)


def test_a_box_of_the_wrong_category_finds_nothing_there(manifest: Manifest) -> None:
    other = {"rug": "lamp", "lamp": "rug"}
    found = [[replace(item, category=other[item.category]) for item in items] for items in truth_of(manifest)]
    report = evaluate_embedder(manifest, ColourEmbedder(), detector=KnowingDetector(found)).report
    assert report["detected_boxes"]
    assert report["detected_boxes"]["all"]["in_category"]["recall_at_10"] == 0.0
    assert report["detected_boxes"]["all"]["overall"] == report["true_boxes"]["all"]["overall"]


def test_products_of_another_pack_stand_in_the_way(manifest: Manifest, tmp_path: Path) -> None:
    alone = evaluate_embedder(manifest, ColourEmbedder()).report
    other = Manifest.read(tiny_pack(tmp_path / "other"))
    # The same photos are the same entries: nothing changes.
    twins = evaluate_embedder(manifest, ColourEmbedder(), distractors=[other]).report
    assert (twins["products"], twins["entries"]) == (16, 8)
    assert twins["true_boxes"] == alone["true_boxes"]
    for product in other.products:
        with Image.open(product.image) as image:
            image.convert("RGB").transpose(Image.Transpose.ROTATE_180).save(product.image)
    rivals = evaluate_embedder(manifest, ColourEmbedder(), distractors=[other]).report
    assert rivals["entries"] > 8
    assert rivals["true_boxes"]["all"]["overall"]["recall_at_1"] <= alone["true_boxes"]["all"]["overall"]["recall_at_1"]


def test_the_gap_is_what_photos_find_and_crops_do_not(manifest: Manifest) -> None:
    gap = evaluate_embedder(manifest, ColourEmbedder()).report["domain_gap"]
    assert gap["at_1"] == round(gap["photo_to_photo"]["recall_at_1"] - gap["crop_to_photo"]["recall_at_1"], 4)


def test_a_picture_without_a_vector_is_named(manifest: Manifest) -> None:
    with pytest.raises(EvaluationError, match=r"product rug-green \(.*rug-green\.png\): the embedder gives no number"):
        evaluate_embedder(manifest, BrokenEmbedder(1))
    with pytest.raises(EvaluationError, match=r"scene s3 \(.*scene-3\.png\), object 2: the embedder gives no number"):
        evaluate_embedder(manifest, BrokenEmbedder(9))


def test_a_pack_without_products_is_said(manifest: Manifest) -> None:
    with pytest.raises(EvaluationError, match=r"pack has no products"):
        evaluate_embedder(replace(manifest, products=()), ColourEmbedder())


def test_scenes_without_known_products_are_said(manifest: Manifest) -> None:
    scenes = tuple(replace(s, objects=tuple(replace(o, product=None) for o in s.objects)) for s in manifest.scenes)
    with pytest.raises(EvaluationError, match="no scene of split 'test' shows an object of a known product"):
        evaluate_embedder(replace(manifest, scenes=scenes), ColourEmbedder())


def test_the_worst_crops_are_drawn(manifest: Manifest, tmp_path: Path) -> None:
    judged = evaluate_embedder(manifest, ColourEmbedder())
    save_worst_queries(judged, tmp_path / "worst.png", count=2)
    with Image.open(tmp_path / "worst.png") as sheet:
        assert sheet.width > sheet.height
