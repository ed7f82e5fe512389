"""The page of suspicious pairs costs the same however many pairs there are: statements, and rows that the database reads."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.datasets.models import Pair, PairDoubt
from labeling.datasets.selectors import doubts_page, pairs_suspicious
from labeling.web.curate import suspects
from tests.labeling.api.desk import signed_in
from tests.labeling.datasets.pairing import judged
from tests.world import World

PAGE = "/curate/suspects/"
READ = """
    SELECT COALESCE(sum(seq_tup_read + idx_tup_fetch), 0) FROM pg_stat_xact_user_tables
    WHERE relname LIKE 'datasets%' OR relname LIKE 'inference%' OR relname LIKE 'annotation%'
"""


def read_so_far() -> int:
    with connection.cursor() as cursor:
        cursor.execute(READ)
        return int(cursor.fetchone()[0])


def cost(client: Client, address: str) -> tuple[int, int]:
    """Statements and rows of one visit; the visit before it has warmed what is kept."""
    client.get(address)
    before = read_so_far()
    with CaptureQueriesContext(connection) as statements:
        page = client.get(address)
    assert page.content.decode().count("data-suspect ") == suspects.PAGE
    return len(statements), read_so_far() - before


def grown(world: World, numbers: range) -> None:
    """A pair in doubt for each number."""
    draw = random.Random(numbers.start)
    pairs = [judged(world, number, draw) for number in numbers]
    Pair.objects.update(withdrawn_at=None)
    PairDoubt.objects.bulk_create(
        PairDoubt(pair=pair, vertical=world.vertical, category=strength, product=0.0, strength=strength)
        for pair in pairs
        if (strength := draw.random())
    )


@pytest.mark.parametrize("deep", [False, True])
def test_it_does_not_grow_with_the_pairs(world: World, monkeypatch: pytest.MonkeyPatch, deep: bool) -> None:
    monkeypatch.setattr(suspects, "PAGE", 4)
    monkeypatch.setattr(suspects, "COUNTED", 8)
    cora, costs = signed_in(world.cora), []
    for numbers in (range(30), range(30, 150)):
        grown(world, numbers)
        with connection.cursor() as cursor:
            # A table of a few pages is read whole by the best of plans; these are the ways to read of large ones.
            cursor.execute("ANALYZE")
            for way in ("seqscan", "hashjoin", "mergejoin", "material"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        middle = doubts_page(vertical=world.vertical, after=None, size=15)[-1].pair
        costs.append(cost(cora, f"{PAGE}?before={middle}" if deep else PAGE))
    assert costs[0][0] == costs[1][0] and 0 < costs[1][1] <= 1.2 * costs[0][1], costs


def test_weighing_reads_them_all(world: World) -> None:
    """So that the count above is known to see what is read."""
    read = []
    for numbers in (range(30), range(30, 150)):
        grown(world, numbers)
        before = read_so_far()
        pairs_suspicious(vertical=world.vertical)
        read.append(read_so_far() - before)
    assert read[1] > 3 * read[0]
