"""Kept lessons become a version by one command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from labeling.serving.ranker import RELEVANCE_FLOOR, SLACK, version_refit
from models_ml.reranking import Reranker, fit, lessons_write
from models_ml.train_reranker import main
from tests.models_ml.reranking.test_reranker import lessons


def test_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = lessons(lists=40)
    lessons_write(told, tmp_path / "lessons.jsonl")
    main([str(tmp_path / "lessons.jsonl"), "--out", str(tmp_path / "ranker.json"), "--told-by", "always", "alike"])
    report = json.loads(capsys.readouterr().out)
    assert (report["items"], report["digest"]) == (200, told.digest())
    made = Reranker.from_dict(json.loads((tmp_path / "ranker.json").read_text()))
    assert made.to_dict() == fit(told, told_by=("always", "alike"), slack=0.01, floor=0.3)[0].to_dict()


def test_unless_told_otherwise_it_fits_as_the_application_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = replace(lessons(lists=40), names=("always", "similarity", "popularity"))
    path = tmp_path / "lessons.jsonl"
    lessons_write(told, path)
    main([str(path), "--out", str(tmp_path / "ranker.json")])
    capsys.readouterr()
    made = json.loads((tmp_path / "ranker.json").read_text())
    assert made == version_refit(path, slack=SLACK)
    assert (made["floor"], made["relevance"][2]) == (RELEVANCE_FLOOR, 0.0)


def test_lessons_that_nothing_tells_relevance_of_are_refused_in_one_line(tmp_path: Path) -> None:
    lessons_write(replace(lessons(lists=5), names=("a", "b", "c")), tmp_path / "lessons.jsonl")
    with pytest.raises(SystemExit, match="has none of always, similarity"):
        main([str(tmp_path / "lessons.jsonl"), "--out", str(tmp_path / "ranker.json")])


def test_a_missing_or_damaged_file_is_said_in_one_line(tmp_path: Path) -> None:
    damaged = tmp_path / "lessons.jsonl"
    damaged.write_text("{")
    for path in (damaged, tmp_path / "nowhere.jsonl"):
        with pytest.raises(SystemExit, match=path.name):
            main([str(path), "--out", str(tmp_path / "ranker.json")])
