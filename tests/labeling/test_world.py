"""The cast stands on a real database."""

from django.db import connection

from tests.world import World


def test_it_works(world: World) -> None:
    assert connection.vendor == "postgresql"
    assert world.scene.proposals.count() == 2
    assert world.proposals[0].candidates.first().product == world.sofas[0]
