"""Which vertical a command means: the one it names, else the only one there is."""

from __future__ import annotations

import pytest

from labeling.catalog.models import Vertical
from labeling.catalog.selectors import vertical_meant
from labeling.common.errors import NotFoundError
from tests.world import World


def test_it_works(world: World) -> None:
    assert vertical_meant("") == vertical_meant("home") == world.vertical


def test_of_several_one_has_to_be_named(world: World) -> None:
    fashion = Vertical.objects.create(slug="fashion", name="Fashion")
    with pytest.raises(NotFoundError, match=r"Name one vertical: --vertical NAME. Known: fashion, home\."):
        vertical_meant("")
    assert vertical_meant("fashion") == fashion
    with pytest.raises(NotFoundError, match="There is no vertical 'garden'"):
        vertical_meant("garden")


def test_without_any(db: None) -> None:
    with pytest.raises(NotFoundError, match="Known: none yet"):
        vertical_meant("")
