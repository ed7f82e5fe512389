"""Whatever belongs to a brand owner is not there for any other: every address that is theirs is tried, new ones too."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import serializers
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import BasePermission
from rest_framework.test import APIRequestFactory

from labeling.accounts.models import Role, User
from labeling.brands.models import DomainClaim, Policy
from labeling.brands.services import claim_policy_set
from labeling.common.models import AuditEvent, Job
from labeling.notices.models import Notice, NoticeChannel
from labeling.notices.services import channel_open, notice_queue
from labeling.tags.models import Tag, TagReview
from labeling.tags.services import Ruling, tag_review
from tests.labeling.api.desk import signed_in
from tests.labeling.tagging import hold_place, tagged
from tests.world import World

# What else brand owners may open is nobody's own: the catalogue, the shoppers' pages, the front door.
SHARED = {
    "home", "login", "logout", "favicon", "media", "look", "looks-home", "api-look", "api-looks", "api-looks-query",
    "api-events", "api-products-search", "api-schema", "api-docs",
}  # fmt: skip
# Addresses without an argument, at which everybody finds only their own.
OWN_LISTS = {"brands-home", "brands-claim"}
WATCHED = (DomainClaim, Tag, TagReview, Job, AuditEvent, NoticeChannel, Notice)


def addresses(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    """Every address of the house but the admin's, with its name and pattern."""
    for each in patterns:
        if isinstance(each, URLResolver) and each.namespace != "admin":
            yield from addresses(each.url_patterns, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield each.name or "", prefix + str(each.pattern), each


def for_owners(name: str, pattern: URLPattern) -> bool:
    """Whether an address is a brand owner's: one that lets them in and annotators not, or of their pages."""
    if name in SHARED:
        return False
    if pattern.callback.__module__.startswith("labeling.web.brands"):
        return True
    return lets_in(pattern, Role.BRAND_OWNER) and not lets_in(pattern, Role.ANNOTATOR)


def lets_in(pattern: URLPattern, role: Role) -> bool:
    """Whether an address is open to people of a role; what asks for no role at all is open to everybody."""
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    if view is None:
        return role in getattr(pattern.callback, "roles", Role)
    request = APIRequestFactory().get("/")
    request.user = User(username="x", role=role)  # type: ignore[attr-defined]
    asked: list[type[BasePermission]] = list(getattr(view, "permission_classes", []))
    return all(each().has_permission(request, view) for each in asked)  # type: ignore[arg-type]


OWNED = [(name, route) for name, route, pattern in addresses(get_resolver().url_patterns) if for_owners(name, pattern)]
STAFF_ONLY = {"brands-contests", "brands-decide"}


@pytest.fixture(autouse=True)
def no_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to a broker that other tests' workers listen to."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *args, **more: None)


@pytest.fixture
def theirs(world: World) -> dict[str, object]:
    """Bram's things, by the name that an address has for them. A new name must be told here what it is."""
    claim = claim_policy_set(claim=hold_place(world, Policy.REVIEW_FIRST), policy=Policy.REVIEW_FIRST, actor=world.bram)
    tag = tagged(world, scene=world.other_scene)
    ruling = Ruling(tag=tag.pk, ruling=TagReview.Ruling.APPROVE, uuid=uuid.uuid4())
    review = tag_review(said=ruling, reviewer=world.bram)
    channel = channel_open(claim=claim, kind=NoticeChannel.Kind.EMAIL, actor=world.bram)
    notice = notice_queue(channel=channel, body={"title": "1 new tag waits"})
    return {
        **{"claim_id": claim.pk, "tag_id": tag.pk, "review_id": review.pk, "uuid": review.client_uuid},
        **{"channel_id": channel.pk, "notice_id": notice.pk, "table": "days"},
    }


def address(route: str, theirs: dict[str, object]) -> str:
    """The address of Bram's thing; a name in it that nobody told us of fails the test."""

    def named(match: re.Match[str]) -> str:
        name = match[1].split(":")[-1]
        assert name in theirs, f"{route}: say in the fixture \u201ctheirs\u201d what {name} of Bram\u2019s is"
        return str(theirs[name])

    return "/" + re.sub(r"<([^>]*)>", named, route).lstrip("/")


def everything() -> str:
    return serializers.serialize("json", [row for model in WATCHED for row in model._default_manager.order_by("pk")])


def test_the_walk_finds_what_there_is() -> None:
    names = {name for name, _ in OWNED}
    assert {
        "brands-place",
        "brands-check",
        "brands-policy",
        "brands-withdraw",
        "brands-tags",
        "brands-notices",
        "brands-tag",
    } <= names
    assert len(names) == len(OWNED)


def test_what_owners_may_open_is_walked_or_known_to_be_shared() -> None:
    """A new address that owners share with other roles must be judged by somebody, and named above or told apart."""
    every = addresses(get_resolver().url_patterns)
    opened = {name for name, _, pattern in every if lets_in(pattern, Role.BRAND_OWNER)}
    assert opened - {name for name, _ in OWNED} == SHARED


@pytest.mark.parametrize(("name", "route"), [each for each in OWNED if "<" in each[1]])
def test_another_owner_finds_nothing(name: str, route: str, theirs: dict[str, object], world: World) -> None:
    path, before = address(route, theirs), everything()
    mallory = signed_in(world.mallory)
    answers = {}
    for method in ("get", "post", "put", "patch", "delete"):
        body = {"data": {}, "content_type": "application/json"} if path.startswith("/api/") and method != "get" else {}
        answers[method] = getattr(mallory, method)(path, **body).status_code
    assert set(answers.values()) <= {404, 405}, answers
    assert 404 in answers.values(), answers
    assert everything() == before


@pytest.mark.parametrize(("name", "route"), OWNED)
def test_strangers_and_annotators_find_less(name: str, route: str, theirs: dict[str, object], world: World) -> None:
    path = address(route, theirs)
    refused = {401, 403, 404, 405}
    for method in ("get", "post"):
        stranger = getattr(Client(), method)(path)
        assert stranger.status_code in refused or stranger.url.startswith("/login/"), (method, stranger.status_code)  # type: ignore[union-attr]
        assert getattr(signed_in(world.ann), method)(path).status_code in refused


@pytest.mark.parametrize(("name", "route"), OWNED)
def test_the_owner_does_find_it(name: str, route: str, theirs: dict[str, object], world: World) -> None:
    """Otherwise the others' 404 would prove nothing."""
    path = address(route, theirs)
    person = signed_in(world.sana if name in STAFF_ONLY else world.bram)
    answers = [person.get(path).status_code, person.post(path).status_code]
    if name == "brands-decide":
        # There is no contest over Bram's place, whoever asks.
        assert set(answers) <= {404, 405}
    else:
        assert set(answers) - {404, 405}, answers


@pytest.mark.parametrize(("name", "route"), [each for each in OWNED if "<" not in each[1]])
def test_lists_hold_only_ones_own(name: str, route: str, theirs: dict[str, object], world: World) -> None:
    answer = signed_in(world.mallory).get(address(route, theirs))
    assert answer.status_code in {200, 302, 400, 403, 404, 405}
    assert "bram.example" not in answer.content.decode()
