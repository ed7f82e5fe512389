"""The second vertical: words that fit the clothes, outfits that go together, pictures whose truth is exact."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import pytest

from showroom.captions import caption_of
from showroom.catalogue import catalogue
from showroom.fashion.cloth import CLOTHS, COLORS, PATTERNS, cloth
from showroom.fashion.design import garment_design
from showroom.fashion.figure import CROTCH, NECK, Body, Build, Pose
from showroom.fashion.garments import displayed, worn
from showroom.fashion.outfits import Wardrobe, dress_up
from showroom.fashion.places import KINDS, find_place
from showroom.fashion.ranges import CLOTH_RANGES
from showroom.fashion.shoot import product_photo, take_pictures
from showroom.fashion.shop import FASHION
from showroom.raster import draw
from showroom.shading import Lighting
from showroom.solids import solid_of
from showroom.stage import Stage
from showroom.types import Camera, Material, Part, ProductSpec, SceneTruth

SLUGS = [category.slug for category in FASHION.categories]


@cache
def products() -> tuple[ProductSpec, ...]:
    return tuple(catalogue(vertical=FASHION))


@cache
def pictures() -> tuple[tuple[np.ndarray, SceneTruth], ...]:
    return tuple((np.asarray(picture), truth) for picture, truth in take_pictures(5, products(), shots=3))


def test_it_works() -> None:
    known = {product.id: product.category for product in products()}
    assert len({truth.id for _, truth in pictures()}) == 3
    for picture, truth in pictures():
        assert sorted(picture.shape) == [3, 480, 640]
        assert picture.std() > 10
        assert truth.room_kind in KINDS
        assert len(truth.objects) >= 2
        for item in truth.objects:
            assert known[item.product] == item.category
            left, top, right, bottom = item.box
            assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
            assert item.truncated == (left == 0 or top == 0 or right == 1 or bottom == 1)


def test_the_catalogue_is_like_that_of_any_vertical() -> None:
    assert len(SLUGS) == 16
    assert set(SLUGS) == set(CLOTH_RANGES)
    assert {product.category for product in products()} == set(SLUGS)
    groups: dict[str, list[ProductSpec]] = defaultdict(list)
    for product in products():
        groups[product.variant_group].append(product)
    assert all(len({product.held_out for product in group}) == 1 for group in groups.values())
    assert {product.category for product in products() if product.held_out} == set(SLUGS)
    assert all(product.domain == FASHION.brands[product.brand] for product in products())
    assert all(9 <= product.price <= 2000 for product in products())


def test_words_name_colour_and_cut() -> None:
    for product in products():
        design = garment_design(product.category, product.family, product.variant)
        text = f"{product.title} {product.description}".lower()
        assert "{" not in text
        first = next(iter(design.traits.values()))
        if product.category not in ("top", "sweater", "jacket"):
            assert first.lower() in text, product.title
        if not (product.category == "glasses" and design.traits["form"] == "aviator"):
            assert design.color in text
        if design.pattern != "plain" and product.category not in ("boots", "glasses"):
            assert design.pattern in text and design.accent in text


def test_the_colour_that_words_name_is_the_colour_that_is_seen() -> None:
    for product in products():
        design = garment_design(product.category, product.family, product.variant)
        if design.pattern == "plain":
            assert np.allclose(design.material.color, design.rgb, atol=0.08), product.title


@pytest.mark.parametrize("slug", SLUGS)
def test_each_category_can_be_made_in_all_its_forms(slug: str) -> None:
    seen = set()
    for family in range(6):
        spec = next(p for p in products() if (p.category, p.family) == (slug, family))
        parts = displayed(spec)
        points = np.concatenate([part.vertices for part in parts])
        assert np.isfinite(points).all()
        assert 0.05 < np.ptp(points, axis=0).max() < 1.8
        seen.add(tuple(np.round(np.ptp(points, axis=0), 4)))
    assert len(seen) == 6, "two families are of the very same shape"


def test_variants_share_the_cut_and_differ_in_colour() -> None:
    second = next(p for p in products() if p.category == "dress" and p.variant == 1)
    first = next(p for p in products() if p.variant_group == second.variant_group)
    shapes = [displayed(product) for product in (first, second)]
    for one, other in zip(*shapes, strict=True):
        assert np.array_equal(one.vertices, other.vertices)
    colours = [np.asarray(product_photo(product)).reshape(-1, 3) for product in (first, second)]
    means = [pixels[pixels.min(axis=1) < 250].mean(axis=0) for pixels in colours]
    assert np.abs(means[0] - means[1]).max() > 10


def test_clothes_enclose_the_body() -> None:
    """Each of the body's own points below a top lies inside the cloth: nearer the axis than the cloth at that angle."""
    body = Body(Build(1.1, 1.1, 1.05), Pose(sway=0.02, twist=0.1))
    spec = next(p for p in products() if p.category == "sweater")
    cloth_points = worn(spec, body)[0].vertices
    for height in np.linspace(0.98, 1.38, 9):
        for angle in np.linspace(-3.0, 3.0, 13):
            skin = body.around(np.array(height), np.array(angle))
            x, y = (float(value) for value in body.centre(np.array(height)))
            gaps = np.linalg.norm(cloth_points - skin, axis=1)
            near = cloth_points[gaps.argsort()[:3]].mean(axis=0)
            assert np.hypot(near[0] - x, near[1] - y) > np.hypot(skin[0] - x, skin[1] - y) - 0.004


