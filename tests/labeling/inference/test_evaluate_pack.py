"""``evaluate_pack`` judges the live models on a folder, names what it cannot judge, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import Image

from labeling.catalog.models import Vertical
from labeling.inference.models import ModelVersion
from models_ml import checkpoints
from models_ml.boxes import to_pixels
from models_ml.detection import Detector
from models_ml.embedding import Embedder
from models_ml.images import crop, open_image
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack
from tests.world import World


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Holds ``pack`` and a ``detector`` and ``embedder``; random weights are sure of little, so all is searched for."""
    settings.DETECTION_MIN_SCORE = 0.0
    settings.DETECTIONS_MAX = 5
    tiny_pack(tmp_path / "pack")
    tiny_detector(tmp_path, CATEGORIES)
    tiny_embedder(tmp_path)
    return tmp_path


def judged(folder: Path, capsys: Any, *more: str, models: bool = True) -> dict[str, Any]:
    given = ["--detector", str(folder), "--embedder", str(folder)] if models else []
    call_command("evaluate_pack", str(folder / "pack"), "--json", *given, *more)
    return json.loads(capsys.readouterr().out)


def test_it_works(modelled: World, folder: Path, capsys: Any) -> None:
    """With the live models of the only vertical."""
    figures = judged(folder, capsys, models=False)
    assert set(figures) == {"detection", "retrieval", "scenes_per_second"}
    assert set(figures["detection"]) == {"map", "map50", "per_category"}
    assert set(figures["retrieval"]) == {"r1", "r5", "r10", "r50", "r100", "map", "in_category"}
    assert set(figures["retrieval"]["in_category"]) == {"r1", "r5", "r10", "r20"}
    assert figures["retrieval"]["r10"] == 1.0
    assert figures["scenes_per_second"] > 0
    call_command("evaluate_pack", str(folder / "pack"))
    assert "scenes per second" in capsys.readouterr().out


def test_it_equals_a_loop(db: None, folder: Path, capsys: Any) -> None:
    detector, embedder = Detector.load(folder / "detector"), Embedder.load(folder / "embedder")
    rows = [json.loads(line) for line in (folder / "pack" / "products.jsonl").read_text().splitlines()]
    photos = {row["id"]: embedder.embed([open_image(folder / "pack" / row["image"])])[0] for row in rows}
    category = {row["id"]: row["category"] for row in rows}
    first = first_near = pairs = 0
    for line in (folder / "pack" / "scenes.jsonl").read_text().splitlines():
        scene = json.loads(line)
        image = open_image(folder / "pack" / scene["image"])
        [found] = detector.detect([image], min_score=0.0, max_detections=5)
        best = dict.fromkeys(photos, -9.0)
        for item in found:
            [vector] = embedder.embed([crop(image, item.box)])
            for name, photo in photos.items():
                elsewhere = 0.0 if category[name] == item.category else 2.0
                best[name] = max(best[name], float(photo @ vector) - elsewhere)
        for product in {item["product"] for item in scene["objects"]}:
            pairs += 1
            rivals = {name: score for name, score in best.items() if name != product}
            first += all(score < best[product] for score in rivals.values())
            first_near += all(
                score < best[product] for name, score in rivals.items() if category[name] == category[product]
            )
    figures = judged(folder, capsys)
    assert figures["retrieval"]["r1"] == round(first / pairs, 4)
    assert figures["retrieval"]["in_category"]["r1"] == round(first_near / pairs, 4)


def test_nothing_is_left_behind(modelled: World, folder: Path, capsys: Any) -> None:
    def rows() -> dict[str, int]:
        return {model.__name__: model.objects.count() for model in apps.get_models()}

    def files() -> set[Path]:
        roots = (settings.MEDIA_ROOT, settings.MODELS_ROOT, settings.INDEX_ROOT, folder / "pack")
        return {path for root in roots for path in Path(root).rglob("*")}

    before = rows(), files()
    judged(folder, capsys, models=False)
    assert (rows(), files()) == before


def test_boxes_alone_are_judged_by_coco(db: None, folder: Path, capsys: Any) -> None:
    """A pack as detection sets come: boxes in annotations.json, here just where the detector finds one; no products."""
    picture = open_image(folder / "pack" / "images" / "scene-0.png")
    [[surest, *_]] = Detector.load(folder / "detector").detect([picture], min_score=0.02)
    left, top, right, bottom = to_pixels(surest.box, *picture.size)
    coco = {
        "images": [{"id": 1, "file_name": "images/scene-0.png", "width": picture.width, "height": picture.height}],
        "categories": [{"id": 3, "name": "Floor rug"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [left, top, right - left, bottom - top]}],
    }
    (folder / "pack" / "annotations.json").write_text(json.dumps(coco))
    (folder / "pack" / "products.jsonl").unlink()
    scenes = [{"id": "a", "image": "images/scene-0.png"}, {"id": "b", "image": "images/scene-1.png"}]
    (folder / "pack" / "scenes.jsonl").write_text("".join(json.dumps(scene) + "\n" for scene in scenes))
    figures = judged(folder, capsys)
    assert figures["retrieval"] is None
    assert figures["detection"]["per_category"] == {"floor-rug": {"map": 0.0, "map50": 0.0, "objects": 1}}
    (folder / "map.json").write_text(json.dumps({surest.category: "floor-rug"}))
    mapped = judged(folder, capsys, "--categories", str(folder / "map.json"))
    assert mapped["detection"]["map50"] > 0.0


