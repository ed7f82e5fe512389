"""A picture that was never seen: refused where it is none, turned away where there is no room, and answered from one request.

The answers of models are tested with a real worker, in ``tests/e2e/test_query.py``; here no worker runs, or one is played.
"""

from __future__ import annotations

import io
import threading
import uuid
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from labeling.catalog.models import Vertical
from labeling.serving import desk
from labeling.serving.tasks import answer_query
from tests.world import World, picture

PATH = "/api/looks/query/"


@pytest.fixture(autouse=True)
def room(settings: Any) -> Iterator[None]:
    """Nobody else's pictures wait, and nobody waits for long."""
    settings.QUERY_SECONDS = 1
    client = desk._client()
    client.delete(desk.PLACES)
    yield
    client.delete(desk.PLACES)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the pictures that a worker was told of; none runs."""
    names: list[str] = []
    monkeypatch.setattr(answer_query, "apply_async", lambda args, **_: names.append(args[0]))
    return names


def ask(data: bytes | None = None, *, kind: str = "image/jpeg", path: str = PATH, **headers: str) -> Any:
    client = Client(REMOTE_ADDR=f"2001:db8::{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}")
    return client.post(path, picture() if data is None else data, content_type=kind, headers=headers)


def bomb() -> bytes:
    """A PNG whose header promises 40,000 by 40,000 pixels."""
    whole = io.BytesIO()
    Image.new("RGB", (1, 1)).save(whole, "PNG")
    data = bytearray(whole.getvalue())
    data[16:24] = (40_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def test_it_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def played(args: tuple[str, int, float], **told: Any) -> None:
        assert (args[1:], told) == ((world.vertical.pk, 64 / 48), {"expires": 1, "retry": False})
        assert desk.picture_fetch(args[0]) == picture()
        desk.answer_give(args[0], {"objects": []})

    monkeypatch.setattr(answer_query, "apply_async", played)
    response = ask()
    assert (response.status_code, response.json()) == (200, {"objects": []})
    assert response["Cache-Control"] == "no-store"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert desk._client().zcard(desk.PLACES) == 0


def test_in_a_form(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_query, "apply_async", lambda args, **_: desk.answer_give(args[0], {"objects": []}))
    form = {"image": SimpleUploadedFile("room.jpg", picture(), "image/jpeg")}
    assert Client().post(PATH, form).json() == {"objects": []}
    assert Client().post(PATH, {"other": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"", "image/jpeg", 400, "invalid"),
        (b"not a picture", "image/jpeg", 400, "bad_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image/svg+xml", 400, "bad_image"),
        (bomb(), "image/png", 400, "bad_image"),
        (picture()[:40], "image/jpeg", 400, "bad_image"),
        (b"GIF89a" + bytes(40), "image/gif", 400, "bad_image"),
        (b"{}", "application/json", 415, "unsupported_media_type"),
        (b"x" * 20_001, "image/jpeg", 413, "too_large"),
        (b"x" * 50_000, "image/jpeg", 413, "too_large"),
    ],
)
def test_what_is_no_picture_is_refused_at_the_door(
    world: World, sent: list[str], settings: Any, data: bytes, kind: str, status: int, code: str
) -> None:
    settings.QUERY_MAX_BYTES = 20_000
    response = ask(data, kind=kind)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert sent == []
    assert desk._client().zcard(desk.PLACES) == 0


def test_what_only_unpacking_shows_is_told_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        answer_query, "apply_async", lambda args, **_: desk.answer_give(args[0], {"refused": "Cut off. Send another."})
    )
    response = ask()
    assert (response.status_code, response.json()["error"]["message"]) == (400, "Cut off. Send another.")


def test_without_a_worker_nobody_waits_for_ever(world: World, sent: list[str]) -> None:
    response = ask()
    assert (response.status_code, response.json()["error"]["code"]) == (503, "busy")
    assert int(response["Retry-After"]) > 0
    [name] = sent
    # The asker has left: whoever comes to look finds nothing to do.
    assert desk.picture_fetch(name) is None
    assert desk._client().zcard(desk.PLACES) == 0


def test_a_crowd_is_turned_away_at_the_door(world: World, sent: list[str], settings: Any) -> None:
    settings.QUERIES_WAITING = 2
    with desk.place_taken(b"1"), desk.place_taken(b"2"):
        response = ask()
        assert (response.status_code, int(response["Retry-After"]) > 0) == (503, True)
        assert sent == []
    assert desk._client().zcard(desk.PLACES) == 0


def test_no_two_take_the_last_place(settings: Any) -> None:
    settings.QUERIES_WAITING = 3
    start, took = threading.Barrier(12), []

    def enter() -> None:
        start.wait()
        try:
            with desk.place_taken(b"x") as name:
                took.append(name)
                start.wait()
        except desk.BusyError:
            start.wait()

    threads = [threading.Thread(target=enter) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == 3


def test_the_place_of_one_who_died_comes_back(settings: Any) -> None:
    settings.QUERIES_WAITING = 1
    dead = desk.place_taken(b"x")
    dead.__enter__()
    with pytest.raises(desk.BusyError), desk.place_taken(b"y"):
        pass
    desk._client().zadd(desk.PLACES, {"dead": 0, **dict.fromkeys(desk._client().zrange(desk.PLACES, 0, -1), 0)})
    with desk.place_taken(b"y"):
        pass


def test_without_redis_it_says_so(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_client", lambda: redis.Redis(unix_socket_path="/nowhere/redis.sock"))
    response = ask()
    assert (response.status_code, int(response["Retry-After"]) > 0) == (503, True)


def test_one_address_asks_so_often(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.QUERIES_A_MINUTE = 2
    monkeypatch.setattr(answer_query, "apply_async", lambda args, **_: desk.answer_give(args[0], {"objects": []}))
    client = Client(REMOTE_ADDR=f"2001:db8::{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}")
    answers = [client.post(PATH, picture(), content_type="image/jpeg") for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 2
    assert all(0 < int(answer["Retry-After"]) <= 60 for answer in refused)


def test_which_vertical(world: World, sent: list[str]) -> None:
    assert ask(path=f"{PATH}?vertical=home").status_code == 503
    assert ask(path=f"{PATH}?vertical=garden").status_code == 404
    Vertical.objects.create(slug="fashion", name="Fashion")
    response = ask()
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid")
    assert len(sent) == 1
