"""What a model did on the test scenes of a pack, as plain values. Free of torch.

:mod:`models_ml.gathering` lets a checkpoint look; :mod:`models_ml.comparison` holds the evidence of two side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from models_ml.types import Box, Detection

DETECTOR, EMBEDDER = "detector", "embedder"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an embedder says of one known object of test scene number ``scene``: the ``rank`` (from 1) of its ``product`` in
    its ``category`` and the ids of the ``first`` few; None where the catalogue has no such product in that category."""

    scene: int
    box: Box
    category: str
    product: str
    rank: int | None
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of one model on one split of one pack: ``found`` by a detector, scene by scene, or an embedder's ``answers``."""

    kind: str
    found: tuple[tuple[Detection, ...], ...] = ()
    answers: tuple[Answer, ...] = ()

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Evidence:
        """The inverse of :meth:`record`. Raises KeyError or TypeError for what is no such record."""
        found = tuple(
            tuple(Detection(Box(*item["box"]), item["category"], item["score"]) for item in scene)
            for scene in record["found"]
        )
        answers = tuple(
            Answer(**{**item, "box": Box(*item["box"]), "first": tuple(item["first"])}) for item in record["answers"]
        )
        return Evidence(record["kind"], found, answers)
