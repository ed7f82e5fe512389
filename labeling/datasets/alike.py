"""What makes two pictures near-duplicates, and which group a new one joins. Pure.

A perceptual hash (pHash: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010) is blind to size,
compression and light; an embedder's vector sees the same things in another crop. Two scenes are near-duplicates where the
hashes all but agree, or where they resemble one another and the vectors all but agree. Catalogue photos of different things
have outlines that are the same to a hash, so of products it takes both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, LOW = 32, 8
FLAT = 2.0
"""Pictures whose low frequencies deviate by less (grey levels) show nothing that a hash could hold on to."""
CHUNK = 20_000
# The lowest rows of the cosine transform (DCT-II, orthonormal), by which a picture is multiplied from either side: all that a
# hash needs of it, without a library for the whole.
_FREQUENCY, _PLACE = np.arange(LOW)[:, None], np.arange(SIDE)[None, :]
COSINES = np.sqrt((2 - (_FREQUENCY == 0)) / SIDE) * np.cos(np.pi * _FREQUENCY * (2 * _PLACE + 1) / (2 * SIDE))

Hashes = NDArray[np.uint64]
Floats = NDArray[np.float32]


def perceptual_hash(picture: Image.Image) -> int | None:
    """64 bits: whether each of the 8x8 lowest frequencies of the grey picture at 32x32 is above their median.

    None for a picture too flat to tell from others.
    """
    grey = np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS), dtype=np.float64)
    low = (COSINES @ grey @ COSINES.T).ravel()
    # The first is the mean brightness, which says nothing of what is seen.
    rest = low[1:]
    if np.sqrt((rest**2).mean()) < FLAT:
        return None
    bits = low > np.median(rest)
    bits[0] = False
    return int(np.packbits(bits).view(">u8")[0])


def signed(value: int) -> int:
    """A hash as a database keeps 64 bits."""
    return value - 2**64 if value >= 2**63 else value


def unsigned(value: int) -> int:
    """The hash that :func:`signed` made."""
    return value + 2**64 if value < 0 else value


@dataclass(frozen=True, slots=True)
class Rule:
    """When two pictures are near-duplicates: where at most ``same_bits`` of 64 differ, or at most ``alike_bits`` and the
    vectors have at least ``cosine``. Of unrelated pictures 32 bits differ on average; with -1 a hash alone never suffices."""

    same_bits: int
    alike_bits: int
    cosine: float


# Measured on the demo pack (docs/measurements.md): recompressed, halved, brighter or framed scenes are all found and 95 of 100
# with 4 % cut off each side; of 11,175 couples of unrelated scenes none is.
SCENE_RULE = Rule(same_bits=8, alike_bits=18, cosine=0.92)
PRODUCT_RULE = Rule(same_bits=-1, alike_bits=10, cosine=0.97)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures in the order in which they came: their keys, hashes and vectors ``(n, dim)`` of unit length.

    ``hashed`` and ``seen`` say which have a hash and a vector; the others' rows are zeros.
    """

    keys: NDArray[np.int64]
    hashes: Hashes
    hashed: NDArray[np.bool_]
    vectors: Floats
    seen: NDArray[np.bool_]

    @staticmethod
    def of(rows: Sequence[tuple[int, int | None, bytes | memoryview | None]], dim: int) -> Pictures:
        """From rows of a key, a signed hash and a float16 vector; a vector of another length than ``dim`` is none."""
        vectors = np.zeros((len(rows), dim), np.float32)
        seen = np.zeros(len(rows), np.bool_)
        for at, (_, _, data) in enumerate(rows):
            if dim and data is not None and len(data) == 2 * dim:
                vectors[at], seen[at] = np.frombuffer(data, np.float16), True
        return Pictures(
            np.array([row[0] for row in rows], np.int64),
            np.array([0 if row[1] is None else unsigned(row[1]) for row in rows], np.uint64),
            np.array([row[1] is not None for row in rows], np.bool_),
            vectors,
            seen,
        )

    def part(self, chosen: NDArray[np.bool_]) -> Pictures:
        """Those that are marked."""
        return Pictures(
            self.keys[chosen], self.hashes[chosen], self.hashed[chosen], self.vectors[chosen], self.seen[chosen]
        )


def resembling(left: Hashes, right: Hashes, rule: Rule) -> NDArray[np.bool_]:
    """Which of ``right`` may be near-duplicates of any of ``left``, by their hashes alone; a rule takes none of the others."""
    bits = max(rule.same_bits, rule.alike_bits)
    found = np.zeros(len(right), np.bool_)
    for each in left:
        found |= np.bitwise_count(each ^ right) <= bits
    return found


def near_couples(left: Pictures, right: Pictures, rule: Rule) -> list[tuple[int, int]]:
    """The keys of all near-duplicates, one of ``left`` and one of ``right``, exactly: every one is compared with every one."""
    couples: list[tuple[int, int]] = []
    step = max(1, CHUNK * 256 // max(len(right.keys), 1))
    for start in range(0, len(left.keys), step):
        part = slice(start, start + step)
        apart = np.bitwise_count(left.hashes[part, None] ^ right.hashes[None, :]).astype(np.int8)
        both = left.hashed[part, None] & right.hashed[None, :]
        near = both & (apart <= rule.same_bits)
        resemble = both & (apart <= rule.alike_bits) & left.seen[part, None] & right.seen[None, :] & ~near
        rows, columns = np.nonzero(resemble)
        # Few resemble one another, so their vectors are compared one by one and not as a product of matrices.
        agree = np.einsum("ij,ij->i", left.vectors[start + rows], right.vectors[columns]) >= rule.cosine
        near[rows[agree], columns[agree]] = True
        found = np.nonzero(near)
        couples += zip(left.keys[start + found[0]].tolist(), right.keys[found[1]].tolist(), strict=True)
    return couples


@dataclass(frozen=True, slots=True)
class Group:
    """A group by its first member and its name, from which its split follows."""

    root: int
    key: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The group a picture joins, and whether it is torn: near to a group of another split as well."""

    group: Group
    torn: bool


def joins(own: Group, near: Sequence[Group], split: Sequence[str]) -> Joined:
    """Which group a picture joins: the earliest of those it is near to, else one of its ``own``.

    ``split`` is that of each of ``near``. Those that came before never move, so whatever comes later no split changes; where
    a picture lies between two groups of different splits it is torn, and the only one that has to stay out.
    """
    if not near:
        return Joined(own, False)
    return Joined(min(near, key=lambda group: group.root), len(set(split)) > 1)
