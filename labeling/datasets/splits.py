"""Train, validation or test as a pure function of the group: stable for ever, whatever data is added. Pure."""

from __future__ import annotations

import hashlib

TENTHS = (("test", 1), ("val", 1))
"""How many tenths of all groups go where; the others are for training."""


def split_of(group: str) -> str:
    """The split of a group: its point, the first 8 bytes of its sha256, lies in the first tenth for test, in the next for val.

    A group is what must not be torn apart: a scene with its near-duplicates, or for the embedder a product with its
    variants. It is named by its first member. The database computes the same as ``datasets_split``.
    """
    point = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big")
    edge = 0
    for name, tenths in TENTHS:
        edge += tenths
        if point * 10 < edge * 2**64:
            return name
    return "train"