def test_a_list_of_products_is_enough(db: None, folder: Path, capsys: Any) -> None:
    path = folder / "pack" / "scenes.jsonl"
    scenes = [json.loads(line) for line in path.read_text().splitlines()]
    for scene in scenes:
        scene["product_ids"] = [item["product"] for item in scene.pop("objects")] + ["ghost"]
    path.write_text("".join(json.dumps(scene) + "\n" for scene in scenes))
    call_command("evaluate_pack", str(folder / "pack"), "--json", "--detector", str(folder), "--embedder", str(folder))
    captured = capsys.readouterr()
    assert json.loads(captured.out)["detection"] is None
    assert json.loads(captured.out)["retrieval"]["r10"] == 1.0
    assert "scene 's0' names product 'ghost', not in products.jsonl" in captured.err


def test_a_part_is_the_packs_own_or_a_fifth(db: None, folder: Path, capsys: Any) -> None:
    assert judged(folder, capsys, "--split", "test")["detection"]["per_category"]["rug"]["objects"] == 2
    path = folder / "pack" / "scenes.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        del row["split"]
    # The sha256 of their ids puts s0 and s3 of these eight on the test side.
    rows[0]["objects"] = rows[0]["objects"][1:]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    counts = judged(folder, capsys, "--split", "test")["detection"]["per_category"]
    assert {name: row["objects"] for name, row in counts.items()} == {"rug": 1, "lamp": 2}
    path.write_text(json.dumps(rows[1]) + "\n")
    with pytest.raises(CommandError, match=r"has no scene in split 'test'\. Judge it with --split all"):
        judged(folder, capsys, "--split", "test")


def test_whose_models_must_be_clear(modelled: World, folder: Path, capsys: Any) -> None:
    other = Vertical.objects.create(slug="attic", name="Attic")
    with pytest.raises(CommandError, match=r"attic has no live models\. Run manage\.py load_models DIR"):
        judged(folder, capsys, "--vertical", "attic", models=False)
    with pytest.raises(CommandError, match="no vertical 'cellar'"):
        judged(folder, capsys, "--vertical", "cellar", models=False)
    for number, version in enumerate((modelled.detector, modelled.embedder)):
        ModelVersion.objects.create(
            vertical=other, kind=version.kind, number=number, path=version.path, fingerprint="x", live=True
        )
    with pytest.raises(CommandError, match=r"--vertical NAME\. With live models: attic, home"):
        judged(folder, capsys, models=False)
    (folder / "pack").rename(folder / "attic")
    call_command("evaluate_pack", str(folder / "attic"), "--json")
    ModelVersion.objects.update(live=False)
    with pytest.raises(CommandError, match="With live models: none yet"):
        call_command("evaluate_pack", str(folder / "attic"))


def test_a_folder_that_is_no_pack_is_named(db: None, folder: Path, capsys: Any) -> None:
    (folder / "pack" / "scenes.jsonl").write_text("\n")
    with pytest.raises(CommandError, match=r"scenes\.jsonl holds no scene that can be read \(the file is empty\)"):
        judged(folder, capsys)
    (folder / "pack" / "scenes.jsonl").write_text("{}\n")
    with pytest.raises(CommandError, match=r"holds no scene that can be read \(scenes\.jsonl:1: "):
        judged(folder, capsys)
    (folder / "pack" / "scenes.jsonl").unlink()
    with pytest.raises(CommandError, match=r"pack has no scenes\.jsonl"):
        judged(folder, capsys)


def test_a_picture_that_cannot_be_judged_is_named(db: None, folder: Path, capsys: Any) -> None:
    picture = folder / "pack" / "images" / "scene-2.png"
    Image.fromarray(np.full((40, 40), np.nan, dtype=np.float32)).save(picture, format="TIFF")
    with pytest.raises(CommandError, match=r"scene 's2' \(images/scene-2\.png\): not a picture we can read.*Mend"):
        judged(folder, capsys)
    picture.unlink()
    with pytest.raises(CommandError, match=r"scene 's2' .*is not in the pack"):
        judged(folder, capsys)
    (folder / "pack" / "images" / "rug-red.png").write_bytes(b"no picture")
    with pytest.raises(CommandError, match=r"product 'rug-red' \(images/rug-red\.png\): not a picture we can read"):
        judged(folder, capsys)


def test_a_checkpoint_that_cannot_work_is_named(db: None, folder: Path, capsys: Any) -> None:
    with pytest.raises(CommandError, match=r"ghost\.json is missing"):
        judged(folder, capsys, "--detector", str(folder / "ghost"))
    state, sidecar = checkpoints.load(folder / "embedder")
    state["project.bias"][0] = float("inf")
    checkpoints.save(folder / "broken", state, sidecar)
    with pytest.raises(CommandError, match=r"broken\.safetensors: project\.bias holds values that are no numbers"):
        judged(folder, capsys, "--embedder", str(folder / "broken"))
    checkpoints.save(folder / "foreign", {"w": torch.ones(1)}, {"kind": "detector", "config": {"layers": 3}})
    with pytest.raises(CommandError, match="foreign: the sidecar holds no detector's config"):
        judged(folder, capsys, "--detector", str(folder / "foreign"))


def test_a_class_map_that_is_none_is_named(db: None, folder: Path, capsys: Any) -> None:
    (folder / "map.json").write_text("[]")
    with pytest.raises(CommandError, match=r"map\.json is no class map"):
        judged(folder, capsys, "--categories", str(folder / "map.json"))
