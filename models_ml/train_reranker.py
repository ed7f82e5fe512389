"""Fit a version of the re-ranker to kept lessons, as the application does::

    python -m models_ml.train_reranker lessons.jsonl --out ranker.json

The file holds what was known of each item when it was written: its features, how often it was seen and taken, and what people
said of it (:mod:`models_ml.reranking.lessons`). The same lessons make the same version. Prints one JSON line: what the fit saw,
and nDCG@5 by people's word of the usual order and of the new one, on lists that were held out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from models_ml.reranking import defaults, fit, lessons_read


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models_ml.train_reranker", description="Fit the re-ranker.")
    parser.add_argument("lessons", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--slack", type=float, default=defaults.SLACK, help="how much of nDCG@5 by people's word may be lost"
    )
    parser.add_argument(
        "--floor", type=float, default=defaults.FLOOR, help="the relevance under which engagement moves nothing"
    )
    parser.add_argument("--told-by", nargs="+", default=defaults.TOLD_BY, help="the features that relevance may go by")
    args = parser.parse_args(argv)
    try:
        lessons = lessons_read(args.lessons)
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    if not set(args.told_by) & set(lessons.names):
        raise SystemExit(f"{args.lessons} has none of {', '.join(args.told_by)}: name some of its own by --told-by")
    made, report = fit(lessons, told_by=args.told_by, slack=args.slack, floor=args.floor)
    args.out.write_text(json.dumps(made.to_dict()) + "\n", encoding="utf-8")
    print(json.dumps(report.to_dict()))


if __name__ == "__main__":
    main()
