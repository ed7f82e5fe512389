"""What the makers of the demo world pass to one another: meshes, products, rooms, cameras and the truth of a scene.

Lengths are metres, z points up, products face -y and stand on z = 0. Boxes are ``(left, top, right, bottom)``, normalised
to [0, 1], origin at the top left. Nothing here needs a renderer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RGB = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Material:
    """How a surface looks: a base colour (sRGB in [0, 1]) or a tileable texture of it, and how it reflects.

    ``texture`` is ``(n, n, 3)`` sRGB in [0, 1], its row 0 at v = 1; ``tile`` is the metres one repeat covers (uv
    coordinates are metres); ``unit_uv`` says that the mesh's uv run over [0, 1] instead. ``height`` is an ``(n, n)`` bump
    map, ``bump`` its depth in metres. ``emission`` > 0 makes a lamp shade glow (relative strength); ``kind`` is
    ``surface``, ``mirror`` or ``glass``.
    """

    color: RGB = (0.5, 0.5, 0.5)
    texture: Floats | None = None
    tile: float = 1.0
    unit_uv: bool = False
    height: Floats | None = None
    bump: float = 0.0
    roughness: float = 0.5
    metallic: float = 0.0
    sheen: float = 0.0
    emission: float = 0.0
    kind: str = "surface"


@dataclass(frozen=True, eq=False)
class Part:
    """One mesh of one material: ``vertices`` (n, 3), unit ``normals`` (n, 3), ``uvs`` (n, 2), ``faces`` (m, 3)."""

    vertices: Floats
    normals: Floats
    uvs: Floats
    faces: Ints
    material: Material


@dataclass(frozen=True, eq=False)
class Shelf:
    """Free room inside a product (a bookcase's compartment): centre offset and size in the product's own frame."""

    offset: tuple[float, float, float]
    size: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Shape:
    """The solid form of a product: its meshes, its bounding size (width, depth, height) and where things may stand on it.

    ``mount`` is ``floor``, ``wall`` (origin at the centre of its back, which lies in the plane y = 0), ``ceiling`` (origin
    at the point of suspension, the product hangs below z = 0) or ``top`` (stands on furniture).
    """

    parts: tuple[Part, ...]
    size: tuple[float, float, float]
    mount: str = "floor"
    shelves: tuple[Shelf, ...] = ()


@dataclass(frozen=True)
class ProductSpec:
    """One buyable thing of the demo catalogue. ``family`` numbers the form, ``variant`` the fabric, colour or size of it."""

    id: str
    category: str
    family: int
    variant: int
    title: str
    brand: str
    domain: str
    url: str
    description: str
    price: float
    currency: str
    available: bool
    held_out: bool
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def variant_group(self) -> str:
        """All variants of one form share it."""
        return f"{self.category}-{self.family:03d}"


@dataclass(frozen=True, eq=False)
class Placement:
    """A product in a room: ``world = rotation @ local + position``."""

    product: ProductSpec
    rotation: Floats
    position: Floats


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera; ``fov`` is the horizontal field of view in degrees."""

    eye: Floats
    target: Floats
    fov: float
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Room:
    """A furnished room: its shell as meshes, what stands in it, where cameras may look from, and its light.

    ``size`` is (width, depth, height); the back wall lies at y = depth / 2, the floor at z = 0; the camera's side is open.
    ``window`` is the opening ``(side, y0, y1, z0, z1)`` with side -1 (left wall) or 1 (right wall). ``clutter`` is
    furniture-like dressing (books, curtains) that is nobody's product.
    """

    seed: int
    kind: str
    size: tuple[float, float, float]
    window: tuple[int, float, float, float, float]
    shell: tuple[Part, ...]
    clutter: tuple[Part, ...]
    placements: tuple[Placement, ...]
    cameras: tuple[Camera, ...]
    daylight: float
    lamps_on: bool


@dataclass(frozen=True)
class ObjectTruth:
    """A product seen in a picture. ``visible`` is the visible share of what it would cover alone, cut parts included."""

    product: str
    category: str
    box: tuple[float, float, float, float]
    visible: float
    truncated: bool


@dataclass(frozen=True)
class SceneTruth:
    """All that is known of one picture."""

    id: str
    room_kind: str
    objects: tuple[ObjectTruth, ...]
