"""A freeze of many pairs is planned well, even where no picture has been looked at for likeness yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

from labeling.datasets.services import pairs_admit, snapshot_freeze
from labeling.datasets.services.freezing import COPY
from tests.labeling.tagging import resolve
from tests.world import World, make_scene


def explained(world: World) -> list[str]:
    """The plan of the copying statement of a freeze, as the planner made it then and there."""
    plan: list[str] = []

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql == COPY:
            execute("EXPLAIN " + sql, params, many, context)
            plan.extend(line for (line,) in context["cursor"].fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        snapshot_freeze(vertical=world.vertical, actor=world.cora)
    return plan


def test_no_table_is_looked_through_once_a_scene(world: World) -> None:
    """A likeness table known to be empty invites it, and the same statement fills the table meanwhile."""
    for number in range(40):
        scene = make_scene(world.vertical, f"scene-{number}")
        pairs_admit(resolutions=[resolve(world, scene=scene, product=product) for product in world.sofas[:2]])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE datasets_scenelikeness, datasets_productlikeness, datasets_pair, catalog_scene")
    plan = explained(world)
    assert any("datasets_scenelikeness" in line for line in plan)
    assert not [line for line in plan if "Nested Loop" in line]


def test_the_planner_is_left_as_it_was(world: World) -> None:
    pairs_admit(resolutions=[resolve(world, scene=make_scene(world.vertical, "scene"), product=world.sofas[0])])
    snapshot_freeze(vertical=world.vertical, actor=world.cora)
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
