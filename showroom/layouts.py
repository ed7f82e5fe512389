"""How a living room, a bedroom and so on are furnished: one function a room kind, each a list of stylist's habits.

Every function fills a ``FloorPlan`` and returns the point the pictures are about. Nothing is forced: what does not fit is left
out, so each room of a kind comes out different.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from showroom.floorplan import FloorPlan
from showroom.products import shape_of
from showroom.types import Floats, Placement, ProductSpec, Shape, Shelf

EYE_LEVEL = 1.58
INWARD = {"left": math.pi / 2, "right": -math.pi / 2}
Side = str


def narrower(width: float) -> Callable[[Shape], bool]:
    """Fits where at most ``width`` metres are free."""
    return lambda shape: shape.size[0] <= width


def small(height: float, reach: float = 0.3) -> Callable[[Shape], bool]:
    """Low and slim enough to stand on furniture."""
    return lambda shape: shape.size[2] <= height and max(shape.size[:2]) <= reach


def enters(shelf: Shelf) -> Callable[[Shape], bool]:
    """Fits into a compartment, with a finger's room."""
    free = (shelf.size[0] - 0.02, shelf.size[1] - 0.01, shelf.size[2] - 0.02)
    return lambda shape: shape.mount != "wall" and all(a <= b for a, b in zip(shape.size, free, strict=True))


def against_wall(plan: FloorPlan, category: str, x: float, gap: float = 0.03) -> Placement | None:
    """Stand a product with its back to the back wall, centred at ``x``."""
    spec = plan.pick(category)
    return None if spec is None else plan.stand(spec, x, plan.size[1] / 2 - shape_of(spec).size[1] / 2 - gap)


def against_side(plan: FloorPlan, category: str, side: Side, y: float) -> Placement | None:
    """Stand a product with its back to a side wall, facing into the room."""
    spec = plan.pick(category)
    if spec is None:
        return None
    x = plan.size[0] / 2 - shape_of(spec).size[1] / 2 - 0.03
    return plan.stand(spec, -x if side == "left" else x, y, INWARD[side])


def fill_corner(plan: FloorPlan, side: Side, categories: tuple[str, ...]) -> Placement | None:
    """Stand the first of ``categories`` that fits into a back corner."""
    sign = -1 if side == "left" else 1
    for category in categories:
        spec = plan.pick(category)
        if spec is None:
            continue
        width, depth, _ = shape_of(spec).size
        x, y = sign * (plan.size[0] / 2 - width / 2 - 0.08), plan.size[1] / 2 - depth / 2 - 0.08
        placed = plan.stand(spec, x, y, plan.between(-0.2, 0.2) if category == "plant" and width < 0.5 else 0.0)
        if placed is not None:
            return placed
    return None


def dress(plan: FloorPlan, base: Placement | None, categories: tuple[str, ...], height: float = 0.6) -> None:
    """Stand one small thing of each category on ``base``, spread along its width."""
    if base is None:
        return
    width, depth, _ = shape_of(base.product).size
    slots = np.linspace(-0.68, 0.68, max(len(categories), 2))
    for category, u in zip(categories, plan.rng.permutation(slots), strict=False):
        reach = min(0.8 * depth, 0.8 * width / len(categories), 0.46)
        spec = plan.pick(category, small(height, reach))
        for _ in range(5):
            spot = float(u) + plan.between(-0.12, 0.12) if len(categories) > 1 else plan.between(-0.4, 0.4)
            if plan.top(spec, base, spot, plan.between(-0.25, 0.25), plan.between(-0.4, 0.4)):
                break


def fill_shelves(plan: FloorPlan, share: float = 0.6) -> None:
    """Stand vases, plants and clocks into some of the free compartments; the others are left to books."""
    kept = []
    for base, shelf in plan.free_shelves:
        category = str(plan.rng.choice(("vase", "vase", "plant", "clock", "table_lamp")))
        spec = plan.pick(category, enters(shelf)) if plan.chance(share) else None
        if spec is None or plan.shelve(spec, base, shelf, plan.between(-0.5, 0.5)) is None:
            kept.append((base, shelf))
    plan.free_shelves = kept


