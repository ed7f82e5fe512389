"""What becomes of an error that no view foresaw."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    close_old_connections,
    connection,
)
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from labeling.api.errors import handle


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, DatabaseError])
def test_a_database_that_is_away_is_worth_asking_again(kind: type[DatabaseError]) -> None:
    """The base class alone is what psycopg2 raises where the server went in the middle of an answer."""
    response = handle(kind("server closed the connection unexpectedly"), {})
    assert response is not None
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert response.data["error"]["code"] == "busy"


def test_a_mistake_of_ours_is_no_excuse_of_the_database() -> None:
    assert handle(ProgrammingError("no such column"), {}) is None
    assert handle(ZeroDivisionError(), {}) is None


@pytest.fixture
def ended(transactional_db: None) -> Iterator[None]:
    """The connection of this thread, ended by the server while nobody asked anything."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    yield
    connection.close()
    close_old_connections()


def test_a_connection_that_the_server_ended(ended: None) -> None:
    class Asking(APIView):
        authentication_classes = permission_classes = ()

        def get(self, request: Request) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")

    response = Asking.as_view()(APIRequestFactory().get("/"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
