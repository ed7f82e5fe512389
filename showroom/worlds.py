"""Worlds of many scenes from a style and a seed: packs with train and test scenes and a photo of every product.

``python -m showroom world OUT --style fashion --scenes 2000 --seed 7``

A world is drawn in chapters, each by one process: the photos of one collection of products and the settings that show it.
Whatever a chapter makes depends on style, seed and its number alone, so that the same command gives the same bytes, a
stopped run goes on with the chapters that miss, and a larger world begins with the smaller one. Rows wait in ``parts/`` and
are copied to the lists chapter by chapter: memory does not grow with the world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path

from showroom.catalogue import catalogue
from showroom.files import Row, read_rows, write_picture, write_rows
from showroom.pack import product_image, product_row, scene_row, write_categories
from showroom.styles import style_named
from showroom.telling import retell
from showroom.types import ProductSpec

SHOTS = 4
"""Scenes of one setting."""
SETTINGS = 25
"""Settings of one chapter."""
TEST_EVERY = 5
"""The last of so many settings shows nothing but what is held out, and is of split test."""
MOST_COLLECTIONS = 40
"""Worlds beyond a hundred scenes for each of these go round them again."""
JPEG_QUALITY = 90


@dataclass(frozen=True)
class World:
    """``scenes`` pictures in a ``style``; another ``seed`` gives other products and settings."""

    style: str
    scenes: int
    seed: int = 0

    @property
    def chapters(self) -> int:
        """How many chapters it is drawn in: one for each of its collections, more where they are shown again."""
        return max(self.blocks, self.collections)

    @property
    def blocks(self) -> int:
        """How many chapters have scenes."""
        return -(-self.scenes // (SHOTS * SETTINGS))

    @property
    def collections(self) -> int:
        """How many collections of products it has; test scenes also show what the next collection holds out."""
        return min(self.blocks + 1, MOST_COLLECTIONS)

    def scenes_of(self, chapter: int) -> range:
        """The numbers of a chapter's scenes."""
        first = chapter * SHOTS * SETTINGS
        return range(first, max(min(first + SHOTS * SETTINGS, self.scenes), first))


def products_of(world: World, chapter: int) -> tuple[ProductSpec, ...]:
    """The products that a chapter shows, of a collection that no other seed and no demo pack has."""
    return _collection(world.style, 1000 * (world.seed + 1) + chapter % MOST_COLLECTIONS)


@lru_cache(maxsize=4)
def _collection(style: str, seed: int) -> tuple[ProductSpec, ...]:
    return tuple(catalogue(seed=seed, vertical=style_named(style).vertical))


def write_world(
    out: Path, world: World, *, processes: int = 2, note: Callable[[str], None] = lambda line: None
) -> None:
    """Write what ``out`` lacks of a world. The lists grow while it runs and always name pictures that exist.

    Raises:
        ValueError: the style is unknown, or scenes, seed or processes are out of range.
    """
    vertical = style_named(world.style).vertical
    if world.scenes < 1 or world.seed < 0 or processes < 1:
        given = f"scenes={world.scenes}, seed={world.seed}, processes={processes}"
        raise ValueError(f"{given}: use at least 1 scene and 1 process and a seed of 0 or more")
    for folder in ("images/products", "images/scenes", "parts"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    write_categories(out, vertical)
    waiting = [chapter for chapter in range(world.chapters) if not _is_done(out, world, chapter)]
    _write_lists(out, world)
    for count, _ in enumerate(_drawn(out, world, waiting, processes), start=1):
        products, scenes = _write_lists(out, world)
        note(f"{count} of {len(waiting)} chapters, {products} products and {scenes} scenes listed")


def _drawn(out: Path, world: World, waiting: Sequence[int], processes: int) -> Iterator[int]:
    """Draw the ``waiting`` chapters, with one process in this one; yields each that is done."""
    if processes == 1:
        yield from (draw_chapter(out, world, chapter) for chapter in waiting)
        return
    # Threads of a parent do not survive a fork, so each process starts anew.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from (done.result() for done in as_completed([pool.submit(draw_chapter, out, world, n) for n in waiting]))


def draw_chapter(out: Path, world: World, chapter: int) -> int:
    """Draw the photos of a chapter's products, where they miss, and all its scenes; then write its rows. Returns its number."""
    style, products = style_named(world.style), products_of(world, chapter)
    if chapter < world.collections:
        for product in products:
            if not (path := out / product_image(product)).exists():
                write_picture(path, style.product(product), quality=JPEG_QUALITY)
        write_rows(_part(out, "products", chapter), [product_row(product) for product in products])
    wanted = world.scenes_of(chapter)
    rows: list[Row] = []
    for first in range(wanted.start, wanted.stop, SHOTS):
        rows += _draw_setting(out, world, chapter, first // SHOTS)
    known = {product.id: product_row(product) for product in products + products_of(world, chapter + 1)}
    write_rows(_part(out, "scenes", chapter), retell(rows, known))
    return chapter


def _draw_setting(out: Path, world: World, chapter: int, number: int) -> list[Row]:
    """Draw one setting's scenes, beginning with scene ``number * SHOTS`` of the world; returns their rows."""
    style = style_named(world.style)
    test = number % TEST_EVERY == TEST_EVERY - 1
    stock = list(products_of(world, chapter)) + (list(products_of(world, chapter + 1)) if test else [])
    shown = [product for product in stock if product.held_out == test]
    rows = []
    # All shots are made even where fewer are wanted: a room's light is drawn after its views.
    pictures = style.setting(1_000_000 * (world.seed + 1) + number, shown, SHOTS)
    for shot, (picture, truth) in enumerate(pictures):
        named = replace(truth, id=f"{world.style}-{world.seed}-{number:05d}-{chr(ord('a') + shot)}")
        row = scene_row(named, number * SHOTS + shot, "test" if test else "train", style.vertical.phrases)
        write_picture(out / str(row["image"]), picture, quality=JPEG_QUALITY)
        rows.append(row)
    return rows


def _is_done(out: Path, world: World, chapter: int) -> bool:
    """Whether a chapter's rows are there, and as many as wanted. A part is written after the pictures it names."""
    if chapter < world.collections and not _part(out, "products", chapter).exists():
        return False
    path = _part(out, "scenes", chapter)
    return path.exists() and len(read_rows(path)) >= len(world.scenes_of(chapter))


def _write_lists(out: Path, world: World) -> tuple[int, int]:
    """Copy the rows of finished chapters to the lists, in order; returns how many products and scenes they name."""
    there = {number for number in range(world.collections) if _part(out, "products", number).exists()}
    shown = [
        chapter
        for chapter in range(world.blocks)
        if {chapter % MOST_COLLECTIONS, (chapter + 1) % MOST_COLLECTIONS} <= there
    ]
    counted = [0, 0]

    def counting(which: int, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            counted[which] += 1
            yield row

    products = chain.from_iterable(read_rows(_part(out, "products", number)) for number in sorted(there))
    scenes = chain.from_iterable(
        islice(read_rows(_part(out, "scenes", chapter)), len(world.scenes_of(chapter))) for chapter in shown
    )
    write_rows(out / "products.jsonl", counting(0, products))
    write_rows(out / "scenes.jsonl", counting(1, scenes))
    return counted[0], counted[1]


def _part(out: Path, kind: str, chapter: int) -> Path:
    return out / "parts" / f"{kind}-{chapter:04d}.jsonl"
