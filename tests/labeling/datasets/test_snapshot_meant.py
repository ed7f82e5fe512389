"""Which snapshot a command means: the one of a number, else the newest."""

from __future__ import annotations

import pytest

from labeling.catalog.models import Vertical
from labeling.common.errors import NotFoundError
from labeling.datasets.selectors import snapshot_meant
from labeling.datasets.services import snapshot_freeze
from tests.labeling.datasets.pairing import plain
from tests.world import World


def test_it_works(world: World) -> None:
    plain(world, 2)
    first, second = (snapshot_freeze(vertical=world.vertical) for _ in range(2))
    assert snapshot_meant(vertical=world.vertical, number=None) == second
    assert snapshot_meant(vertical=world.vertical, number=1) == first


def test_what_is_not_there_names_what_is(world: World) -> None:
    with pytest.raises(NotFoundError, match=r"home has no snapshot\. Known: none yet; freeze one first"):
        snapshot_meant(vertical=world.vertical, number=None)
    plain(world, 2)
    for _ in range(2):
        snapshot_freeze(vertical=world.vertical)
    for number in (0, 7):
        with pytest.raises(NotFoundError, match=rf"home has no snapshot {number}. Known: 1, 2\."):
            snapshot_meant(vertical=world.vertical, number=number)
    other = Vertical.objects.create(slug="fashion", name="Fashion")
    with pytest.raises(NotFoundError, match="fashion has no snapshot 1"):
        snapshot_meant(vertical=other, number=1)
