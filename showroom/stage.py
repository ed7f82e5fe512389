"""A set of things in the light, drawn from any camera, with who owns which pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from showroom.raster import Mesh, draw
from showroom.scanning import F32, I32
from showroom.shading import Lighting, Palette, shade
from showroom.shadows import FloorShade, blurred_depth, floor_shade
from showroom.solids import Solid, joined
from showroom.truth import covered_pixels
from showroom.types import Camera, Ints

_OPEN_AIR = (200.0, 200.0, 100.0)
"""A room so large that none of its corners darkens a picture."""


@dataclass(frozen=True, eq=False)
class Shot:
    """What a camera saw: ``linear`` light (h, w, 3), ``regions`` (h, w) that change where edges run, ``owner`` (h, w) of
    each pixel (-1 for nobody's) and, for each owner, how many pixels it would cover alone, beyond the frame too."""

    linear: F32
    regions: I32
    owner: Ints
    covered: list[int]


class Stage:
    """``placed`` things, each the owner of its number, among ``still`` ones that nobody owns.

    ``size`` is the room's width, depth and height: corners and the floor of it are shaded. ``shade_side`` is the side (-1
    left, 1 right) that shadows on the floor fall away from. ``casting`` names what throws those, by default all that is placed.
    """

    def __init__(
        self,
        still: Sequence[Solid],
        placed: Sequence[Solid],
        lighting: Lighting,
        size: tuple[float, float, float],
        shade_side: int,
        *,
        casting: Sequence[Mesh] | None = None,
    ) -> None:
        self.size, self.lighting = size, lighting
        self.meshes: list[Mesh] = [solid.mesh for solid in placed]
        self.world, owner = joined([*still, *placed])
        self.owner: npt.NDArray[np.int32] = np.maximum(owner - len(still), -1).astype(np.int32)
        self.palette = Palette(self.world.coats)
        self.floor: FloorShade = floor_shade(self.meshes if casting is None else casting, size, shade_side)

    def shot(self, camera: Camera, *, open_air: bool = False) -> Shot:
        """What ``camera`` sees. In the ``open_air`` neither corners nor what stands before something darken it."""
        mesh = self.world.mesh
        buffers, alone = draw(mesh, camera, self.owner)
        around = buffers.depth if open_air else blurred_depth(buffers.depth)
        room = self.floor.surroundings(_OPEN_AIR if open_air else self.size, around)
        light = shade(mesh, buffers, self.palette, self.lighting, camera, room)
        # Where nothing is, face -1 takes the appended last entry.
        owner = np.append(self.owner, np.int32(-1))[buffers.face]
        region = np.append(mesh.material + 4096 * self.owner, np.int32(-1))[buffers.face]
        counts = np.zeros(len(self.meshes), np.int64)
        counts[: len(alone)] = alone
        covered = covered_pixels(owner, counts, self.meshes, camera)
        return Shot(light, region, owner.astype(np.int64), covered)
