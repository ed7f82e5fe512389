"""What does the live re-ranker earn over the visual order, and what does it cost in relevance?

    .venv/bin/python benchmarks/rerank.py [--quick] [--json] [--seed N] [--world FILE.json] [--chart FILE.svg] [--no-system]

Simulated shoppers (``_shoppers.py``, which shares no code with what it judges) open scenes of known relevance day by day;
products arrive, tastes turn, people grade a little more. What they grade, ``asked`` says: what the live re-ranker asks about,
as the product does, or as many places drawn by lot (a ``--world`` of ``{"asked": "chance"}``). Each order runs in a world of its
own that is the same to the last product, from the first look on, so that what exploration and learning cost is counted.
``lift`` is clicks a look of the live re-ranker over those of the visual order, less 1, over all seeds, with the interval that
drawing scenes anew gives. ``right_clicks_vs_raw_clicks`` counts only clicks on what is truly exact or similar: much of what raw
clicks earn is bait. ``human_ndcg5_delta`` compares nDCG@5 by the true grades, of all looks; ``worst_day_ndcg5_delta`` the worst
day of any seed.

``react_seconds`` is measured on the real system: gunicorn with two processes, the learner and its beat. Shoppers look at a scene
and click its third product over HTTP; the clock runs from the first beacon sent until every web process serves the new order.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from _chart import Line, chart
from _orders import Live, Oracle, Popularity, RawClicks, Upright, Visual
from _report import arguments, installation, report
from _shoppers import Shoppers, World

SEEDS = 3
FLOOR = -0.01
"""How much of nDCG@5 by people's word may be lost against the visual order."""
ROUNDS = 2000


def main() -> None:
    """Simulate, measure and print."""
    parser = arguments("The live re-ranker against the visual order.")
    parser.add_argument("--world", type=Path, help="parameters of the world as JSON")
    parser.add_argument("--seeds", type=int, help=f"how many, from --seed on; {SEEDS}, or 1 with --quick")
    parser.add_argument("--chart", type=Path, help="draw the regret of every order here, as SVG")
    parser.add_argument("--no-system", action="store_true", help="leave the running system out")
    options = parser.parse_args()
    world = World.read(options.world)
    if options.quick:
        world = World(**{**asdict(world), "scenes": 80, "products": 300, "days": 10, "turn_day": 6, "looks": 700})
    seeds = options.seeds or (1 if options.quick else SEEDS)
    with installation():
        # Forked once the installation stands; each seed is a world of its own.
        with ProcessPoolExecutor(min(seeds, os.cpu_count() or 1), mp_context=get_context("fork")) as pool:
            runs = list(pool.map(partial(simulate, world), range(options.seed, options.seed + seeds)))
        seconds = None
        if not options.no_system:
            from _react import react_seconds

            seconds = react_seconds()
    if options.chart:
        options.chart.write_text(regret_chart(runs), encoding="utf-8")
    live, visual = totals(runs, Live.name), totals(runs, Visual.name)
    right = totals(runs, Live.name, "right")
    low, high = interval(live, visual)
    deltas = [float(np.mean(run[Live.name]["ndcg"]) - np.mean(run[Visual.name]["ndcg"])) for run in runs]
    worst = min(float((by_day(run, Live.name) - by_day(run, Visual.name)).min()) for run in runs)
    report(
        options,
        question="What does the live re-ranker earn over the visual order?",
        n=sum(len(run[Live.name]["scene"]) for run in runs),
        seeds=seeds,
        asked=world.asked,
        lift=lift(live, visual),
        lift_low=low,
        lift_high=high,
        vs_raw_clicks=lift(live, totals(runs, RawClicks.name)),
        vs_raw_clicks_low=interval(live, totals(runs, RawClicks.name))[0],
        right_clicks_vs_raw_clicks=lift(right, totals(runs, RawClicks.name, "right")),
        right_clicks_vs_raw_clicks_low=interval(right, totals(runs, RawClicks.name, "right"))[0],
        vs_popularity=lift(live, totals(runs, Popularity.name)),
        vs_popularity_low=interval(live, totals(runs, Popularity.name))[0],
        oracle_lift=lift(totals(runs, Oracle.name), visual),
        upright_oracle_lift=lift(totals(runs, Upright.name), visual),
        upright_oracle_vs_raw_clicks=lift(totals(runs, Upright.name), totals(runs, RawClicks.name)),
        vs_raw_clicks_by_seed=[lift(totals([run], Live.name), totals([run], RawClicks.name)) for run in runs],
        lift_by_seed=[lift(totals([run], Live.name), totals([run], Visual.name)) for run in runs],
        clicks_a_look=round(float(live[0].sum() / live[1].sum()), 4),
        visual_clicks_a_look=round(float(visual[0].sum() / visual[1].sum()), 4),
        human_ndcg5_delta=round(float(np.mean(deltas)), 4),
        human_ndcg5_delta_by_seed=[round(delta, 4) for delta in deltas],
        human_ndcg5_floor=FLOOR,
        worst_day_ndcg5_delta=round(worst, 4),
        raw_clicks_ndcg5_delta=round(
            float(np.mean([np.mean(r[RawClicks.name]["ndcg"]) - np.mean(r[Visual.name]["ndcg"]) for r in runs])), 4
        ),
        react_seconds=seconds,
    )


