"""When a version may not serve, and when the live one must stop."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from labeling.serving.guards import LEAST_EFFECTIVE, LEAST_LISTS, alarm, below_the_floor, refusal, worse


@dataclass
class Told:
    mean: float
    error: float = 0.001
    effective: float = 1000.0


def test_it_works() -> None:
    fine = {"ndcg": 0.9, "usual": 0.9, "lists": 100, "slack": 0.01}
    assert refusal(new=Told(0.05), live=Told(0.05), **fine) == ""
    assert refusal(new=Told(0.04), live=Told(0.05), **fine).startswith("It would earn 0.0400")
    assert alarm(live=Told(0.05), usual_order=Told(0.05), **fine) == ""
    assert alarm(live=Told(0.04), usual_order=Told(0.05), **fine).startswith("It earns 0.0400")


def test_only_what_is_proven_counts() -> None:
    assert worse(Told(0.047), Told(0.05))
    assert not worse(Told(0.048), Told(0.05))
    assert not worse(Told(0.0, effective=LEAST_EFFECTIVE - 1), Told(0.05))
    assert not worse(Told(float("nan"), effective=0.0), Told(0.05))


@pytest.mark.parametrize(
    ("ndcg", "usual", "lists", "below"),
    [(0.88, 0.9, LEAST_LISTS, True), (0.895, 0.9, LEAST_LISTS, False), (0.5, 0.9, LEAST_LISTS - 1, False),
     (None, None, 0, False)],
)  # fmt: skip
def test_the_floor_is_peoples(ndcg: float | None, usual: float | None, lists: int, below: bool) -> None:
    assert below_the_floor(ndcg, usual, lists=lists, slack=0.01) == below


def test_people_come_before_shoppers() -> None:
    said = {"ndcg": 0.8, "usual": 0.9, "lists": 100, "slack": 0.01}
    assert "by people's word" in refusal(new=Told(0.09), live=Told(0.05), **said)
    assert "by people's word" in alarm(live=Told(0.09), usual_order=Told(0.05), **said)
