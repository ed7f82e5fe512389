"""A statement is planned once a connection, and answers what the plain one does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DataError

from labeling.common.prepared import prepared

SUM = "SELECT sum(n) FROM generate_series(1, %(most)s) n WHERE n > %(above)s AND n %% 2 = 0 LIMIT %(rows)s"
HALVES = "SELECT 8 / %(by)s"


def answer(statement: str, **values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def kept() -> int:
    return int(str(answer("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'looktag%%'")))


@pytest.mark.django_db
def test_it_works() -> None:
    before = kept()
    for most in (10, 100):
        said = answer(prepared(SUM, "most", "above", rows=1), most=most, above=4)
        assert said == sum(n for n in range(1, most + 1) if n > 4 and n % 2 == 0)
    assert kept() == before + 1


@pytest.mark.django_db
def test_one_plan_serves_all_values() -> None:
    statement = "SELECT count(*) FROM accounts_user WHERE id = ANY(%(ids)s::bigint[])"
    for ids in ([1], [2, 3], list(range(40))):
        answer(prepared(statement, "ids"), ids=ids)
    plans = (
        "SELECT generic_plans || ' and ' || custom_plans FROM pg_prepared_statements"
        " WHERE statement LIKE '%%count(*) FROM accounts_user%%'"
    )
    assert answer(plans) == "3 and 0"


@pytest.mark.django_db
def test_a_constant_makes_another_statement() -> None:
    before = kept()
    for rows in (3, 4, 3):
        answer(prepared(SUM, "most", "above", rows=rows), most=10, above=0)
    assert kept() == before + 2


@pytest.mark.django_db(transaction=True)
def test_it_outlives_what_is_rolled_back_and_comes_back_with_a_new_connection() -> None:
    connection.close()
    with pytest.raises(DataError), transaction.atomic():
        answer(prepared(HALVES, "by"), by=0)
    assert kept() == 1
    assert answer(prepared(HALVES, "by"), by=2) == 4
    connection.close()
    assert kept() == 0
    assert answer(prepared(HALVES, "by"), by=4) == 2


@pytest.mark.django_db
def test_it_can_be_turned_off(settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    before = kept()
    assert answer(prepared(SUM, "most", "above", rows=1), most=10, above=0) == 30
    assert kept() == before
