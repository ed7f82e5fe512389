"""How fast are the nearest products of a category found, beside hnswlib, pgvector and Milvus Lite?

    .venv/bin/python benchmarks/search.py [--quick] [--json] [--vectors 100000] [--large 1000000] [--without NAME ...]

Everyone has one processor core, the same vectors (``_vectors.py`` says how they lie) in the same 20 categories, and the same
crops to search with, each inside its category. Peers search with the least effort that reaches recall@10 of 0.95 *on these
very crops*; ours tune themselves when they are built and see the crops for the first time. Queries go in batches of 64, as a
worker asks, and one at a time; the rounds of all contenders are interleaved and of each search the quickest round counts, so
that what else runs on the machine weighs little. ``ratio_to_best`` is the default's queries a second over the best peer's.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"
if hasattr(os, "sched_setaffinity"):
    # Servers and pools that are started from here inherit it.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import argparse
import logging
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from _report import arguments, report, say
from _search_ours import OurCodes, Ours
from _search_peers import PEERS, Skipped
from _vectors import VectorWorld, vector_world

CATEGORIES, K, BATCH, PORTIONS = 20, 10, 64, 4
WANTED = 0.95
LARGE = ("default", "exact", "ivf")
"""Engines measured at the large size; linking a graph of a million takes longer than all the rest."""


def main() -> None:
    """Measure and print."""
    parser = arguments("Nearest products inside a category.")
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000, help="a second size, for ours alone; 0 for none")
    parser.add_argument("--without", nargs="*", default=[], choices=PEERS, help="peers to leave out")
    parser.add_argument("--large-hnsw", action="store_true", help="the graph at the large size too: many minutes")
    options = parser.parse_args()
    n, large = (8_000, 0) if options.quick else (options.vectors, options.large)
    logging.disable(logging.WARNING)
    skipped: dict[str, str] = dict.fromkeys(options.without, "left out by --without")
    figures = measure(n, options, skipped, peers=True)
    ours = {name: figures[name] for name in figures if name not in PEERS}
    peers = {name: figures[name] for name in figures if name in PEERS}
    wide = LARGE + (("hnsw",) if options.large_hnsw else ())
    report(
        options,
        question="How fast are the nearest products of a category found?",
        n=n,
        ours=ours,
        peers=peers,
        ratio_to_best=ratio(ours, peers, "queries_per_second"),
        ratio_to_best_one_at_a_time=ratio(ours, peers, "queries_per_second_one_at_a_time"),
        recall=ours["default"]["recall_at_10"],
        skipped=skipped,
        categories=CATEGORIES,
        dim=128,
        large={"n": large, "ours": measure(large, options, skipped, peers=False, only=wide)} if large else None,
    )


def ratio(ours: dict[str, Any], peers: dict[str, Any], figure: str) -> float | None:
    """The default's over the best peer's among those that reach the recall; None where there is no such peer."""
    able = [peer[figure] for peer in peers.values() if peer["recall_at_10"] >= WANTED]
    return round(ours["default"][figure] / max(able), 2) if able else None


def measure(
    n: int, options: argparse.Namespace, skipped: dict[str, str], *, peers: bool, only: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The figures of everyone on ``n`` vectors."""
    more = 100 if options.quick else 1000
    world = vector_world(n, categories=CATEGORIES, crops=CATEGORIES * BATCH, extra=more, seed=options.seed)
    truth = exact(world)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="looktag-bench-") as folder:
        contenders: dict[str, Any] = {**Ours.all(Path(folder)), "codes": OurCodes()}
        if only:
            contenders = {name: contenders[name] for name in only}
        if peers:
            contenders |= started({name: kind for name, kind in PEERS.items() if name not in skipped}, folder, skipped)
        try:
            for name, contender in contenders.items():
                say(f"{name}: {n} vectors")
                figures[name] = built(contender, world, truth)
            timed(contenders, world, figures, rounds=3 if options.quick else 7)
            for name, contender in contenders.items():
                figures[name] |= changed(name, contender, world)
        finally:
            for contender in contenders.values():
                contender.close()
    return figures


