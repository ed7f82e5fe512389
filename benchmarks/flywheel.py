"""Does the flywheel turn, and does it turn faster when it chooses its scenes? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/flywheel.py [--quick] [--json] [--seed N] [--scenes N] [--decisions N] [--rounds N]
        [--gate-scenes N] [--world FILE.json] [--keep DIR]

A world whose light, rooms and products no model has seen is drawn. Two verticals start on it with the demo's models: one
lends scenes in an order by chance, the other what the next models learn most from first, and is given SHARE of the
decisions. Some rounds each: the models look at what is left, people judge, the pairs are frozen, both models are trained on
the snapshot from the live ones, and what is better on the scenes that the snapshot holds out goes live, for the curator's
reason where the gate calls it noise. ``map`` (at IoU 0.5) and ``r1`` (true crop to product, in its category) are those of the
live models on scenes of the world that no round touches.
``rounds`` are those that choose, ``random_rounds`` the others; ``active_share`` is the share of the decisions by chance after
which those that choose had reached the last figure by chance, the later of the two figures, None where they never did. A
detector goes EPOCHS times through the scenes it has, so that it learns longer as they become more; an embedder takes the same
number of steps in each round, since most of what it sees are the catalogue's photos. ``decisions`` leave out those on the
``--gate-scenes``, which are the same in both.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from _chart import Line, chart
from _judge import JUDGES, MODELS, Figure
from _loop import KINDS, Known, School
from _report import ROOT, arguments, installation, report
from _worlds import few_of_the_demo, world_of

from models_ml.manifest import Manifest
from showroom.people import PEOPLE, Person, read_world

STYLE, SEED = "home-dark", 501
SHARE = 0.6
EPOCHS = 10
CONFIGS = {
    "detector": {"epochs": EPOCHS, "batch": 8},
    "embedder": {"steps": 100, "batch": 64},
}
QUICK = {"detector": {"steps": 2, "batch": 2}, "embedder": {"steps": 2, "batch": 16}}
RESULTS = ROOT / "benchmarks" / "results"
NAMES = {"detector": "map", "embedder": "r1"}
"""What the figure of each kind is called."""


def main() -> None:
    """Measure and print."""
    parser = arguments("Three rounds of people and training, by chance and by choice.")
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--decisions", type=int, default=360, help="a round of those that do not choose")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gate-scenes", type=int, default=48, help="that are judged first, for the gate alone")
    parser.add_argument("--world", type=Path, help="a world of people, as simulate_campaign takes it")
    parser.add_argument("--keep", type=Path, help="an installation to keep, for looking at what came of it")
    options = parser.parse_args()
    if options.quick:
        options.scenes, options.decisions, options.rounds, options.gate_scenes = 28, 24, 1, 2
    pack = few_of_the_demo(rivals=2, train=16, test=12) if options.quick else world_of(STYLE, SEED, options.scenes)
    people = read_world(options.world).people if options.world else PEOPLE[:3]
    configs = QUICK if options.quick else CONFIGS
    manifest = Manifest.read(pack)
    first = {kind: JUDGES[kind](MODELS / kind, manifest) for kind in KINDS}
    start = {"decisions": 0, **{NAMES[kind]: figure.value for kind, figure in first.items()}}
    jobs = [
        Job(
            rule,
            pack,
            people,
            options.seed,
            configs,
            round(share * options.decisions),
            options.rounds,
            options.gate_scenes,
            options.keep,
        )
        for rule, share in (("learn", SHARE), ("arrival", 1.0))
    ]
    # Each school has an installation and a process of its own: what chance draws in one depends on nothing in the other.
    with ProcessPoolExecutor(len(jobs), get_context("spawn")) as pool:
        (chosen, best), (by_chance, other) = pool.map(schooled, jobs)
    active, chance = [start, *chosen], [start, *by_chance]
    shares_of = {name: share_needed(active, chance, name) for name in NAMES.values()}
    if not options.quick:
        draw(active, chance)
    report(
        options,
        question="Does the flywheel turn, and does it turn faster when it chooses its scenes?",
        n=options.scenes,
        style=f"{STYLE}-{SEED}" if not options.quick else "demo",
        gate_scenes=options.gate_scenes,
        people=[dataclasses.asdict(person) for person in people],
        training=configs,
        start=start,
        rounds=chosen,
        random_rounds=by_chance,
        rises=all(a[name] < b[name] for name in NAMES.values() for a, b in pairwise(active)),
        shares=shares_of,
        active_share=None if None in shares_of.values() else max(shares_of.values()),
        active_over_random={NAMES[kind]: best[kind].over(other[kind]) for kind in KINDS},
        active_over_start={NAMES[kind]: best[kind].over(first[kind]) for kind in KINDS},
    )


class Job(NamedTuple):
    """A school's rule, and what it is given; ``decisions`` are those of a round."""

    rule: str
    pack: Path
    people: Sequence[Person]
    seed: int
    configs: Any
    decisions: int
    rounds: int
    gate_scenes: int
    keep: Path | None


