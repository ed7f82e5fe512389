"""A log of events becomes a ranker by one command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models_ml.reranking import FTRL
from models_ml.train_reranker import main, read_events, train_reranker


def write_log(path: Path, n: int = 400) -> Path:
    rng = np.random.default_rng(0)
    with path.open("w") as file:
        for _ in range(n):
            likeness = rng.normal()
            event = {
                "features": {"one": 1, "likeness": likeness},
                "click": int(rng.normal() < likeness),
                "propensity": 0.5,
            }
            file.write(json.dumps(event) + "\n")
    return path


def test_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = write_log(tmp_path / "events.jsonl")
    main([str(log), "--out", str(tmp_path / "ranker.json")])
    report = json.loads(capsys.readouterr().out)
    assert report["events"] == 400
    assert report["log_loss"] < report["base_log_loss"]
    ranker = FTRL.from_dict(json.loads((tmp_path / "ranker.json").read_text()))
    assert ranker.names == ("likeness", "one")
    assert ranker.score([[1.0, 1.0]]) > ranker.score([[-1.0, 1.0]])


def test_it_goes_on_from_a_ranker(tmp_path: Path) -> None:
    log, out = write_log(tmp_path / "events.jsonl", 50), tmp_path / "ranker.json"
    main([str(log), "--out", str(out)])
    main([str(log), "--out", str(out), "--resume", str(out)])
    assert json.loads(out.read_text())["events"] == 100


def test_auc_equals_counting_couples(tmp_path: Path) -> None:
    log = read_events(write_log(tmp_path / "events.jsonl", 60))
    told = FTRL(log.names).update(log.features, log.clicks, np.where(log.clicks > 0, 2.0, 1.0))
    won = [
        1.0 if told[i] > told[j] else 0.5 if told[i] == told[j] else 0.0
        for i in range(60)
        for j in range(60)
        if log.clicks[i] > log.clicks[j]
    ]
    assert train_reranker(log, FTRL(log.names)).auc == pytest.approx(sum(won) / len(won))


@pytest.mark.parametrize("line", ["no json", "{}", '{"features": {"b": 1}, "click": 1, "propensity": 1}'])
def test_the_line_at_fault_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"features": {"a": 1}, "click": 1, "propensity": 1}\n' + line + "\n")
    with pytest.raises(ValueError, match="line 2"):
        read_events(path)


def test_an_empty_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("\n")
    with pytest.raises(ValueError, match="no events"):
        read_events(tmp_path / "events.jsonl")
