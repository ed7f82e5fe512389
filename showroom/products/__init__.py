"""The demo products as meshes: `shape_of` models any product of the catalogue from its category, family and variant."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from showroom.products import beds, decor, lighting, plants, seating, storage, tables, textiles
from showroom.products.design import Design, design_of
from showroom.types import ProductSpec, Shape

MAKERS: dict[str, Callable[[Design], Shape]] = {
    "sofa": seating.sofa,
    "armchair": seating.armchair,
    "dining_chair": seating.dining_chair,
    "stool": seating.stool,
    "coffee_table": tables.coffee_table,
    "side_table": tables.side_table,
    "dining_table": tables.dining_table,
    "sideboard": storage.sideboard,
    "bookcase": storage.bookcase,
    "bed": beds.bed,
    "floor_lamp": lighting.floor_lamp,
    "table_lamp": lighting.table_lamp,
    "pendant_lamp": lighting.pendant_lamp,
    "rug": textiles.rug,
    "cushion": textiles.cushion,
    "vase": decor.vase,
    "plant": plants.plant,
    "wall_art": decor.wall_art,
    "mirror": decor.mirror,
    "clock": decor.clock,
}


def shape_of(spec: ProductSpec) -> Shape:
    """The solid form of a product, always the same for the same category, family and variant.

    Raises:
        ValueError: the category is unknown.
    """
    return _shape(spec.category, spec.family, spec.variant)


@lru_cache(maxsize=512)
def _shape(category: str, family: int, variant: int) -> Shape:
    design = design_of(category, family, variant)
    return MAKERS[category](design)
