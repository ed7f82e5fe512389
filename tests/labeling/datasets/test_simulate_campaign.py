"""A small simulated campaign: measured people beat a majority, the adversary is paused, and nothing is left behind."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from labeling.accounts.models import User
from labeling.annotation.models import Annotation, Gold
from labeling.catalog.models import Scene, Vertical
from labeling.datasets.management.commands._verdict import Word, is_right, majority
from showroom.people import Thing

SMALL = {"scenes": 10, "gold_scenes": 10, "gold_share": 0.25}
HERE, AWAY = (0.1, 0.1, 0.4, 0.4), (0.6, 0.6, 0.9, 0.9)
SOFA = Thing(HERE, "sofa", "sofa-1")


def simulate(tmp_path: Path, world: dict[str, Any], **options: Any) -> dict[str, Any]:
    path = tmp_path / "world.json"
    path.write_text(json.dumps(world))
    out = io.StringIO()
    call_command("simulate_campaign", world=path, stdout=out, **options)
    return dict(json.loads(out.getvalue()))


@pytest.mark.slow
# Gold is planted by the numbers of rows, which tests before this one have used up.
@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_it_works(tmp_path: Path) -> None:
    figures = simulate(tmp_path, SMALL, seed=3)
    # Of a hundred objects two or three are chance, and so is a swap among a dozen people.
    assert figures["consensus"] >= figures["majority_of_the_same"] - 0.03
    assert figures["consensus"] > figures["majority_of_first"] > figures["single"]
    assert figures["skill_rank_correlation"] >= 0.6
    assert "adversary" in figures["paused"] and not [name for name in figures["paused"] if name.startswith("careful")]
    assert figures["objects"] > 80 and figures["settled"] > 0.9
    for table in (Vertical, Scene, User, Annotation, Gold):
        assert not table.objects.exists(), table


def test_a_world_that_cannot_be_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="scenes with objects, not 100000"):
        simulate(tmp_path, {"scenes": 99_999, "gold_scenes": 1})
    with pytest.raises(CommandError, match="is nothing it knows"):
        simulate(tmp_path, {"scens": 5})
    assert not Vertical.objects.exists()


@pytest.mark.parametrize(
    ("word", "right"),
    [
        (Word(True, HERE, "sofa", "sofa-1"), True),
        (Word(True, HERE, "sofa", "sofa-2"), False),
        (Word(True, HERE, "lamp", "sofa-1"), False),
        (Word(False, HERE, None, None), False),
        (Word(False, AWAY, None, None), True),
        (Word(True, AWAY, "sofa", "sofa-1"), False),
    ],
)
def test_truth_is_told(word: Word, right: bool) -> None:
    assert is_right(word, [SOFA]) == right


def test_a_majority_has_one_vote_each() -> None:
    yes, other, no = (
        Word(True, HERE, "sofa", "sofa-1"),
        Word(True, HERE, "sofa", "sofa-2"),
        Word(False, HERE, None, None),
    )
    assert majority([("a", yes), ("b", other), ("c", yes)]) == yes
    assert majority([("a", no), ("b", no), ("c", yes)]) == no
    assert majority([("a", other), ("b", yes)]) == other
