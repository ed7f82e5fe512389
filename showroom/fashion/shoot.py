"""Pictures of dressed people: who stands where, what the camera takes in, and the exact truth of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from showroom.collage import studio_picture
from showroom.fashion.figure import Body
from showroom.fashion.garments import displayed, worn
from showroom.fashion.outfits import Outfit, Wardrobe, dress_up
from showroom.fashion.person import Person, bare, cast, strike
from showroom.fashion.places import KINDS, SIZE, find_place
from showroom.finish import photographed
from showroom.geometry import merged
from showroom.makers import seen_objects
from showroom.projection import rotation_z
from showroom.solids import Solid, moved, solid_of
from showroom.stage import Stage
from showroom.types import Camera, Part, ProductSpec, SceneTruth

PORTRAIT, LANDSCAPE = (480, 640), (640, 480)
_SHARES = (0.42, 0.24, 0.14, 0.20)
_VIEWS = {"shoes": (-0.9, 0.40), "boots": (-0.8, 0.30), "bag": (-0.3, 0.15), "hat": (-0.5, 0.20)}
_VIEWS |= {"glasses": (-0.35, 0.10), "belt": (-0.2, 0.50)}
_TURNS = (0.0, 0.55, -0.6, 2.9)


def product_photo(spec: ProductSpec, *, view: int = 0) -> Image.Image:
    """The product alone on white, as on a mannequin that cannot be seen, 320 x 320; other views turn it."""
    azimuth, elevation = _VIEWS.get(spec.category, (-0.12, 0.06))
    return studio_picture(_solid(displayed(spec)), azimuth + _TURNS[view % len(_TURNS)], elevation)


def take_pictures(
    seed: int, products: Sequence[ProductSpec], *, shots: int = 4
) -> list[tuple[Image.Image, SceneTruth]]:
    """``shots`` pictures of shoot number ``seed``, each of one to three people in outfits of their own.

    The same seed and products always give the same pictures. Empty ``products`` are a ``ValueError``.
    """
    if not products:
        raise ValueError(f"shoot {seed} has nothing to wear: the list of products is empty")
    return [
        _take(np.random.default_rng([seed, number, 59]), f"shoot-{seed:04d}-{chr(97 + number)}", products)
        for number in range(shots)
    ]


def _take(rng: np.random.Generator, name: str, products: Sequence[ProductSpec]) -> tuple[Image.Image, SceneTruth]:
    kind = str(rng.choice(KINDS, p=_SHARES))
    place = find_place(kind, rng)
    count = int(rng.choice([1, 2, 3], p=[0.62, 0.27, 0.11]))
    wardrobe = Wardrobe(products, rng)
    shown: list[ProductSpec] = []
    solids: list[Solid] = []
    people: list[Solid] = []
    for x, y in _places(count, rng):
        person, outfit = cast(rng), dress_up(wardrobe)
        skin, clothes = _dressed(person, outfit, rng)
        turn = rotation_z(float(rng.normal(0.0, 0.32)) + (np.pi if rng.random() < 0.05 else 0.0)) * person.height
        at = (x, y, 0.0)
        people.append(moved(skin, turn, at))
        solids += [moved(solid, turn, at) for solid in clothes]
        shown += outfit.products
    still = [solid_of(merged(place.parts)), *people]
    stage = Stage(
        still,
        solids,
        place.lighting,
        SIZE,
        1 if rng.random() < 0.5 else -1,
        casting=[s.mesh for s in [*people, *solids]],
    )
    shot = stage.shot(_camera(count, rng), open_air=True)
    truth = SceneTruth(name, kind, seen_objects(shown, shot.owner, shot.covered))
    return photographed(shot.linear, shot.regions, rng), truth


def _places(count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Where people stand: side by side, some a little behind."""
    gap = float(rng.uniform(0.55, 0.9))
    shift = float(rng.normal(0.0, 0.12))
    return [
        ((index - (count - 1) / 2) * gap + shift + float(rng.normal(0.0, 0.04)), float(rng.uniform(-0.15, 0.35)))
        for index in range(count)
    ]


def _dressed(person: Person, outfit: Outfit, rng: np.random.Generator) -> tuple[Solid, list[Solid]]:
    """Somebody's skin and hair, and each product worn, in the frame of the person."""
    body = Body(person.build, strike(rng, outfit.has("bag")))
    lift = np.array([0.0, 0.0, body.lift])
    skin = _solid(bare(person, body, outfit.has("hat")))
    clothes = []
    for spec in outfit.products:
        parts = worn(spec, body, tucked=outfit.tucked, carried=outfit.carried)
        # Shoes stand on the ground already: they hang from the ankles.
        clothes.append(moved(_solid(parts), np.eye(3), lift))
    return moved(skin, np.eye(3), lift), clothes


def _camera(count: int, rng: np.random.Generator) -> Camera:
    """A view of all of the people, or of the upper or the lower half of them."""
    part = str(rng.choice(["whole", "upper", "lower", "head"], p=[0.62, 0.22, 0.11, 0.05]))
    wide = count == 3 or (count == 2 and rng.random() < 0.5)
    width, height = LANDSCAPE if wide else PORTRAIT
    middle, extent = {"whole": (0.90, 2.05), "upper": (1.25, 1.15), "lower": (0.48, 1.15), "head": (1.50, 0.70)}[part]
    extent *= float(rng.uniform(0.95, 1.25))
    across = 0.75 + 0.75 * (count - 1) if part == "whole" else 0.7 * (count - 1) + 0.5
    fov = float(rng.uniform(24.0, 42.0))
    half = np.tan(np.radians(fov) / 2)
    distance = max(extent / 2 / (half * height / width), across / 2 / half) + 0.3
    azimuth = float(rng.normal(0.0, 0.16))
    target = np.array([float(rng.normal(0.0, 0.08)), 0.0, middle + float(rng.normal(0.0, 0.04))])
    eye = target + distance * np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    eye[2] = max(middle + float(rng.normal(0.1, 0.22)) * distance / 3, 0.25)
    return Camera(eye, target, fov, width, height)


def _solid(parts: list[Part]) -> Solid:
    return solid_of(merged(parts))
