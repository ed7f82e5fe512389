"""Sign codes: bits, Hamming distances and re-scoring against loops."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from models_ml.index import CodedVectors, VectorIndexError, sign_codes
from tests.models_ml.vectors import brute, families, found, unit


def bits_of(row: list[float]) -> list[bool]:
    return [value >= 0 for value in row]


@pytest.mark.parametrize("dim", [8, 12, 24, 129])
def test_it_works(dim: int) -> None:
    vectors, queries = unit(100, 1, dim), unit(4, 2, dim)
    coded = CodedVectors(vectors)
    distances, places = coded.hamming(queries, 7)
    for query, row, near in zip(queries, distances, places, strict=True):
        loop = [sum(a != b for a, b in zip(bits_of(v.tolist()), bits_of(query.tolist()), strict=True)) for v in vectors]
        assert row.tolist() == sorted(loop)[:7]
        assert [loop[place] for place in near] == row.tolist()


def test_codes_take_a_bit_a_coordinate() -> None:
    code = sign_codes(np.array([[1, -1, 0, 1, -1, -1, -1, 1, -2, 3]], dtype=np.float32))
    assert code.tolist() == [[0b10001101, 0b10]]
    assert CodedVectors(unit(5, 0, 128)).codes.nbytes == 5 * 16


def test_a_short_list_of_everything_is_exact() -> None:
    vectors, queries = unit(200, 3), unit(5, 4)
    answer = CodedVectors(vectors).search(queries, 9, shortlist=200)
    held = dict(enumerate(vectors))
    assert found(answer) == [brute(held, query, 9) for query in queries]
    assert answer.scores[0, 0] == pytest.approx(float(queries[0] @ vectors[answer.ids[0, 0]]), abs=1e-5)


def test_a_longer_short_list_loses_less() -> None:
    vectors, queries = families(3000, 1, 64), unit(40, 2, 64)
    truth = [set(brute(dict(enumerate(vectors)), query, 5)) for query in queries[:8]]
    coded = CodedVectors(vectors)
    recall = [
        sum(
            len(true & set(row))
            for true, row in zip(truth, found(coded.search(queries[:8], 5, shortlist=n)), strict=True)
        )
        for n in (5, 100, 3000)
    ]
    assert recall[0] < recall[1] <= recall[2] == 40


def test_differing_bits_grow_with_the_angle() -> None:
    """Two signs differ with probability angle / pi (Charikar 2002)."""
    rng = np.random.default_rng(0)
    for angle in (0.4, 1.0, 2.0):
        first = rng.standard_normal((400, 256))
        aside = rng.standard_normal((400, 256))
        second = math.cos(angle) * first + math.sin(angle) * aside
        differing = np.unpackbits(sign_codes(first) ^ sign_codes(second)).mean()
        assert differing == pytest.approx(angle / math.pi, abs=0.01)


def test_floats_may_stay_on_disk(tmp_path: Path) -> None:
    vectors = unit(60, 5)
    np.save(tmp_path / "v.npy", vectors)
    mapped = CodedVectors(np.load(tmp_path / "v.npy", mmap_mode="r"), codes=sign_codes(vectors))
    assert found(mapped.search(unit(2, 6), 3)) == found(CodedVectors(vectors).search(unit(2, 6), 3))


def test_nothing_coded_nothing_found() -> None:
    assert CodedVectors(np.zeros((0, 12), np.float32)).search(unit(2), 3).ids.tolist() == [[-1] * 3] * 2


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(VectorIndexError, match="do not belong"):
        CodedVectors(unit(5), codes=sign_codes(unit(4)))
    with pytest.raises(VectorIndexError, match="not of unit length"):
        CodedVectors(unit(5)).search(np.full((1, 12), np.nan, np.float32), 3)
    with pytest.raises(VectorIndexError, match="cannot be coded"):
        CodedVectors(np.zeros(5, np.float32))
    with pytest.raises(VectorIndexError, match="k=0"):
        CodedVectors(unit(5)).search(unit(1), 0)
