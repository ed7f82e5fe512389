"""Serving stored pictures where no web server or bucket in front of us does."""

from __future__ import annotations

import mimetypes

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest
from django.utils._os import safe_join
from django.views.decorators.http import require_safe

FOREVER = "public, max-age=31536000, immutable"
TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


@require_safe
def media(request: HttpRequest, path: str) -> FileResponse:
    """A picture under MEDIA_ROOT. Its name is the hash of its bytes, so whoever has it may keep it for ever."""
    kind, _ = mimetypes.guess_type(path)
    if kind not in TYPES:
        raise Http404
    try:
        found = safe_join(settings.MEDIA_ROOT, path)
        file = open(found, "rb")  # noqa: SIM115 - the response closes it
    except (SuspiciousFileOperation, OSError, ValueError) as error:
        raise Http404 from error
    response = FileResponse(file, content_type=kind)
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    return response
