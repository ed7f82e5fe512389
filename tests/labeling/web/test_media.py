"""Pictures, and nothing but pictures, from MEDIA_ROOT and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from labeling.common.storage import image_store
from tests.world import picture


def test_it_works() -> None:
    data = picture("red")
    answer: Any = Client().get(f"/media/{image_store(data, item='red').path}")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == data
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.jpg",
        "images/../../secret.jpg",
        "%2e%2e/secret.jpg",
        "/etc/secret.jpg",
        "gone.jpg",
        "images",
        "a%00.jpg",
    ],
)
def test_outside_there_is_nothing(path: str) -> None:
    Path(settings.MEDIA_ROOT).mkdir(parents=True)
    (Path(settings.MEDIA_ROOT).parent / "secret.jpg").write_bytes(picture())
    assert Client().get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "notes.txt", "plain"])
def test_what_a_browser_could_run_is_not_served(name: str) -> None:
    Path(settings.MEDIA_ROOT).mkdir(parents=True)
    (Path(settings.MEDIA_ROOT) / name).write_text("<script>alert(1)</script>")
    assert Client().get(f"/media/{name}").status_code == 404