def dress_wall(plan: FloorPlan, wall: str, along: float, low: float = 0.0) -> None:
    """One large piece or a pair above furniture ``low`` metres high."""
    categories = ("wall_art", "wall_art", "wall_art", "mirror", "clock")
    if plan.chance(0.35):
        for offset in (-0.42, 0.42):
            spec = plan.pick("wall_art", narrower(0.76))
            plan.hang(spec, wall, along + offset, EYE_LEVEL)
        return
    spec = plan.pick(str(plan.rng.choice(categories)), narrower(1.5))
    if spec is not None:
        half = shape_of(spec).size[2] / 2
        plan.hang(spec, wall, along, max(EYE_LEVEL, low + 0.14 + half))


def throw_cushions(plan: FloorPlan, base: Placement | None, spots: tuple[float, ...]) -> None:
    """Lean a cushion against the back rest at each ``u`` in ``spots``."""
    for u in spots:
        plan.lean(plan.pick("cushion"), base, u + plan.between(-0.04, 0.04))


def living(plan: FloorPlan, quiet: Side) -> Floats:
    """Sofa on the back wall, coffee table and rug before it, armchair, side table, something on the walls."""
    back, sign = plan.size[1] / 2, -1 if quiet == "left" else 1
    x0 = plan.between(-0.25, 0.25)
    sofa = against_wall(plan, "sofa", x0, plan.between(0.04, 0.16))
    width, depth, height = shape_of(sofa.product).size if sofa else (2.0, 0.9, 0.8)
    spots = ((-0.62, 0.6), (-0.62, -0.3, 0.62), (-0.55,), (-0.62, 0.34, 0.62))[int(plan.rng.integers(4))]
    throw_cushions(plan, sofa, spots)
    dress_wall(plan, "back", x0, height)
    front = back - depth - 0.1
    plan.lay(plan.pick("rug"), x0 + plan.between(-0.15, 0.15), front - 0.55)
    table = plan.pick("coffee_table")
    if table is not None:
        placed = plan.stand(table, x0 + plan.between(-0.15, 0.15), front - 0.36 - shape_of(table).size[1] / 2)
        dress(plan, placed, ("vase", "plant")[: 1 + plan.chance(0.4)], 0.36)
    seat = plan.pick("armchair")
    placed = plan.stand(
        seat, x0 - sign * plan.between(1.3, 1.6), front - plan.between(0.7, 1.0), sign * plan.between(0.6, 1.2)
    )
    if plan.chance(0.5):
        throw_cushions(plan, placed, (0.0,))
    side_table(plan, x0 + sign * (width / 2 + 0.04), sign, back - 0.5)
    fill_corner(plan, "left" if sign > 0 else "right", ("floor_lamp", "plant"))
    fill_corner(plan, quiet, ("plant", "floor_lamp"))
    piece = against_side(
        plan, str(plan.rng.choice(("bookcase", "sideboard", "bookcase"))), quiet, plan.between(-0.3, 0.4)
    )
    if piece is not None and shape_of(piece.product).size[2] < 1.1:
        dress(plan, piece, ("table_lamp", "vase", "plant"))
        dress_wall(plan, quiet, float(piece.position[1]), 1.0)
    if plan.chance(0.45):
        plan.stand(
            plan.pick("stool"), x0 + sign * plan.between(0.9, 1.3), front - plan.between(0.9, 1.3), plan.between(0, 3)
        )
    return np.array([x0 * 0.6, front - 0.15, 0.72])


def side_table(plan: FloorPlan, edge: float, sign: int, y: float) -> Placement | None:
    """A side table next to ``edge`` on the ``sign`` side, with a lamp, a vase or a plant on it."""
    spec = plan.pick("side_table")
    if spec is None:
        return None
    placed = plan.stand(spec, edge + sign * (shape_of(spec).size[0] / 2 + 0.04), y)
    dress(plan, placed, (str(plan.rng.choice(("table_lamp", "table_lamp", "vase", "plant"))),))
    return placed


