"""Which order of scenes teaches most a decision? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/choosing.py [--quick] [--json] [--seed N] [--scenes N] [--seeds N] [--decisions N] [--rounds N]

The order of `flywheel.py` with chance averaged out: only the last layer of the embedder learns, on features that are computed
once, so that each order runs with ``--seeds`` seeds. A world whose light, rooms and products no model has seen; in each round
people judge the next scenes of an order, about ``--decisions`` detected objects, and the layer learns from all that is known.
Orders: by ``chance``; ``unsure``, the least sure first (box score times best cosine, as campaigns have it); ``learn``, what the
next models learn most from. ``r1`` is recall at 1 of true crops in their category on scenes that no round touches, the mean
over seeds with its 95 % interval (Student's t). ``share`` is at which share of all decisions by chance an order first reaches
their last figure, on the means; its interval is over seeds drawn anew.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from _chart import Line, chart
from _last_layer import Layer, Seen, Stock
from _report import ROOT, arguments, report
from _worlds import few_of_the_demo, world_of
from scipy.stats import t as student

from labeling.annotation.gains import Prospect, Taught, teaching_order

STYLE, SEED = "home-dark", 501
ORDERS = ("chance", "unsure", "learn")
STEPS, RATE, SLATE = 150, 1e-3, 9
AGAIN = 1000
Floats = npt.NDArray[np.float64]


def main() -> None:
    """Measure and print."""
    parser = arguments("Recall over decisions, by the order in which scenes are judged.")
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--decisions", type=int, default=240, help="a round")
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    if options.quick:
        options.scenes, options.seeds, options.decisions, options.rounds = 36, 2, 60, 2
    pack = few_of_the_demo(rivals=4, train=24, test=12) if options.quick else world_of(STYLE, SEED, options.scenes)
    stock = Stock.read(pack)
    start = stock.r1(stock.start)
    seeds = range(options.seed, options.seed + options.seeds)
    curves: dict[str, tuple[Floats, Floats]] = {}
    for order in ORDERS:
        runs = [rounds_of(stock, order, options.decisions, options.rounds, seed) for seed in seeds]
        decisions, recalls = (np.array([[0.0 if i == 0 else start, *run[i]] for run in runs]) for i in (0, 1))
        curves[order] = decisions, recalls
        print(order, decisions.mean(0).round(), recalls.mean(0).round(4), file=sys.stderr, flush=True)
    if not options.quick:
        draw(curves)
    report(
        options,
        question="Which order of scenes teaches most a decision?",
        n=options.scenes,
        style=f"{STYLE}-{SEED}" if not options.quick else "demo",
        seeds=options.seeds,
        test_crops=len(stock.answers),
        start=round(start, 4),
        orders={order: told(*each) for order, each in curves.items()},
        share={order: share_of(each, curves["chance"]) for order, each in curves.items()},
    )


def rounds_of(stock: Stock, order: str, portion: int, rounds: int, seed: int) -> tuple[list[float], list[float]]:
    """Decisions so far and recall after each round."""
    left, layer, judged = sorted(stock.pool), stock.start, list[Seen]()
    random.Random(seed).shuffle(left)
    before: dict[str, list[int | None]] = {}
    decisions, recalls = list[float](), list[float]()
    for number in range(rounds):
        chosen, before = next_scenes(stock, order, layer, left, judged, before)
        taken = 0
        for scene in chosen:
            if taken >= portion:
                break
            taken += len(stock.pool[scene])
            judged += stock.pool[scene]
            left.remove(scene)
        layer = stock.learned(stock.start, judged, steps=STEPS, rate=RATE, seed=seed * 1000 + number)
        decisions.append(float(len(judged)))
        recalls.append(stock.r1(layer))
    return decisions, recalls


def next_scenes(
    stock: Stock, order: str, layer: Layer, left: list[str], judged: Sequence[Seen], before: dict[str, list[int | None]]
) -> tuple[list[str], dict[str, list[int | None]]]:
    """The scenes that are left in an order, and the first product of each of their objects for the next round to differ from."""
    if order == "chance":
        return list(left), {}
    lots: dict[str, list[Prospect]] = {}
    for scene in left:
        if seen := stock.pool[scene]:
            slates = stock.slates(layer, seen, SLATE)
            then = before.get(scene, [slate[0] if slate else None for slate, _ in slates])
            lots[scene] = [
                Prospect(each.category, each.score, *slate, torn=0.5 * (slate[0][:1] != (first,) and bool(slate[0])))
                for each, slate, first in zip(seen, slates, then, strict=True)
            ]
    now = {scene: [each.products[0] if each.products else None for each in some] for scene, some in lots.items()}
    if order == "unsure":
        return sorted(lots, key=lambda scene: np.mean([sureness(each) for each in lots[scene]])), now
    return [scene for scene, _ in teaching_order(lots, taught_by(stock, judged))], now


def sureness(prospect: Prospect) -> float:
    """Score times best match: the order that campaigns have long had."""
    return prospect.score * (prospect.similarities[0] if prospect.similarities else 0.0)


def taught_by(stock: Stock, judged: Sequence[Seen]) -> Taught:
    """What people's answers so far have taught."""
    taught = Taught()
    for each in judged:
        if each.truth is not None:
            category = stock.manifest.products[each.truth].category
            taught.categories[category] = taught.categories.get(category, 0.0) + 1
            taught.products[each.truth] = taught.products.get(each.truth, 0.0) + 1
    return taught


