"""A version of the ranking: two truths kept apart, people's word as its floor, and the same version from the same lessons."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models_ml.reranking import Lessons, Reranker, fit, lessons_read, lessons_write, ndcg_at

NAMES = ("always", "alike", "pretty")


def lessons(*, lists: int = 120, seed: int = 0, bait: float = 2.0, graded: float = 1.0) -> Lessons:
    """Lists of five: ``alike`` tells what is right, ``pretty`` what is taken whether or not it is right."""
    rng = np.random.default_rng(seed)
    n = 5 * lists
    gains = rng.choice([0.0, 0.6, 1.0], n)
    alike = gains + 0.3 * rng.normal(size=n)
    pretty = rng.normal(size=n)
    seen = rng.gamma(2, 30, n)
    taken = rng.poisson(seen * 0.05 * np.exp(bait * 0.4 * pretty + 0.3 * gains)).astype(float)
    sure = (rng.random(n) < graded).astype(float)
    of = np.repeat(np.arange(lists), 5).astype(float)
    return Lessons(NAMES, np.column_stack([np.ones(n), alike, pretty]), seen, taken, gains, sure, of, alike)


def test_it_works() -> None:
    made, report = fit(lessons(), told_by=("always", "alike"), slack=0.01)
    assert made.merit.weights[2] > 0.5
    assert made.relevance is not None
    assert made.relevance[1] > 1
    assert report.graded == 600
    assert report.ndcg5 is not None and report.usual_ndcg5 is not None
    assert report.ndcg5 >= report.usual_ndcg5 - 0.01


def test_relevance_is_told_by_nothing_that_shoppers_do() -> None:
    made, _ = fit(lessons(), told_by=("always", "alike"))
    assert made.relevance is not None
    assert made.relevance[2] == 0.0
    made, _ = fit(lessons())
    assert made.relevance is not None
    assert made.relevance[2] != 0.0


def test_the_more_clicks_contradict_people_the_harder_relevance_pulls() -> None:
    pulls = [fit(lessons(bait=bait), told_by=("always", "alike"), floor=0.0)[1].pull for bait in (0.0, 1.0, 3.0)]
    assert pulls == sorted(pulls)
    assert pulls[0] < pulls[2]


def test_slack_is_what_people_may_lose() -> None:
    strict, loose = (fit(lessons(), told_by=("always", "alike"), floor=0.0, slack=slack)[1] for slack in (0.0, 0.3))
    assert loose.pull < strict.pull
    assert loose.usual_ndcg5 == strict.usual_ndcg5
    assert loose.ndcg5 >= loose.usual_ndcg5 - 0.3


def test_the_usual_order_is_measured_as_it_stands() -> None:
    told = lessons(lists=30)
    _, report = fit(told)
    by_hand = []
    for number in range(30):
        inside = told.lists == number
        gains = told.gains[inside][np.argsort(-told.usual[inside])]
        if np.ptp(gains) > 0:
            by_hand.append(ndcg_at(5, gains.tolist()))
    assert report.lists_judged == len(by_hand)
    assert report.usual_ndcg5 == pytest.approx(np.mean(by_hand))


def test_with_few_grades_it_says_nothing_of_relevance() -> None:
    made, report = fit(lessons(graded=0.01))
    assert made.relevance is None
    assert made.foretold(np.ones((2, 3))) is None
    assert report.graded < 30


def test_the_same_lessons_make_the_same_version_from_a_file_too(tmp_path: Path) -> None:
    told = lessons(lists=20)
    lessons_write(told, tmp_path / "lessons.jsonl")
    read = lessons_read(tmp_path / "lessons.jsonl")
    assert read.digest() == told.digest()
    assert fit(read)[0].to_dict() == fit(told)[0].to_dict()
    assert lessons(lists=20, seed=1).digest() != told.digest()


def test_a_version_survives_json() -> None:
    told = lessons(lists=20)
    made, _ = fit(told)
    again = Reranker.from_dict(json.loads(json.dumps(made.to_dict())))
    assert again.to_dict() == made.to_dict()
    orders = [
        each.order(told.features[:5], told.seen[:5], told.taken[:5], np.ones(5)).items.tolist()
        for each in (made, again)
    ]
    assert orders[0] == orders[1]


@pytest.mark.parametrize(
    ("change", "says"),
    [({"merit": [1.0]}, "merit must be 3"), ({"kappa": float("nan")}, "kappa"), ({"names": "abc"}, "must be texts")],
)
def test_a_damaged_version_is_refused(change: dict[str, object], says: str) -> None:
    record = fit(lessons(lists=10))[0].to_dict()
    with pytest.raises(ValueError, match=says):
        Reranker.from_dict(record | change)
    with pytest.raises(ValueError, match="lacks"):
        Reranker.from_dict({key: value for key, value in record.items() if key != "pull"})


@pytest.mark.parametrize(
    ("line", "says"),
    [("{}", "line 2: not a lesson"), ("nonsense", "line 2"), ('{"x": [1], "seen": 1, "taken": 0, "gain": 0, "sure": 0, '
      '"list": 1, "usual": 0}', "1 features, but 3 names")],
)  # fmt: skip
def test_a_damaged_file_names_the_line(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "lessons.jsonl"
    path.write_text(json.dumps({"names": NAMES}) + "\n" + line + "\n")
    with pytest.raises(ValueError, match=says):
        lessons_read(path)
    path.write_text(json.dumps({"names": NAMES}) + "\n")
    with pytest.raises(ValueError, match="no lessons"):
        lessons_read(path)
