"""A product of the wardrobe as meshes: for its own photo, or worn by a body."""

from __future__ import annotations

from collections.abc import Callable

from showroom.fashion import accessories, footwear, lower, outer, upper
from showroom.fashion.design import GarmentDesign, garment_design
from showroom.fashion.figure import Body, Build, Pose
from showroom.types import Part, ProductSpec

Worn = Callable[[GarmentDesign, Body], list[Part]]
_TUCKED: dict[str, Callable[[GarmentDesign, Body, bool], list[Part]]] = {
    "top": upper.top,
    "shirt": upper.shirt,
    "sweater": upper.sweater,
}
_SEWN: dict[str, Worn] = {
    "jacket": outer.jacket,
    "coat": outer.coat,
    "dress": lower.dress,
    "skirt": lower.skirt,
    "trousers": lower.trousers,
    "shorts": lower.shorts,
    "shoes": footwear.shoes,
    "boots": footwear.boots,
    "scarf": accessories.scarf,
    "belt": accessories.belt,
}
_MANNEQUIN = Pose(arm_spread=(0.26, 0.26), elbow_bend=(0.05, 0.05), leg_spread=(0.05, 0.05))


def design_of(spec: ProductSpec) -> GarmentDesign:
    """The design of a product of the wardrobe."""
    return garment_design(spec.category, spec.family, spec.variant)


def worn(spec: ProductSpec, body: Body, *, tucked: bool = False, carried: str = "hand") -> list[Part]:
    """The product as a ``body`` wears or carries it; tops may be ``tucked`` in, bags ``carried`` by ``hand`` or ``shoulder``.

    Raises:
        ValueError: the category is unknown.
    """
    design = design_of(spec)
    if spec.category in _TUCKED:
        return _TUCKED[spec.category](design, body, tucked)
    if spec.category == "bag":
        return accessories.bag(design, body, carried)
    if spec.category == "hat":
        return accessories.hat(design)
    if spec.category == "glasses":
        return accessories.glasses(design)
    return _SEWN[spec.category](design, body)


def displayed(spec: ProductSpec) -> list[Part]:
    """The product alone, as on a mannequin that cannot be seen."""
    if spec.category == "bag":
        return accessories.bag(design_of(spec))
    return worn(spec, Body(Build(), _MANNEQUIN))
