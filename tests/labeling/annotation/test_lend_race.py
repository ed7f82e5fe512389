"""Fifty people ask at once: no seat is ever held by two, and none is left behind."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection

from labeling.accounts.models import Role, User
from labeling.annotation.models import Assignment
from tests.labeling.deciding import add_scenes, lent_ids
from tests.world import World

CLIENTS = 50


@pytest.mark.parametrize("overlap", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_it_works(world: World, overlap: int) -> None:
    world.campaign.overlap = overlap
    world.campaign.save()
    add_scenes(world, CLIENTS)
    Assignment.objects.filter(pk=world.assignment.pk).delete()
    people = [User.objects.create(username=f"client-{n}", role=Role.ANNOTATOR) for n in range(CLIENTS)]
    got: list[tuple[int, int]] = []
    errors: list[Exception] = []
    together = threading.Barrier(CLIENTS)
    seats = CLIENTS * overlap

    def client(person: User) -> None:
        try:
            together.wait()
            mine: set[int] = set()
            # With overlap a scene whose first seat is being lent this instant is passed over, so ask as a page does: again.
            for _ in range(20):
                mine.update(lent_ids(person, world, want=overlap))
                if len(mine) == overlap:
                    break
            got.extend((person.pk, seat) for seat in mine)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    holders = Counter(seat for _, seat in got)
    assert max(holders.values()) == 1, "a seat was lent twice"
    assert len(holders) == seats, "a seat was left behind"
    kept = Assignment.objects.values_list("annotator", "pk")
    assert sorted(kept) == sorted(got)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_of_one_person_share(world: World) -> None:
    add_scenes(world, 9)
    together = threading.Barrier(8)
    got: list[tuple[int, ...]] = []

    def tab() -> None:
        together.wait()
        got.append(tuple(sorted(lent_ids(world.ann, world, want=3))))
        connection.close()

    threads = [threading.Thread(target=tab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and len(set(got)) == 1 and len(got[0]) == 3