def told(decisions: Floats, recalls: Floats) -> dict[str, Any]:
    """The means over seeds, and how far they are known."""
    count = len(recalls)
    spread = recalls.std(0, ddof=1) / np.sqrt(count) * student.ppf(0.975, count - 1)
    return {
        "decisions": decisions.mean(0).round(1).tolist(),
        "r1": recalls.mean(0).round(4).tolist(),
        "plus_minus": spread.round(4).tolist(),
    }


def share_of(mine: tuple[Floats, Floats], chance: tuple[Floats, Floats]) -> dict[str, float | None]:
    """The share of decisions, with an interval over seeds drawn anew; None where the goal is not reached."""
    rng, count = np.random.default_rng(0), len(mine[1])
    draws = [reached(mine, chance, rng.integers(0, count, count), rng.integers(0, count, count)) for _ in range(AGAIN)]
    every = np.arange(count)
    value = reached(mine, chance, every, every)
    low, high = np.quantile([np.inf if draw is None else draw for draw in draws], [0.025, 0.975], method="nearest")
    return {"value": value, "low": _finite(low), "high": _finite(high)}


def reached(
    mine: tuple[Floats, Floats], chance: tuple[Floats, Floats], seeds: Any, seeds_by_chance: Any
) -> float | None:
    """Where the mean of some seeds first reaches what chance comes to in the end, in a straight line between rounds."""
    decisions, recalls = mine[0][seeds].mean(0), mine[1][seeds].mean(0)
    goal, total = chance[1][seeds_by_chance].mean(0)[-1], chance[0][seeds_by_chance].mean(0)[-1]
    for (at, low), (then, high) in pairwise(zip(decisions, recalls, strict=True)):
        if high >= goal:
            part = (goal - low) / (high - low) if high > low else 0.0
            return round(float((at + max(part, 0.0) * (then - at)) / total), 3)
    return None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def draw(curves: dict[str, tuple[Floats, Floats]]) -> None:
    """Recall over decisions, a line an order."""
    lines = [
        Line(order, list(zip(decisions.mean(0).tolist(), recalls.mean(0).tolist(), strict=True)))
        for order, (decisions, recalls) in curves.items()
    ]
    svg = chart(lines, x="decisions of people", y="recall at 1, on scenes that no round touched")
    (ROOT / "benchmarks" / "results" / "choosing.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
