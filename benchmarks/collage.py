"""How many collage scenes a second, for each style? Prints one JSON object as its last line.

    .venv/bin/python benchmarks/collage.py [--quick] [--json] [--processes 2] [--styles home fashion]

First the shapes are built, the loops compiled and a few settings (rooms, shoots) drawn, unmeasured and once for all
processes, which are forked from this one; ``scenes_per_second`` counts settings, drawing, truth and finish of all processes
together by the wall clock; ``cpu_seconds_per_scene`` suffers less from busy machines. The figures at the top are those of
the first style; each style's stand under ``styles``, with the CPU seconds of a product's photo.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from _report import arguments, report

from showroom.catalogue import catalogue
from showroom.collage import CollageMaker
from showroom.compiled import COMPILING
from showroom.rooms import KINDS, furnish
from showroom.solids import SolidStore
from showroom.styles import STYLES, style_named
from showroom.types import ProductSpec

CAMERAS = 4
START = 1_000_000
STORE = SolidStore()


def _products(style: str) -> list[ProductSpec]:
    return [product for product in catalogue(vertical=style_named(style).vertical) if not product.held_out]


def _setting(style: str) -> Callable[[int, list[ProductSpec]], int]:
    """Draws setting number so-and-so from some products and says how many scenes that were."""
    if style != "home":
        return lambda seed, products: len(style_named(style).setting(seed, products, CAMERAS))
    maker = CollageMaker(START, store=STORE)
    return lambda seed, products: len(maker.scenes(furnish(seed, products, cameras=CAMERAS)))


def _warm(style: str) -> None:
    """Build every shape, and draw each kind of room or place, so that all loops are compiled."""
    products, draw = _products(style), _setting(style)
    if style_named(style).vertical.name == "home":
        for product in products:
            STORE.of(product)
    for seed in range(START - len(KINDS), START):
        draw(seed, products)


def _settings(style: str, first: int, count: int) -> tuple[int, float, float, float]:
    """Scenes drawn, seconds of processor, and the moments of start and end."""
    products, draw = _products(style), _setting(style)
    began, used, scenes = time.time(), time.process_time(), 0
    for seed in range(first, first + count):
        scenes += draw(seed, products)
    return scenes, time.process_time() - used, began, time.time()


def _measured(style: str, starts: list[int], count: int) -> dict[str, float]:
    _warm(style)
    with ProcessPoolExecutor(len(starts), get_context("fork")) as pool:
        runs = list(pool.map(_settings, [style] * len(starts), starts, [count] * len(starts)))
    scenes = sum(run[0] for run in runs)
    seconds = max(run[3] for run in runs) - min(run[2] for run in runs)
    photographed = _products(style)[:: 20 if count < 10 else 5]
    used = time.process_time()
    for product in photographed:
        style_named(style).product(product)
    return {
        "n": scenes,
        "scenes_per_second": round(scenes / seconds, 2),
        "cpu_seconds_per_scene": round(sum(run[1] for run in runs) / scenes, 4),
        "cpu_seconds_per_photo": round((time.process_time() - used) / len(photographed), 4),
    }


def main() -> None:
    """Measure and print."""
    parser = arguments("Collage scenes a second.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--styles", nargs="+", choices=tuple(STYLES), default=["home", "fashion"])
    options = parser.parse_args()
    starts = [START + options.seed * 100_000 + number * 1000 for number in range(options.processes)]
    styles = {style: _measured(style, starts, 3 if options.quick else 30) for style in options.styles}
    first = styles[options.styles[0]]
    report(
        options,
        question="How many collage scenes a second?",
        n=int(first["n"]),
        scenes_per_second=first["scenes_per_second"],
        cpu_seconds_per_scene=first["cpu_seconds_per_scene"],
        styles=styles,
        processes=options.processes,
        compiled=COMPILING,
        size=[640, 480],
    )


if __name__ == "__main__":
    main()