def schooled(job: Job) -> tuple[list[dict[str, Any]], dict[str, Figure]]:
    """The rounds of a school, and the figures of what it has live in the end."""
    known, manifest = Known.read(job.pack), Manifest.read(job.pack)
    judged: dict[Path, Figure] = {}
    told: list[dict[str, Any]] = []
    total = 0
    with installation(job.keep and job.keep / job.rule):
        school = School(f"by-{job.rule}", job.pack, known, job.people, job.seed)
        school.propose()
        for_gate = school.judge_first(job.gate_scenes).decisions if job.gate_scenes else 0
        for number in range(1, job.rounds + 1):
            school.propose()
            spent = school.work(school.campaign(f"Round {number}", job.rule), job.decisions)
            total += spent.decisions
            gates = school.learn(job.configs, job.seed + number)
            live = {kind: school.live(kind) for kind in KINDS}
            for kind, checkpoint in live.items():
                if checkpoint not in judged:
                    judged[checkpoint] = JUDGES[kind](checkpoint, manifest)
            told.append(
                {
                    **{NAMES[kind]: judged[live[kind]].value for kind in KINDS},
                    "actions_per_pair": spent.actions_per_pair,
                    "decisions": total,
                    "decisions_for_gate": for_gate,
                    "scenes": spent.scenes,
                    "pairs": spent.pairs,
                    "gate": gates,
                }
            )
            print(job.rule, number, json.dumps(told[-1]), file=sys.stderr, flush=True)
    return told, {kind: judged[live[kind]] for kind in KINDS}


def share_needed(active: Sequence[dict[str, Any]], chance: Sequence[dict[str, Any]], name: str) -> float | None:
    """The share of all decisions by chance after which ``active`` first reached their last figure, between rounds in a
    straight line; None where it never did, or where chance brought nothing to reach."""
    goal, total = chance[-1][name], chance[-1]["decisions"]
    if goal <= chance[0][name]:
        return None
    for before, after in pairwise(active):
        if after[name] >= goal:
            part = (goal - before[name]) / (after[name] - before[name])
            return round((before["decisions"] + part * (after["decisions"] - before["decisions"])) / total, 3)
    return None


def draw(active: Sequence[dict[str, Any]], chance: Sequence[dict[str, Any]]) -> None:
    """Both figures over the decisions that they took."""
    titles = {"map": "detection mAP at IoU 0.5", "r1": "crop to product, recall at 1"}
    lines = [
        Line(f"{titles[name]}, {how}", [(point["decisions"], point[name]) for point in points])
        for name in titles
        for how, points in (("chosen", active), ("by chance", chance))
    ]
    marks = [point for line in lines for point in line.points]
    svg = chart(lines, x="decisions of people", y="share, on scenes that no round touched", marks=marks)
    (RESULTS / "flywheel.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
