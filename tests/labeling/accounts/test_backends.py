"""The person behind a session is read by one planned statement, whole, and only while they may come in."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.test import Client

from labeling.accounts.backends import PreparedBackend
from labeling.accounts.models import User
from tests.world import World


def test_it_works(world: World) -> None:
    found = PreparedBackend().get_user(world.ann.pk)
    theirs = ModelBackend().get_user(world.ann.pk)
    assert found == theirs and isinstance(found, User)
    assert found.__dict__.keys() == theirs.__dict__.keys()
    for field in User._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(theirs, field.attname)


def test_they_can_be_written_back(world: World) -> None:
    found = PreparedBackend().get_user(world.ann.pk)
    assert found is not None
    found.first_name = "Anna"
    found.save()
    assert User.objects.get(pk=world.ann.pk).first_name == "Anna"


def test_nobody_is_found_for_an_unknown_number(world: World) -> None:
    assert PreparedBackend().get_user(0) is None


def test_who_was_shut_out_is_out_with_the_next_request(world: World) -> None:
    client = Client()
    client.force_login(world.ann)
    assert client.get("/annotate/").status_code == 200
    User.objects.filter(pk=world.ann.pk).update(is_active=False)
    assert PreparedBackend().get_user(world.ann.pk) is None
    assert client.get("/annotate/").status_code == 302
