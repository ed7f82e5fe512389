"""Making accounts."""

from __future__ import annotations

import pytest

from labeling.accounts.models import Role, User
from labeling.accounts.services import user_create
from labeling.common.errors import ApplicationError, ConflictError
from labeling.common.models import AuditEvent
from tests.world import World


def test_it_works(world: World) -> None:
    user = user_create(username="nils", password="a lamp in the corner", role=Role.CURATOR, actor=world.sana)
    assert user.check_password("a lamp in the corner")
    assert user.plays(Role.CURATOR) and not user.plays(Role.ANNOTATOR) and not user.is_staff
    event = AuditEvent.objects.get()
    assert (event.actor, event.subject_id, "corner" in str(event.detail)) == (world.sana, user.pk, False)


def test_staff_play_every_role_and_open_the_admin(world: World) -> None:
    user = user_create(username="nils", password="a lamp in the corner", role=Role.STAFF)
    assert user.is_staff and all(user.plays(role) for role in Role)


@pytest.mark.parametrize("password", ["short", "password123", "nils-nils"])
def test_a_weak_password_is_refused(world: World, password: str) -> None:
    with pytest.raises(ApplicationError, match="nils"):
        user_create(username="nils-nils", password=password, role=Role.ANNOTATOR)
    assert not User.objects.filter(username="nils-nils").exists()


def test_a_taken_name_is_a_conflict(world: World) -> None:
    with pytest.raises(ConflictError, match="ann"):
        user_create(username="ann", password="a lamp in the corner", role=Role.ANNOTATOR)
