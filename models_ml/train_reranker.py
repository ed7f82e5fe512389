"""Fit the re-ranker to a log of impressions and clicks::

    python -m models_ml.train_reranker events.jsonl --out ranker.json

Each line of the log is ``{"features": {"name": number, ...}, "click": 0 or 1, "propensity": number in (0, 1]}``, oldest
first. Prints one JSON line: the progressive log loss (each event judged before it is learned from), the log loss of always
telling the click rate, and the area under the ROC curve.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models_ml.reranking import FTRL, click_weights
from models_ml.reranking.ftrl import Floats


@dataclass(frozen=True, slots=True)
class EventLog:
    """Logged events: ``features`` (n, d) in the order of ``names``, ``clicks`` and ``propensities`` (n,)."""

    names: tuple[str, ...]
    features: Floats
    clicks: Floats
    propensities: Floats


@dataclass(frozen=True, slots=True)
class RerankerReport:
    """How well the ranker foretold each event before learning from it."""

    events: int
    clicks: int
    log_loss: float
    base_log_loss: float
    auc: float


def read_events(path: Path) -> EventLog:
    """Read a log. Raises ValueError naming the line at fault."""
    names: tuple[str, ...] = ()
    rows: list[list[float]] = []
    outcomes: list[tuple[float, float]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            features = {str(name): float(value) for name, value in record["features"].items()}
            outcomes.append((float(record["click"]), float(record["propensity"])))
        except (json.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"{path} line {number}: not an event of features, click and propensity ({error!r})"
            ) from error
        names = names or tuple(sorted(features))
        if set(features) != set(names):
            raise ValueError(
                f"{path} line {number}: features {sorted(features)} differ from the first line's {list(names)}"
            )
        rows.append([features[name] for name in names])
    if not rows:
        raise ValueError(f"{path}: no events; log impressions first")
    clicks, propensities = (np.array(column) for column in zip(*outcomes, strict=True))
    return EventLog(names, np.array(rows), clicks, propensities)


def train_reranker(log: EventLog, ranker: FTRL, *, clip: float = 10.0) -> RerankerReport:
    """Learn the whole log in one pass, in order."""
    told = ranker.update(log.features, log.clicks, click_weights(log.clicks, log.propensities, clip=clip))
    rate = np.full(len(told), log.clicks.mean())
    return RerankerReport(
        events=len(told),
        clicks=int(log.clicks.sum()),
        log_loss=_log_loss(told, log.clicks),
        base_log_loss=_log_loss(rate, log.clicks),
        auc=_auc(told, log.clicks),
    )


def _log_loss(told: Floats, clicks: Floats) -> float:
    p = told.clip(1e-12, 1 - 1e-12)
    return float(-(clicks * np.log(p) + (1 - clicks) * np.log(1 - p)).mean())


def _auc(told: Floats, clicks: Floats) -> float:
    """The share of (clicked, not clicked) couples told in the right order, ties counting half; 0.5 where there are none."""
    wins, losses = told[clicks > 0], np.sort(told[clicks == 0])
    if len(wins) == 0 or len(losses) == 0:
        return 0.5
    below = np.searchsorted(losses, wins, "left") + np.searchsorted(losses, wins, "right")
    return float(below.sum() / (2 * len(wins) * len(losses)))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m models_ml.train_reranker", description="Fit the re-ranker to a log."
    )
    parser.add_argument("log", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", type=Path, help="a ranker.json to go on from")
    parser.add_argument("--alpha", type=float, default=0.1)
    parser.add_argument("--beta", type=float, default=1.0)
    parser.add_argument("--l1", type=float, default=0.0)
    parser.add_argument("--l2", type=float, default=1.0)
    parser.add_argument("--clip", type=float, default=10.0, help="the most that one click may weigh")
    args = parser.parse_args(argv)
    log = read_events(args.log)
    if args.resume:
        ranker = FTRL.from_dict(json.loads(args.resume.read_text(encoding="utf-8")))
        if ranker.names != log.names:
            raise SystemExit(f"{args.resume} ranks by {list(ranker.names)}, the log holds {list(log.names)}")
    else:
        ranker = FTRL(log.names, alpha=args.alpha, beta=args.beta, l1=args.l1, l2=args.l2)
    report = train_reranker(log, ranker, clip=args.clip)
    args.out.write_text(json.dumps(ranker.to_dict()) + "\n", encoding="utf-8")
    print(json.dumps(asdict(report)))


if __name__ == "__main__":
    main()