def test_the_body_stands_on_its_lower_foot() -> None:
    body = Body(pose=Pose(leg_swing=(0.3, -0.3)))
    lowest = min(leg[2, 2] for leg in body.legs) + body.lift
    assert lowest == pytest.approx(0.085)
    wide, deep = body.girth(np.linspace(CROTCH, NECK, 30))
    assert (wide > 0.05).all() and (deep > 0.05).all()


def test_nobody_wears_what_another_one_wears() -> None:
    for seed in range(20):
        wardrobe = Wardrobe(products(), np.random.default_rng(seed))
        outfits = [dress_up(wardrobe) for _ in range(3)]
        groups = [product.variant_group for outfit in outfits for product in outfit.products]
        assert len(groups) == len(set(groups))
        for outfit in outfits:
            worn_now = [product.category for product in outfit.products]
            assert len(worn_now) == len(set(worn_now))
            assert outfit.has("dress") or {"trousers", "skirt", "shorts"} & set(worn_now)
            assert outfit.has("shoes") != outfit.has("boots")
            assert not (outfit.has("jacket") and outfit.has("coat"))


def test_the_same_seed_gives_the_same_pictures_and_another_gives_others() -> None:
    again = take_pictures(5, products(), shots=1)[0]
    other = take_pictures(6, products(), shots=1)[0]
    assert np.array_equal(np.asarray(again[0]), pictures()[0][0])
    assert again[1] == pictures()[0][1]
    assert other[1] != again[1]
    with pytest.raises(ValueError, match="shoot 3 has nothing to wear"):
        take_pictures(3, [])


def ball_at(x: float, y: float) -> Part:
    half = 0.2
    vertices = np.array([[x - half, y, 0.3], [x + half, y, 0.3], [x + half, y, 0.9], [x - half, y, 0.9]])
    normals, uvs = np.tile([0.0, -1.0, 0.0], (4, 1)), np.zeros((4, 2))
    return Part(vertices, normals, uvs, np.array([[0, 1, 2], [0, 2, 3]]), Material())


def test_a_stage_tells_who_is_seen_where_and_how_much_of_them() -> None:
    """The second square stands half behind the first: counted by a loop over the pixels of each drawn alone."""
    solids = [solid_of([ball_at(0.0, 0.0)]), solid_of([ball_at(0.2, 0.5)])]
    floor = solid_of([ball_at(0.0, 2.0)])
    lighting = Lighting((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), ())
    stage = Stage([floor], solids, lighting, (4.0, 4.0, 3.0), 1)
    camera = Camera(np.array([0.0, -3.0, 0.6]), np.array([0.0, 0.0, 0.6]), 40.0, 80, 60)
    shot = stage.shot(camera, open_air=True)
    alone = [draw(solid.mesh, camera)[0].face >= 0 for solid in solids]
    for y in range(60):
        for x in range(80):
            expected = 0 if alone[0][y, x] else 1 if alone[1][y, x] else -1
            assert shot.owner[y, x] == expected
    assert shot.covered == [int(alone[0].sum()), int(alone[1].sum())]


@pytest.mark.parametrize("kind", KINDS)
def test_places_have_ground_and_light(kind: str) -> None:
    place = find_place(kind, np.random.default_rng(1))
    points = np.concatenate([part.vertices for part in place.parts])
    assert points[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert place.lighting.lamps


def test_cloths_are_told_apart() -> None:
    looks = {}
    for kind in CLOTHS:
        for pattern in PATTERNS:
            texture = cloth(kind, pattern, COLORS["camel"], COLORS["navy"], 3).texture
            assert texture is not None and texture.min() >= 0 and texture.max() <= 1
            looks[kind, pattern] = texture
    plain = [looks[kind, "plain"] for kind in CLOTHS]
    for index, one in enumerate(plain):
        for other in plain[index + 1 :]:
            assert np.abs(one - other).mean() > 0.002
    with pytest.raises(ValueError, match="unknown cloth 'tin'"):
        cloth("tin", "plain", COLORS["red"], COLORS["red"])
    with pytest.raises(ValueError, match="unknown place 'moon'"):
        find_place("moon", np.random.default_rng(0))
    with pytest.raises(ValueError, match="unknown category 'kite'"):
        garment_design("kite", 0, 0)


def test_captions_speak_of_clothes() -> None:
    for number, (_, truth) in enumerate(pictures()):
        caption = caption_of(truth, number, FASHION.phrases)
        assert "{" not in caption.title + caption.description
        assert {*caption.boards} <= {*FASHION.phrases.boards[truth.room_kind], *FASHION.phrases.any_boards}
        assert caption.domain in {*FASHION.phrases.blogs, "bram.example"}
