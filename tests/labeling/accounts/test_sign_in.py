"""Signing in, and where each role lands."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from labeling.accounts.models import User
from tests.world import PASSWORD, World


def sign_in(name: str, password: str = PASSWORD, **fields: str) -> tuple[Client, int, str]:
    client = Client()
    answer = client.post("/login/", {"username": name, "password": password} | fields)
    return client, answer.status_code, answer.headers.get("Location", "")


def test_it_works(world: World) -> None:
    assert "Sign in" in Client().get("/login/").content.decode()
    client, status, place = sign_in("ann")
    assert (status, place) == (302, "/")
    assert client.get("/").headers["Location"] == "/annotate/"


@pytest.mark.parametrize(("name", "route"), [("ann", "annotate-home"), ("sana", "admin:index")])
def test_each_role_lands_on_its_page(world: World, name: str, route: str) -> None:
    client = Client()
    client.force_login(User.objects.get(username=name))
    assert client.get("/").headers["Location"] == reverse(route)


@pytest.mark.parametrize("name", ["ann", "cora", "bram", "sana"])
def test_where_one_lands_is_open(world: World, name: str) -> None:
    client = Client()
    client.force_login(User.objects.get(username=name))
    assert client.get("/", follow=True).status_code == 200


def test_a_stranger_is_asked_to_sign_in_and_brought_back(world: World) -> None:
    assert Client().get("/").headers["Location"] == "/login/?next=/"
    page = f"/annotate/{world.campaign.pk}/"
    assert Client().get(page).headers["Location"] == f"/login/?next={page}"
    assert sign_in("ann", next=page)[2] == page


def test_a_redirect_to_elsewhere_is_not_followed(world: World) -> None:
    assert sign_in("ann", next="https://mallory.example/")[2] == "/"


def test_a_wrong_password_is_told_without_saying_which_was_wrong(world: World) -> None:
    client = Client()
    known = client.post("/login/", {"username": "ann", "password": "guess"})
    unknown = client.post("/login/", {"username": "nobody", "password": "guess"})
    assert known.status_code == unknown.status_code == 200
    assert 'role="alert"' in known.content.decode() and 'role="alert"' in unknown.content.decode()


def test_signing_out_takes_a_post(world: World) -> None:
    client = sign_in("ann")[0]
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").headers["Location"] == "/login/?next=/"