def bedroom(plan: FloorPlan, quiet: Side) -> Floats:
    """Bed in the middle of the back wall, side tables with lamps, rug, pendant, perhaps a chair."""
    back, sign = plan.size[1] / 2, -1 if quiet == "left" else 1
    x0 = plan.between(-0.3, 0.3)
    bed = against_wall(plan, "bed", x0)
    width, depth, height = shape_of(bed.product).size if bed else (1.6, 2.0, 1.0)
    plan.lay(plan.pick("rug"), x0 + plan.between(-0.2, 0.2), back - depth * 0.75)
    throw_cushions(plan, bed, ((-0.5, 0.5), (-0.5, 0.0, 0.5), (0.0,))[int(plan.rng.integers(3))])
    for side in (-1, 1):
        side_table(plan, x0 + side * width / 2, side, back - 0.32)
    dress_wall(plan, "back", x0, height)
    if plan.chance(0.5):
        plan.suspend(plan.pick("pendant_lamp"), x0 + plan.between(-0.3, 0.3), back - 1.5)
    fill_corner(plan, quiet, ("plant", "floor_lamp"))
    fill_corner(plan, "left" if sign > 0 else "right", ("floor_lamp", "plant"))
    placed = against_side(plan, str(plan.rng.choice(("sideboard", "bookcase"))), quiet, plan.between(-0.6, 0.0))
    if placed is not None and shape_of(placed.product).size[2] < 1.1:
        dress(plan, placed, ("vase", "table_lamp", "plant"))
        dress_wall(plan, quiet, float(placed.position[1]), 1.0)
    elif placed is None:
        plan.stand(plan.pick("armchair"), sign * (plan.size[0] / 2 - 0.6), back - 2.0, -sign * 1.0)
    bench = plan.pick("stool" if plan.chance(0.7) else "armchair")
    plan.stand(bench, x0 - sign * (width / 2 + 0.5), back - plan.between(1.7, 2.1), plan.between(-0.6, 0.6))
    return np.array([x0 * 0.7, back - 1.2, 0.72])


def seat_round(plan: FloorPlan, table: Placement) -> None:
    """Dining chairs of one form round a table, facing it, clear of its top."""
    chair = plan.pick("dining_chair")
    if chair is None:
        return
    width, depth, _ = shape_of(table.product).size
    reach = shape_of(chair).size[1] / 2 + 0.05
    count = 2 if width > 1.25 else 1
    x0, y0 = float(table.position[0]), float(table.position[1])
    for side in (-1, 1):
        for index in range(count):
            x = x0 + (index - (count - 1) / 2) * min(0.78, width / max(count, 1))
            if plan.chance(0.9):
                out = depth / 2 + reach + plan.between(0.0, 0.12)
                plan.stand(chair, x, y0 + side * out, (0.0 if side > 0 else math.pi) + plan.between(-0.1, 0.1), gap=0.0)
    other = plan.pick("dining_chair") or chair
    side = -1 if plan.chance(0.5) else 1
    plan.stand(
        other, x0 + side * (width / 2 + reach + 0.08), y0, -side * math.pi / 2 + plan.between(-0.15, 0.15), gap=0.0
    )


def dining(plan: FloorPlan, quiet: Side) -> Floats:
    """Table, chairs and pendant over a rug, sideboard behind."""
    back = plan.size[1] / 2
    board = against_wall(plan, "sideboard", plan.between(-0.3, 0.3))
    dress(plan, board, ("table_lamp", "vase", "plant"))
    if board is not None:
        dress_wall(plan, "back", float(board.position[0]), shape_of(board.product).size[2])
    yc = back - plan.between(2.05, 2.25)
    if plan.chance(0.7):
        plan.lay(plan.pick("rug"), 0.0, yc)
    spec = plan.pick("dining_table")
    table = None if spec is None else plan.stand(spec, plan.between(-0.2, 0.2), yc)
    if table is not None:
        seat_round(plan, table)
        dress(plan, table, ("vase", "plant")[: 1 + plan.chance(0.5)], 0.5)
        plan.suspend(plan.pick("pendant_lamp"), float(table.position[0]), yc)
    fill_corner(plan, quiet, ("plant", "floor_lamp"))
    fill_corner(plan, "left" if quiet == "right" else "right", ("floor_lamp", "plant"))
    if plan.chance(0.6):
        against_side(plan, "bookcase", quiet, plan.between(-0.2, 0.5))
    else:
        dress_wall(plan, quiet, plan.between(-0.2, 0.6))
    return np.array([0.0, yc + 0.35, 0.75])


