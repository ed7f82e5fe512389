"""One family of errors for rules that were broken, each saying what is wrong and what to do next; and going on after one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class ApplicationError(Exception):
    """A rule of the house was broken; ``message`` is for the person, ``code`` and ``fields`` for the program."""

    code = "invalid"
    status = 400

    def __init__(
        self, message: str, *, fields: dict[str, str] | None = None, extra: dict[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}
        self.extra = extra or {}


class NotFoundError(ApplicationError):
    """No such thing, or none that this person may know of."""

    code = "not_found"
    status = 404


class ForbiddenError(ApplicationError):
    """The person may not do this."""

    code = "forbidden"
    status = 403


class ConflictError(ApplicationError):
    """Someone was there first; ``extra`` carries what they left."""

    code = "conflict"
    status = 409


class BusyError(ApplicationError):
    """There is no room for one more now; ``seconds`` is when it is worth asking again."""

    code = "busy"
    status = 503

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@contextmanager
def trouble_logged(log: logging.Logger, words: str, *of: object) -> Iterator[None]:
    """Where one of many fails, note it with its trace and go on: the trouble of one is not that of the next.

    ``words`` say, with ``of`` in them, what could not be done. Only for what is tried again by itself.
    """
    try:
        yield
    except Exception:
        log.exception(words, *of)
