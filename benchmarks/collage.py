"""How many collage scenes a second? Prints one JSON object as its last line.

    python benchmarks/collage.py --quick
    python benchmarks/collage.py --processes 2 --json collage.json

Each process first draws a few rooms unmeasured, to build the shapes; ``scenes_per_second`` counts furnishing, drawing,
truth and finish of all processes together by the wall clock; ``cpu_seconds_per_scene`` suffers less from busy machines.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from showroom.catalogue import catalogue
from showroom.collage import CollageMaker
from showroom.rooms import furnish
from showroom.solids import SolidStore

CAMERAS = 4
START = 1_000_000


def _rooms(first: int, rooms: int, warm_up: int) -> tuple[int, float, float, float]:
    """Scenes drawn, seconds of processor, and the moments of start and end, after ``warm_up`` rooms."""
    products = [product for product in catalogue() if not product.held_out]
    store = SolidStore()
    for product in products:
        store.of(product)
    maker = CollageMaker(first, store=store)
    for seed in range(first, first + warm_up):
        maker.scenes(furnish(seed, products, cameras=1))
    began, used, scenes = time.time(), time.process_time(), 0
    for seed in range(first + warm_up, first + warm_up + rooms):
        scenes += len(maker.scenes(furnish(seed, products, cameras=CAMERAS)))
    return scenes, time.process_time() - used, began, time.time()


def _commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else "uncommitted"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Collage scenes a second.")
    parser.add_argument("--quick", action="store_true", help="few rooms; the figure is rough")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    args = parser.parse_args()
    rooms = 3 if args.quick else 30
    starts = [START + args.seed * 100_000 + number * 1000 for number in range(args.processes)]
    with ProcessPoolExecutor(args.processes) as pool:
        runs = list(pool.map(_rooms, starts, [rooms] * len(starts), [2] * len(starts)))
    scenes = sum(run[0] for run in runs)
    seconds = max(run[3] for run in runs) - min(run[2] for run in runs)
    figures = {
        "question": "How many collage scenes a second?",
        "scenes_per_second": round(scenes / seconds, 2),
        "cpu_seconds_per_scene": round(sum(run[1] for run in runs) / scenes, 4),
        "processes": args.processes,
        "size": [640, 480],
        "quick": args.quick,
        "n": scenes,
        "seed": args.seed,
        "commit": _commit(),
    }
    line = json.dumps(figures)
    if args.json is not None:
        args.json.write_text(line + "\n", encoding="utf-8")
    print(line)


if __name__ == "__main__":
    main()
