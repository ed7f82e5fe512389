"""One shape for every error: ``{"error": {"code", "message", "fields"?}, ...extra}``."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from labeling.common.errors import ApplicationError, BusyError

log = logging.getLogger(__name__)


def handle(error: Exception, context: dict[str, object]) -> Response | None:
    """DRF's EXCEPTION_HANDLER; None lets an unforeseen error become a 500 and reach the log."""
    if isinstance(error, ApplicationError):
        set_rollback()
        headers = {"Retry-After": str(error.seconds)} if isinstance(error, BusyError) else None
        body = _body(error.code, error.message, error.fields) | error.extra
        return Response(body, status=error.status, headers=headers)
    if _database_away(error):
        # It restarts or is out of reach; what was asked may succeed in a moment.
        log.error("the database does not answer: %s", error)
        return Response(
            _body("busy", "The database does not answer. Ask again in a moment.", {}),
            status=503,
            headers={"Retry-After": "2"},
        )
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        fields = dict(_flat(error.detail))
        message = "; ".join(f"{name}: {text}" for name, text in fields.items())
        response.data = _body("invalid", message, fields)
    elif isinstance(error, Http404 | exceptions.NotFound):
        response.data = _body("not_found", "There is nothing here, or nothing that you may see.", {})
    elif isinstance(error, PermissionDenied):
        response.data = _body("forbidden", "You may not do this.", {})
    elif isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        response.data = _body(codes if isinstance(codes, str) else error.default_code, str(error.detail), {})
    return response


def _database_away(error: Exception) -> bool:
    # A server that goes away in the middle of an answer leaves no code to tell by, and psycopg2 raises the bare base class.
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def _body(code: str, message: str, fields: dict[str, str]) -> dict[str, object]:
    error: dict[str, object] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return {"error": error}


def _flat(detail: object, path: str = "") -> Iterator[tuple[str, str]]:
    """DRF's nested lists and dicts of faults as ``decisions.0.box`` and a sentence."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list) and detail and all(not isinstance(each, dict | list) for each in detail):
        yield path or "body", " ".join(map(str, detail))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{position}" if path else str(position))
    else:
        yield path or "body", str(detail)
