"""Make a demo pack: ``python -m showroom pack OUT --maker photo --collections 4 --rooms 30 48 --cameras 4 --spp 6``.

A collection is 260 products; ``--rooms`` says how many rooms show each of them, and a collection without rooms only fills the
catalogue. More collections or rooms leave those before them as they were.

``python -m showroom world OUT --style fashion --scenes 2000 --seed 7`` draws a whole world of products that no other seed
has, with train and test scenes; see `showroom.worlds`.

``photo`` path traces and needs ``mitsuba`` and ``pyoidn``; ``collage`` needs nothing more than this project. A run that was
stopped goes on where it was: files that exist are kept.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

from showroom.catalogue import catalogue
from showroom.collage import CollageMaker
from showroom.makers import Maker
from showroom.pack import write_pack
from showroom.planning import plan_rooms
from showroom.styles import STYLES
from showroom.training_world import WorldPlan, write_world
from showroom.worlds import World
from showroom.worlds import write_world as write_whole_world


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m showroom", description="The licence-free demo world.")
    commands = root.add_subparsers(dest="command", required=True)
    pack = commands.add_parser("pack", help="write products and scenes with exact truth into a folder")
    pack.add_argument("out", type=Path, help="the pack's folder; what it already holds is kept")
    pack.add_argument("--maker", choices=("photo", "collage"), default="collage")
    pack.add_argument("--collections", type=int, default=1, help="how many times 260 products")
    pack.add_argument(
        "--rooms", type=int, nargs="+", default=[30], help="rooms of the first collection, the second, ..."
    )
    pack.add_argument("--cameras", type=int, default=4, help="scenes a room")
    pack.add_argument("--seed", type=int, default=0, help="another seed gives other products and rooms")
    pack.add_argument("--spp", type=int, default=8, help="light paths a pixel (photo only)")
    pack.add_argument(
        "--train-only",
        action="store_true",
        help="collage: rooms from number SEED on, of the collections --show, nothing held out, all of split train",
    )
    pack.add_argument("--show", type=int, nargs="+", default=[0], help="seeds of the collections (with --train-only)")
    pack.add_argument("--no-products", action="store_true", help="list products without photos (with --train-only)")
    pack.add_argument("--processes", type=int, default=2, help="how many draw at a time (with --train-only)")
    world = commands.add_parser("world", help="draw a world of many scenes, of products that no other seed has")
    world.add_argument("out", type=Path, help="the world's folder; what it already holds is kept")
    world.add_argument("--style", choices=tuple(STYLES), default="home")
    world.add_argument("--scenes", type=int, default=2000)
    world.add_argument("--seed", type=int, default=0, help="another seed gives other products and settings")
    world.add_argument("--processes", type=int, default=2, help="how many draw at a time")
    return root


def make_maker(name: str, spp: int) -> Maker:
    """The maker called ``name``. Without the photo extra installed, ``photo`` ends the program with advice."""
    if name == "collage":
        return CollageMaker()
    try:
        # Only on demand: importing the photo maker starts a renderer that most installations do not have.
        photo = importlib.import_module("showroom.photo")
    except ModuleNotFoundError as error:
        sys.exit(f"--maker photo needs {error.name}; install mitsuba and pyoidn, or use --maker collage")
    maker: Maker = photo.PhotoMaker(spp)
    return maker


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    given = parser().parse_args(arguments)
    start = time.monotonic()

    def note(line: str) -> None:
        print(f"{time.monotonic() - start:7.0f} s  {line}", flush=True)

    if given.command == "world":
        write_whole_world(given.out, World(given.style, given.scenes, given.seed), processes=given.processes, note=note)
        return
    if given.train_only:
        if given.maker != "collage":
            sys.exit("--train-only draws by the thousand; use it with --maker collage")
        photos, shown = not given.no_products, tuple(given.show)
        world = WorldPlan(sum(given.rooms), given.cameras, given.seed, given.processes, photos, shown)
        write_world(given.out, world, note=note)
        return
    collections = [catalogue(seed=given.seed + number) for number in range(max(given.collections, len(given.rooms)))]
    products = [product for collection in collections for product in collection]
    rooms = [
        room
        for number, count in enumerate(given.rooms)
        for room in plan_rooms(collections[number], rooms=count, cameras=given.cameras, seed=given.seed + number)
    ]
    maker = make_maker(given.maker, given.spp)
    write_pack(
        given.out,
        maker,
        products,
        rooms,
        note=note,
    )


if __name__ == "__main__":
    main()
