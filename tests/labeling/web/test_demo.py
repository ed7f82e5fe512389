"""The demo's people are there before its pages are, so that whoever opens one early can sign in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from labeling.accounts.models import User
from labeling.annotation.models import Assignment, Campaign
from labeling.brands.models import DomainClaim
from labeling.web.demo import ACCOUNTS, CAMPAIGN, CLAIMED, PASSWORD, demo_campaign, demo_people
from labeling.web.management.commands import demo
from tests.labeling.tagging import propose
from tests.world import World


def signs_in(name: str) -> bool:
    """Whether the form of the page lets somebody in."""
    form = {"username": name, "password": PASSWORD}
    return Client().post("/login/", form).status_code == 302


@pytest.fixture
def nobody(world: World) -> World:
    """The demo's vertical, before the demo has made its people."""
    User.objects.filter(username__in=ACCOUNTS).delete()
    assert not signs_in("ann")
    return world


def test_everybody_can_sign_in_when_the_web_starts(nobody: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command with all its steps in their order, but for those that take minutes: these do nothing."""
    steps: list[str] = []

    @contextmanager
    def supervised(names: Sequence[str], *, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        assert names[0] == "web" and all(map(signs_in, ACCOUNTS))
        steps.append("web")
        yield subprocess.Popen([sys.executable, "-c", ""])

    monkeypatch.setattr(demo, "supervised", supervised)
    monkeypatch.setattr(demo, "call_command", lambda name, *args, **options: steps.append(name))
    monkeypatch.setattr(demo, "demo_figures", lambda *, seconds: dict.fromkeys(FIGURES, 0))
    call_command("demo")
    assert steps == ["migrate", "import_pack", "load_models", "web", "propose"]
    assert Campaign.objects.filter(name=CAMPAIGN).exists()


FIGURES = ("scenes", "products", "proposals", "candidates", "failed", "map50", "recall_at_9", "seconds")


def test_twice_is_once(nobody: World) -> None:
    for number in range(2):
        propose(nobody, number, score=0.9)
    for _ in range(2):
        demo_people()
        demo_campaign()
    assert User.objects.filter(username__in=ACCOUNTS).count() == len(ACCOUNTS)
    assert DomainClaim.objects.filter(domain=CLAIMED).count() == 1
    campaign = Campaign.objects.get(name=CAMPAIGN)
    seats = Assignment.objects.filter(campaign=campaign)
    assert seats.count() == seats.values("scene").distinct().count() >= 2
