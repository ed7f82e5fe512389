"""Whether pairs are to be weighed is asked every minute: it reads what came since, not all that are there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from labeling.datasets.models import Weighing
from labeling.datasets.selectors import suspects, verticals_to_weigh, weighing_of
from labeling.datasets.services import pairs_curate
from tests.labeling.web.test_suspects_cost import grown, read_so_far
from tests.world import World


def read_by(asks: Callable[[], object]) -> int:
    before = read_so_far()
    asks()
    return read_so_far() - before


def weighed(world: World, numbers: range) -> None:
    """These pairs more, all weighed, and the ways that the database takes through large tables."""
    grown(world, numbers)
    stands = weighing_of(vertical=world.vertical)
    Weighing.objects.update_or_create(
        vertical=world.vertical,
        defaults={"pairs": stands.pairs, "last_pair": stands.last_pair, "weighed_at": stands.weighed_at},
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")


def test_it_does_not_grow_with_the_pairs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "ENOUGH_NEW", 0.5)
    read = {"nothing": [], "few came": [], "many came": []}  # type: dict[str, list[int]]
    for start, end in ((0, 20), (30, 90)):
        weighed(world, range(start, end))
        read["nothing"].append(read_by(verticals_to_weigh))
        grown(world, range(end, end + 5))
        read["few came"].append(read_by(verticals_to_weigh))
        monkeypatch.setattr(suspects, "ENOUGH_NEW", 0.001)
        read["many came"].append(read_by(verticals_to_weigh))
        assert verticals_to_weigh() == [world.vertical]
        monkeypatch.setattr(suspects, "ENOUGH_NEW", 0.5)
        grown(world, range(end + 5, end + 10))
    for what, (small, large) in read.items():
        assert large <= small + 2, (what, read)
    # Of those that came no more are read than are enough.
    assert read["many came"][0] < read["few came"][0] <= read["nothing"][0] + 6, read


def test_what_curators_did_is_counted_without_reading_the_pairs(world: World) -> None:
    weighed(world, range(30))
    pairs_curate(pairs=list(world.vertical.pairs.values_list("pk", flat=True)[:20]), verb="withdraw", actor=world.cora)
    asked = read_by(verticals_to_weigh)
    assert verticals_to_weigh() == [world.vertical] and asked <= 5


def test_counting_reads_them_all(world: World) -> None:
    """So that the counts above are known to see what is read."""
    weighed(world, range(30))
    assert read_by(lambda: weighing_of(vertical=world.vertical)) >= 20
