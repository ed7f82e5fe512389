"""Static files as they are in the source, and compressed for whoever takes them so, without a step of building."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any
from wsgiref.headers import Headers

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

TEXT = {".js", ".css", ".svg"}
SMALL = 600
"""Bytes below which compressing saves no packet."""


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise over the source files; the first process that meets a text keeps its compressed form in VAR_DIR."""

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        """The file with its variants; called once for each file while a process starts."""
        if Path(path).suffix not in TEXT or os.stat(path).st_size < SMALL:
            return super().get_static_file(path, url, stat_cache)
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        self.add_cache_headers(headers, path, url)
        # The widget's modules are read by the pages of other sites.
        if self.allow_all_origins:
            headers["Access-Control-Allow-Origin"] = "*"
        return StaticFile(path, headers.items(), encodings={"gzip": str(packed(Path(path)))})


def packed(plain: Path) -> Path:
    """Where the compressed form of a file lies, written where it is not there yet. A file that changes gets another."""
    stamp = plain.stat()
    name = hashlib.sha256(f"{plain} {stamp.st_mtime_ns} {stamp.st_size}".encode()).hexdigest()
    kept = settings.VAR_DIR / "packed" / f"{name}.gz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(f".{os.getpid()}")
        draft.write_bytes(gzip.compress(plain.read_bytes(), 9, mtime=0))
        draft.replace(kept)
    return Path(kept)
