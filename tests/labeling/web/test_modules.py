"""Every module of the annotation page is announced in its head, once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from labeling.web.templatetags.modules import modules_of
from tests.world import World

ENTRY = "js/annotate/main.js"
STATIC = Path(__file__).resolve().parents[3] / "static"


def imported(name: str, seen: set[str]) -> set[str]:
    """An independent walk: whatever string of a module leads to another file of ours."""
    if name not in seen:
        seen.add(name)
        for word in re.findall(r'"(\.{1,2}/[\w./-]+\.js)"', (STATIC / name).read_text()):
            imported(str(((STATIC / name).parent / word).resolve().relative_to(STATIC)), seen)
    return seen


def test_it_works(world: World) -> None:
    client = Client()
    client.force_login(world.ann)
    page = client.get(reverse("annotate-campaign", args=[world.campaign.pk])).content.decode()
    announced = re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', page)
    assert len(announced) == len(set(announced)) > 40
    assert set(announced) == imported(ENTRY, set())
    assert announced[0] == ENTRY


def test_a_missing_module_is_named(tmp_path: Path, settings: object) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./gone.js";\n')
    settings.STATICFILES_DIRS = [tmp_path]  # type: ignore[attr-defined]
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        modules_of("a.js")