def started(kinds: dict[str, Any], folder: str, skipped: dict[str, str]) -> dict[str, Any]:
    """The peers that can be had here; the others are named aloud."""
    found = {}
    for name, kind in kinds.items():
        try:
            found[name] = kind(Path(folder) / name)
        except Skipped as reason:
            skipped[name] = str(reason)
            say(f"{name} is skipped: {reason}")
    return found


def exact(world: VectorWorld) -> np.ndarray:
    """``(crops, K)``: the true neighbours inside the crop's category, by one matrix product a category."""
    truth = np.empty((len(world.crops), K), dtype=np.int64)
    for number in range(CATEGORIES):
        rows, mine = np.flatnonzero(world.category == number), np.flatnonzero(world.crop_category == number)
        scores = world.crops[mine] @ world.vectors[rows].T
        truth[mine] = rows[np.argsort(-scores, axis=1, kind="stable")[:, :K]]
    return truth


def built(contender: Any, world: VectorWorld, truth: np.ndarray) -> dict[str, Any]:
    """Build one contender and set it to the least work that reaches the recall, or to the most that it can do."""
    start = time.perf_counter()
    contender.build(world.vectors, world.category)
    seconds = time.perf_counter() - start
    for effort in contender.works:
        contender.work(effort)
        found = np.full_like(truth, -1)
        for number, mine in batches(world, BATCH):
            found[mine] = contender.search(world.crops[mine], K, number)
        recall = float((truth[:, :, None] == found[:, None, :]).any(axis=2).mean())
        if recall >= WANTED:
            break
    return {
        "recall_at_10": round(recall, 4),
        "effort": effort,
        "build_seconds": round(seconds, 1),
        "bytes_per_vector": round(contender.bytes() / len(world.vectors), 1),
        **contender.told(),
    }


def timed(contenders: dict[str, Any], world: VectorWorld, figures: dict[str, Any], *, rounds: int) -> None:
    """Queries a second in batches and one at a time, and how long one takes."""
    together, alone = batches(world, BATCH), batches(world, 1)[:: BATCH // 8]
    best = {name: (np.full(len(together), np.inf), np.full(len(alone), np.inf)) for name in contenders}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for name, contender in contenders.items():
            for kept, asked in zip(best[name], (together, alone), strict=True):
                np.minimum(kept, spent(contender, world, asked), out=kept)
    for name, (batch, single) in best.items():
        figures[name]["queries_per_second"] = round(len(world.crops) / batch.sum())
        figures[name]["queries_per_second_one_at_a_time"] = round(len(single) / single.sum())
        figures[name]["p50_ms"] = round(1000 * float(np.median(single)), 4)
        figures[name]["p99_ms"] = round(1000 * float(np.quantile(single, 0.99)), 4)


def spent(contender: Any, world: VectorWorld, asked: list[tuple[int, np.ndarray]]) -> np.ndarray:
    """Seconds of each search."""
    times = []
    for number, mine in asked:
        queries = world.crops[mine]
        start = time.perf_counter()
        contender.search(queries, K, number)
        times.append(time.perf_counter() - start)
    return np.array(times)


def batches(world: VectorWorld, size: int) -> list[tuple[int, np.ndarray]]:
    """The crops of each category in portions."""
    return [
        (number, mine[start : start + size])
        for number in range(CATEGORIES)
        for mine in [np.flatnonzero(world.crop_category == number)]
        for start in range(0, len(mine), size)
    ]


def changed(name: str, contender: Any, world: VectorWorld) -> dict[str, Any]:
    """Microseconds a vector to add products to what is there and to delete them again, the best of a few portions."""
    if isinstance(contender, OurCodes):
        return {}
    added, deleted = [], []
    for mine in np.array_split(np.arange(len(world.extra)), PORTIONS):
        ids = len(world.vectors) + mine
        start = time.perf_counter()
        contender.add(ids, world.extra[mine], world.extra_category[mine])
        middle = time.perf_counter()
        contender.delete(ids)
        added.append((middle - start) / len(ids))
        deleted.append((time.perf_counter() - middle) / len(ids))
        category = int(world.extra_category[mine[0]])
        if np.isin(contender.search(world.extra[mine[:1]], K, category), ids).any():
            raise SystemExit(f"{name} still finds what was deleted")
    return {"add_us": round(1e6 * min(added), 1), "delete_us": round(1e6 * min(deleted), 1)}


if __name__ == "__main__":
    main()
