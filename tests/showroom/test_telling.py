"""Captions told anew: the same for the same scene, of four kinds in the shares that are promised."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from showroom.catalogue import catalogue
from showroom.pack import product_row, scene_row
from showroom.telling import KINDS, OTHER_NOUNS, Row, kind_of, name_of, retell
from showroom.types import ObjectTruth, SceneTruth

PRODUCTS = {spec.id: product_row(spec) for spec in catalogue()}


def scenes(count: int = 400) -> list[Row]:
    names = list(PRODUCTS)
    rows = []
    for number in range(count):
        shown = [names[(7 * number + 31 * place) % len(names)] for place in range(3)]
        objects = tuple(ObjectTruth(n, PRODUCTS[n]["category"], (0.1, 0.1, 0.5, 0.9), 1.0, False) for n in shown)
        rows.append(
            scene_row(SceneTruth(f"room-{number // 4:04d}-{'abcd'[number % 4]}", "living", objects), number, "test")
        )
    return rows


def test_the_same_scene_is_told_the_same() -> None:
    rows = scenes(40)
    assert retell(rows, PRODUCTS) == retell(rows, PRODUCTS)
    alone = retell(rows[:1], PRODUCTS)
    assert alone == retell(rows, PRODUCTS)[:1] or kind_of(rows[0]["id"]) == "wrong"


def test_kinds_come_in_their_shares() -> None:
    counts = Counter(kind_of(row["id"]) for row in scenes(2000))
    for kind, share in KINDS.items():
        assert counts[kind] / 2000 == pytest.approx(share, abs=0.04)
    assert sum(KINDS.values()) == pytest.approx(1)


def test_each_kind_is_what_it_says() -> None:
    rows = scenes()
    named = {"right": 0, "wrong": 0}
    for row, told in zip(rows, retell(rows, PRODUCTS), strict=True):
        kind = kind_of(row["id"])
        assert {name: told[name] for name in ("id", "objects", "domain")} == {
            name: row[name] for name in ("id", "objects", "domain")
        }
        if kind == "empty":
            assert (told["title"], told["description"], told["boards"]) == ("", "", [])
        elif kind == "vague":
            assert told == row
        else:
            there = {item["category"] for item in row["objects"]}
            nouns = {noun.replace("_", " ") for c in there for noun in (c, OTHER_NOUNS.get(c, c))}
            named[kind] += any(noun in told["title"] for noun in nouns)
    kinds = Counter(kind_of(row["id"]) for row in rows)
    assert named["right"] == kinds["right"]
    assert named["wrong"] < kinds["wrong"] / 2


def test_a_name_says_what_the_product_is() -> None:
    rng = np.random.default_rng(0)
    sofa = next(row for row in PRODUCTS.values() if row["category"] == "sofa")
    names = {name_of(sofa, rng) for _ in range(200)}
    assert all("sofa" in name or "couch" in name for name in names)
    assert any(sofa["attributes"]["color"] in name for name in names)
    assert len(names) > 4
