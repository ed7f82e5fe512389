"""Scripts and styles travel compressed where the browser takes them so, and are what stands in the source."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from labeling.common.static import packed

NAME = "js/annotate/main.js"
SOURCE = Path(__file__).resolve().parents[3] / "static" / NAME


def sent(**headers: str) -> Any:
    return Client().get(f"/static/{NAME}", headers=headers)


def test_it_works() -> None:
    answer = sent(accept_encoding="gzip, deflate, br")
    body = b"".join(answer.streaming_content)
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "javascript" in answer.headers["Content-Type"]
    assert gzip.decompress(body) == SOURCE.read_bytes()
    assert len(body) < SOURCE.stat().st_size / 2


def test_whoever_takes_plain_text_gets_it() -> None:
    answer = sent()
    assert "Content-Encoding" not in answer.headers
    assert b"".join(answer.streaming_content) == SOURCE.read_bytes()


def test_what_a_browser_has_is_not_sent_again() -> None:
    known = sent(accept_encoding="gzip").headers["ETag"]
    assert sent(accept_encoding="gzip", if_none_match=known).status_code == 304


def test_a_file_that_changed_is_compressed_anew(tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text("let a = 1;\n" * 100)
    first = packed(script)
    assert packed(script) == first and first.is_relative_to(settings.VAR_DIR)
    script.write_text("let b = 2;\n" * 100)
    os.utime(script, (1, 1))
    second = packed(script)
    assert second != first
    assert gzip.decompress(second.read_bytes()) == script.read_bytes()


def test_pages_of_other_sites_may_read_scripts() -> None:
    for headers in ({}, {"accept_encoding": "gzip"}):
        assert sent(**headers).headers["Access-Control-Allow-Origin"] == "*"
