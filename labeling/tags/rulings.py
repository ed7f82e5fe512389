"""What the rulings of a place's owner leave open to everybody else."""

from __future__ import annotations

from enum import Enum

from labeling.annotation.consensus import same_place
from labeling.catalog.models import Product, Scene
from labeling.tags.models import Tag
from models_ml.types import Box


class Leave(Enum):
    """What may be said of an object: anything, nothing new, or only what the owner then sees first."""

    FREE = "free"
    NONE = "none"
    ASK = "ask"


def leave_of(*, scene: Scene, box: Box, product: Product) -> Leave:
    """What a new tag of ``product`` at ``box`` may do. Lock the scene before asking, as rulings do.

    An object that the owner has approved or corrected has its product. Of one that was hidden, the same product (or one
    of the same photo) is not shown again, and another waits for the owner.
    """
    leave = Leave.FREE
    for tag in Tag.objects.filter(scene=scene, ruled=True).select_related("product"):
        if not same_place(tag.box, box):
            continue
        if tag.state == Tag.State.LIVE or _alike(tag.product, product):
            return Leave.NONE
        leave = Leave.ASK
    return leave


def is_refused(*, scene: Scene, box: Box, product: Product) -> bool:
    """Whether a standing ruling says that the object at ``box`` is another product."""
    for tag in Tag.objects.filter(scene=scene, ruled=True).select_related("product"):
        if same_place(tag.box, box):
            if tag.state == Tag.State.LIVE and not _alike(tag.product, product):
                return True
            if tag.reviews.filter(undoing=None, refused=product).exists():
                return True
    return False


def _alike(a: Product, b: Product) -> bool:
    return a.pk == b.pk or (bool(a.same_photo_group) and a.same_photo_group == b.same_photo_group)
