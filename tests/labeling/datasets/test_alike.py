"""Near-duplicates: a picture made smaller, brighter or framed is one, another is none; groups hold whatever comes later."""

from __future__ import annotations

import io
import math
import random

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps
from scipy.fft import dctn

from labeling.datasets.alike import (
    COSINES,
    LOW,
    SCENE_RULE,
    SIDE,
    Group,
    Pictures,
    Rule,
    joins,
    near_couples,
    perceptual_hash,
    signed,
    unsigned,
)


def room(seed: int) -> Image.Image:
    """Some coloured things on a wall."""
    draw = np.random.default_rng(seed)
    picture = np.full((120, 160, 3), draw.integers(60, 200, 3), np.uint8)
    for _ in range(9):
        top, left = draw.integers(0, 90), draw.integers(0, 130)
        picture[top : top + draw.integers(8, 60), left : left + draw.integers(8, 60)] = draw.integers(0, 255, 3)
    return Image.fromarray(picture)


def test_the_lowest_frequencies_are_those_of_the_cosine_transform() -> None:
    for seed in range(5):
        grey = np.random.default_rng(seed).uniform(0, 255, (SIDE, SIDE))
        wanted = dctn(grey, norm="ortho")[:LOW, :LOW]
        assert np.abs(COSINES @ grey @ COSINES.T - wanted).max() < 1e-9


def recompressed(picture: Image.Image) -> Image.Image:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=25)
    return Image.open(data)


CHANGES = {
    "recompressed": recompressed,
    "halved": lambda picture: picture.resize((80, 60)),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "grey": lambda picture: picture.convert("L"),
    "framed": lambda picture: ImageOps.expand(picture, 1, "white"),
}


def bits_apart(left: int, right: int) -> int:
    return sum(a != b for a, b in zip(f"{left:064b}", f"{right:064b}", strict=True))


@pytest.mark.parametrize("change", CHANGES)
def test_it_works(change: str) -> None:
    for seed in range(8):
        before, after = perceptual_hash(room(seed)), perceptual_hash(CHANGES[change](room(seed)))
        assert before is not None and after is not None
        assert bits_apart(before, after) <= SCENE_RULE.same_bits


def test_other_pictures_are_far() -> None:
    hashes = [perceptual_hash(room(seed)) for seed in range(20)]
    apart = [bits_apart(a, b) for at, a in enumerate(hashes) for b in hashes[:at] if a is not None and b is not None]
    assert min(apart) > SCENE_RULE.same_bits and 26 < sum(apart) / len(apart) < 38


def test_the_hash_is_that_of_the_paper() -> None:
    """The cosine transform written out, on one picture."""
    grey = np.asarray(room(3).convert("L").resize((32, 32), Image.Resampling.LANCZOS), float)

    def wave(k: int, n: int) -> float:
        return math.cos(math.pi * (2 * n + 1) * k / 64) * math.sqrt((1 if k == 0 else 2) / 32)

    table = np.array([[wave(k, n) for n in range(32)] for k in range(8)])
    low = (table @ grey @ table.T).ravel()
    median = sorted(low[1:])[31]
    bits = ["0", *("1" if value > median else "0" for value in low[1:])]
    assert perceptual_hash(room(3)) == int("".join(bits), 2)


def test_what_shows_nothing_has_no_hash() -> None:
    assert perceptual_hash(Image.new("RGB", (64, 48), "red")) is None
    assert perceptual_hash(Image.new("RGB", (1, 1))) is None


def test_hashes_are_kept_as_signed_numbers() -> None:
    for value in (0, 1, 2**63 - 1, 2**63, 2**64 - 1):
        assert -(2**63) <= signed(value) < 2**63 and unsigned(signed(value)) == value


Row = tuple[int, int | None, bytes | None]


def scattered(count: int, first: int, draw: random.Random, dim: int = 6) -> list[Row]:
    """Pictures around a few originals, some without a hash, some without a vector."""
    origins = [(random.Random(k).getrandbits(64), np.random.default_rng(k).normal(size=dim)) for k in range(4)]
    rows: list[Row] = []
    for at in range(count):
        value, vector = draw.choice(origins)
        for _ in range(draw.choice([0, 2, 8, 12, 20])):
            value ^= 1 << draw.randrange(64)
        moved = vector + draw.choice([0.0, 0.3, 2.0]) * np.array([draw.gauss(0, 1) for _ in range(dim)])
        data = (moved / np.linalg.norm(moved)).astype(np.float16).tobytes()
        rows.append((first + at, None if draw.random() < 0.1 else signed(value), None if draw.random() < 0.2 else data))
    return rows


def naive_couples(left: list[Row], right: list[Row], rule: Rule) -> set[tuple[int, int]]:
    found = set()
    for key, mine, seen in left:
        for other, theirs, looked in right:
            if mine is None or theirs is None:
                continue
            apart = bits_apart(unsigned(mine), unsigned(theirs))
            cosine = -1.0
            if seen is not None and looked is not None:
                a, b = np.frombuffer(seen, np.float16).astype(np.float32), np.frombuffer(looked, np.float16)
                cosine = float(sum(float(x) * float(y) for x, y in zip(a, b, strict=True)))
            assert abs(cosine - rule.cosine) > 1e-5
            if apart <= rule.same_bits or (apart <= rule.alike_bits and cosine >= rule.cosine):
                found.add((key, other))
    return found


@pytest.mark.parametrize("rule", [SCENE_RULE, Rule(-1, 18, 0.9), Rule(3, 3, 1.1)])
def test_all_couples_are_found_and_no_other(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.datasets.alike.CHUNK", 1)
    draw = random.Random(7)
    left, right = scattered(70, 0, draw), scattered(50, 1000, draw)
    found = near_couples(Pictures.of(left, 6), Pictures.of(right, 6), rule)
    assert len(found) == len(set(found)) and set(found) == naive_couples(left, right, rule)
    assert bool(found) or rule.same_bits == 3


def test_without_pictures_or_vectors() -> None:
    none, some = Pictures.of([], 0), Pictures.of(scattered(5, 0, random.Random(1)), 0)
    assert near_couples(none, some, SCENE_RULE) == near_couples(some, none, SCENE_RULE) == []
    assert not some.seen.any() and near_couples(some, some, Rule(-1, 64, -1.0)) == []


def test_who_comes_later_joins_the_earliest() -> None:
    own, first, second = Group(9, "nine"), Group(2, "two"), Group(5, "five")
    assert joins(own, [], []).group == own
    assert (joins(own, [second, first], ["train", "train"]).group, joins(own, [second], ["val"]).torn) == (first, False)
    assert joins(own, [second, first], ["train", "test"]).torn