def simulate(world: World, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Each order's looks in a world of this seed: scene, clicks, nDCG@5 by true grades, and day."""
    makers: list[Callable[[Shoppers], Visual]] = [
        lambda shoppers: Visual(shoppers, seed),
        lambda shoppers: Popularity(shoppers, seed),
        lambda shoppers: RawClicks(shoppers, seed),
        lambda shoppers: Live(shoppers, seed, explore=EXPLORE),
        lambda shoppers: Oracle(shoppers, seed),
        lambda shoppers: Upright(shoppers, seed),
    ]
    return {(order := make(Shoppers(world, seed))).name: live_through(order, world, seed) for make in makers}


EXPLORE = 0.02


def live_through(order: Visual, world: World, seed: int) -> dict[str, np.ndarray]:
    """All days of one order."""
    luck, shoppers = np.random.default_rng([seed, 2]), order.shoppers
    columns: dict[str, list[float]] = defaultdict(list)
    for day in range(world.days):
        order.morning(shoppers.morning(day))
        for scene in shoppers.visits():
            shown = order.show(scene, len(columns["scene"]))
            clicked, _ = shoppers.clicks(scene, shown, luck)
            order.learn(scene, shown, clicked)
            gains = shoppers.gains(scene)
            right = sum(gains[i] > 0 for i in clicked)
            for name, value in (("scene", scene), ("day", day), ("clicks", len(clicked)), ("right", right)):
                columns[name].append(value)
            columns["ndcg"].append(ndcg5([gains[i] for i in shown]))
    return {name: np.array(values) for name, values in columns.items()}


def ndcg5(gains: list[float]) -> float:
    """By the paper: the discounted gain of the first five over that of the best five."""
    told = sum(gain / np.log2(rank + 1) for rank, gain in enumerate(gains[:5], start=1))
    best = sum(gain / np.log2(rank + 1) for rank, gain in enumerate(sorted(gains, reverse=True)[:5], start=1))
    return float(told / best) if best else 1.0


def totals(
    runs: list[dict[str, dict[str, np.ndarray]]], name: str, what: str = "clicks"
) -> tuple[np.ndarray, np.ndarray]:
    """Clicks, or those on what is ``right``, and looks of each scene of each seed."""
    clicks, looks = [], []
    for run in runs:
        scene = run[name]["scene"].astype(int)
        clicks.append(np.bincount(scene, run[name][what], scene.max() + 1))
        looks.append(np.bincount(scene, minlength=scene.max() + 1))
    return np.concatenate(clicks), np.concatenate(looks)


def lift(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    """Clicks a look of one over the other's, less 1."""
    return round(float(one[0].sum() / one[1].sum() / (other[0].sum() / other[1].sum()) - 1), 4)


def interval(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """95 % of the lift when scenes are drawn anew, the same for both."""
    rng, n = np.random.default_rng(0), len(one[0])
    times = rng.multinomial(n, np.full(n, 1 / n), size=ROUNDS)
    lifts = (times @ one[0]) / (times @ one[1]) / ((times @ other[0]) / (times @ other[1])) - 1
    low, high = np.quantile(lifts, [0.025, 0.975])
    return round(float(low), 4), round(float(high), 4)


def by_day(run: dict[str, Any], name: str) -> np.ndarray:
    """Mean nDCG@5 of each day."""
    day = run[name]["day"].astype(int)
    return np.asarray(np.bincount(day, run[name]["ndcg"]) / np.bincount(day))


def regret_chart(runs: list[dict[str, dict[str, np.ndarray]]]) -> str:
    """Clicks that each order has missed against the oracle's, by day, over all seeds."""
    lines = []
    for name in (Visual.name, Popularity.name, RawClicks.name, Live.name):
        missed = sum(
            np.bincount(run[Oracle.name]["day"].astype(int), run[Oracle.name]["clicks"])
            - np.bincount(run[name]["day"].astype(int), run[name]["clicks"])
            for run in runs
        )
        points = [(0.0, 0.0), *((float(day + 1), float(value)) for day, value in enumerate(np.cumsum(missed)))]
        lines.append(Line(name, points))
    return chart(lines, x="day", y="clicks missed against an order that knows what is liked")


if __name__ == "__main__":
    main()
