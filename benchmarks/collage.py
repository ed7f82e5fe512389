"""How many collage scenes a second? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/collage.py [--quick] [--json] [--processes 2]

First the shapes are built, the loops compiled and a few rooms drawn, unmeasured and once for all processes, which are
forked from this one; ``scenes_per_second`` counts furnishing, drawing, truth and finish of all processes together by the
wall clock; ``cpu_seconds_per_scene`` suffers less from busy machines.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from _report import arguments, report

from showroom.catalogue import catalogue
from showroom.collage import CollageMaker
from showroom.compiled import COMPILING
from showroom.rooms import KINDS, furnish
from showroom.solids import SolidStore
from showroom.types import ProductSpec

CAMERAS = 4
START = 1_000_000
STORE = SolidStore()


def _products() -> list[ProductSpec]:
    return [product for product in catalogue() if not product.held_out]


def _warm() -> None:
    """Build every shape, and draw one picture of each kind of room, so that all loops are compiled."""
    products = _products()
    for product in products:
        STORE.of(product)
    for seed in range(START - len(KINDS), START):
        CollageMaker(seed, store=STORE).scenes(furnish(seed, products, cameras=1))


def _rooms(first: int, rooms: int) -> tuple[int, float, float, float]:
    """Scenes drawn, seconds of processor, and the moments of start and end."""
    products, maker = _products(), CollageMaker(first, store=STORE)
    began, used, scenes = time.time(), time.process_time(), 0
    for seed in range(first, first + rooms):
        scenes += len(maker.scenes(furnish(seed, products, cameras=CAMERAS)))
    return scenes, time.process_time() - used, began, time.time()


def main() -> None:
    """Measure and print."""
    parser = arguments("Collage scenes a second.")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    rooms = 3 if options.quick else 30
    starts = [START + options.seed * 100_000 + number * 1000 for number in range(options.processes)]
    _warm()
    with ProcessPoolExecutor(options.processes, get_context("fork")) as pool:
        runs = list(pool.map(_rooms, starts, [rooms] * len(starts)))
    scenes = sum(run[0] for run in runs)
    seconds = max(run[3] for run in runs) - min(run[2] for run in runs)
    report(
        options,
        question="How many collage scenes a second?",
        n=scenes,
        scenes_per_second=round(scenes / seconds, 2),
        cpu_seconds_per_scene=round(sum(run[1] for run in runs) / scenes, 4),
        processes=options.processes,
        compiled=COMPILING,
        size=[640, 480],
    )


if __name__ == "__main__":
    main()