def reading(plan: FloorPlan, quiet: Side) -> Floats:
    """An armchair with a floor lamp and a bookcase."""
    back, sign = plan.size[1] / 2, -1 if quiet == "left" else 1
    x0 = -sign * plan.between(0.3, 0.7)
    chair = plan.stand(plan.pick("armchair"), x0, back - plan.between(0.85, 1.05), sign * plan.between(0.15, 0.6))
    throw_cushions(plan, chair, (0.0,))
    plan.lay(plan.pick("rug"), x0 + sign * 0.4, back - 1.5, plan.between(-0.1, 0.1))
    side_table(plan, x0 + sign * 0.5, sign, back - 1.0)
    lamp = plan.pick("floor_lamp")
    plan.stand(lamp, x0 - sign * 0.75, back - 0.4) or plan.stand(lamp, x0 - sign * 0.95, back - 0.45)
    against_wall(plan, "bookcase", sign * (plan.size[0] / 2 - plan.between(0.7, 1.0)))
    dress_wall(plan, "back", x0)
    fill_corner(plan, "left" if sign > 0 else "right", ("plant",))
    low = against_side(plan, "sideboard", quiet, plan.between(-0.6, 0.2))
    dress(plan, low, ("vase", "clock", "plant"))
    if low is not None:
        dress_wall(plan, quiet, float(low.position[1]), 1.0)
    plan.stand(
        plan.pick("stool"), x0 + sign * plan.between(0.2, 0.5), back - plan.between(1.7, 2.0), plan.between(0, 3)
    )
    if plan.chance(0.5):
        plan.stand(plan.pick("coffee_table"), x0 + sign * 1.2, back - 1.9)
    return np.array([x0 * 0.3 + sign * 0.25, back - 0.85, 0.8])


def hallway(plan: FloorPlan, quiet: Side) -> Floats:
    """A console: sideboard with lamp and vases, a mirror above, a chair or stool beside it."""
    back, sign = plan.size[1] / 2, -1 if quiet == "left" else 1
    x0 = plan.between(-0.3, 0.3)
    board = against_wall(plan, "sideboard", x0)
    width, _, height = shape_of(board.product).size if board else (1.5, 0.4, 0.8)
    dress(plan, board, ("table_lamp", "vase", "vase", "plant"))
    mirror = plan.pick("mirror" if plan.chance(0.65) else "wall_art", narrower(1.3))
    if mirror is not None:
        plan.hang(mirror, "back", x0, max(EYE_LEVEL, height + 0.16 + shape_of(mirror).size[2] / 2))
    plan.hang(plan.pick("clock"), "back", x0 + sign * (width / 2 + 0.3), 1.75)
    plan.hang(plan.pick("wall_art", narrower(0.8)), "back", x0 - sign * (width / 2 + 0.35), EYE_LEVEL)
    plan.lay(plan.pick("rug"), x0, back - 1.35)
    against_wall(plan, str(plan.rng.choice(("dining_chair", "stool"))), x0 + sign * (width / 2 + 0.42), 0.1)
    fill_corner(plan, "left" if sign > 0 else "right", ("plant", "floor_lamp"))
    fill_corner(plan, quiet, ("floor_lamp", "plant"))
    seat = plan.pick("armchair" if plan.chance(0.6) else "stool")
    chair = plan.stand(
        seat, x0 - sign * plan.between(1.2, 1.5), back - plan.between(1.3, 1.6), sign * plan.between(0.6, 1.2)
    )
    if chair is not None and chair.product.category == "armchair":
        throw_cushions(plan, chair, (0.0,))
    if plan.chance(0.5):
        plan.suspend(plan.pick("pendant_lamp"), x0 + plan.between(-0.2, 0.2), back - 1.3)
    dress_wall(plan, quiet, plan.between(-0.2, 0.7))
    return np.array([x0, back - 0.6, 0.85])


LAYOUTS: dict[str, Callable[[FloorPlan, Side], Floats]] = {
    "living": living,
    "bedroom": bedroom,
    "dining": dining,
    "reading": reading,
    "hallway": hallway,
}


def by_category(products: list[ProductSpec]) -> dict[str, list[ProductSpec]]:
    """Products by category, in their own order."""
    stock: dict[str, list[ProductSpec]] = {}
    for spec in products:
        stock.setdefault(spec.category, []).append(spec)
    return stock
