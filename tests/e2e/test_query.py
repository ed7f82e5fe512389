"""A picture that was never seen, looked at by a real worker with tiny models, within one request to the production server."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image

from benchmarks._web import Web
from labeling.catalog.models import Product, Scene
from labeling.inference.models import IndexBuild
from tests.e2e.conftest import StartWorker
from tests.e2e.workers import wait_until
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import CATEGORIES, tiny_pack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def post(web: Web, data: bytes) -> tuple[int, dict[str, Any]]:
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=120)
    line.request("POST", "/api/looks/query/", data, {"Content-Type": "image/jpeg", "User-Agent": "Mozilla/5.0"})
    answer = line.getresponse()
    return answer.status, json.loads(answer.read())


def test_it_works(web: Web, start_worker: StartWorker, settings: Any, tmp_path: Path) -> None:
    settings.DETECTION_MIN_SCORE, settings.DETECTIONS_MAX = 0.0, 3
    worker = start_worker()
    pack = tiny_pack(tmp_path / "pack", scenes=2)
    call_command("import_pack", str(pack), vertical="home", verbosity=0)
    tiny_detector(tmp_path / "made", CATEGORIES)
    tiny_embedder(tmp_path / "made")
    call_command("load_models", str(tmp_path / "made"), vertical="home")
    scenes = Scene.objects.count()
    unseen = tmp_path / "unseen.jpg"
    with Image.open(pack / "images" / "scene-0.png") as image:
        image.convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(unseen, "JPEG")
    answers: list[tuple[int, dict[str, Any]]] = []

    def answered() -> bool:
        # A worker that is not warm yet may take longer than anybody waits.
        answers.append(post(web, unseen.read_bytes()))
        assert answers[-1][0] in (200, 503), answers[-1]
        return answers[-1][0] == 200

    wait_until(answered, what="the answer", log=worker.log)
    body = answers[-1][1]
    assert 1 <= len(body["objects"]) <= 3
    sellable = set(Product.objects.values_list("pk", flat=True))
    for found in body["objects"]:
        left, top, right, bottom = found["box"]
        assert left <= found["dot"][0] <= right and top <= found["dot"][1] <= bottom
        assert {each["product"] for each in found["products"]} <= sellable
        scores = [each["score"] for each in found["products"]]
        assert scores == sorted(scores, reverse=True)
    assert body["versions"]["index"] == IndexBuild.objects.get(live=True).pk
    assert Scene.objects.count() == scenes
    cut = unseen.read_bytes()
    status, body = post(web, cut[: len(cut) // 2])
    assert (status, body["error"]["code"]) == (400, "bad_image")
