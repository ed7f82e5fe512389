"""Writes to the catalogue: what is added to it, and what is found of its offers since."""

from labeling.catalog.services.adding import (
    NewProduct,
    NewScene,
    category_ensure,
    product_add,
    products_add,
    scene_add,
    scenes_add,
    truths_write,
    vertical_ensure,
    vertical_map_classes,
)
from labeling.catalog.services.offering import Offer, offers_write, page_record, page_visit

__all__ = [
    "NewProduct",
    "NewScene",
    "Offer",
    "category_ensure",
    "offers_write",
    "page_record",
    "page_visit",
    "product_add",
    "products_add",
    "scene_add",
    "scenes_add",
    "truths_write",
    "vertical_ensure",
    "vertical_map_classes",
]
