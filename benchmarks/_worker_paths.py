"""The two paths that ``pipeline.py`` lets take turns, with the stages of each on a clock."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from _worker_baseline import Baseline, Seen
from PIL import Image

from models_ml.images import crop
from models_ml.index import CategoryIndexes
from models_ml.parted_detector import PartedDetector
from models_ml.pipeline import Pipeline, decode
from models_ml.types import Detection

MIN_SCORE, MOST, CANDIDATES = 0.2, 40, 27


class Clock:
    """Seconds of processor by stage, summed."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.spent[name] += time.process_time() - began

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, on the clock."""

        def run(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return call(*args, **kwargs)

        return run

    def per_scene(self, scenes: int) -> dict[str, float]:
        """Milliseconds a scene."""
        return {name: round(1000 * spent / scenes, 2) for name, spent in self.spent.items()}


class Ours:
    """The worker's path, with its stages on a clock."""

    def __init__(self, pipeline: Pipeline, indexes: CategoryIndexes) -> None:
        self.pipeline, self.indexes, self.clock = pipeline, indexes, Clock()
        network = pipeline.detector.network
        if isinstance(network, PartedDetector):
            network.pyramid = self.clock.timed("- pyramid", network.pyramid)
            network.heads = self.clock.timed("- heads", network.heads)
            network.pool = Timed(self.clock.timed("- roi align", network.pool), network.pool)
            network._proposals = self.clock.timed("- proposals", network._proposals)  # type: ignore[method-assign]

    def look(self, paths: Sequence[Path]) -> list[Seen]:
        """As ``labeling.inference.runtime.findings`` does."""
        with self.clock.stage("decode"):
            pictures = [decode(path) for path in paths]
        with self.clock.stage("detect"):
            found = self.pipeline.detector.detect(pictures, min_score=MIN_SCORE, max_detections=MOST)
        with self.clock.stage("crop and embed"):
            crops = [crop(picture, item.box) for picture, items in zip(pictures, found, strict=True) for item in items]
            vectors = self.pipeline.embedder.embed(crops)
        with self.clock.stage("search"):
            names = [item.category for items in found for item in items]
            matches = iter(self.indexes.search(vectors, names, CANDIDATES))
            slates = [[[match.product_id for match in next(matches)] for _ in items] for items in found]
        return [Seen(items, slate) for items, slate in zip(found, slates, strict=True)]

    def embed(self, picture: Image.Image, boxes: Sequence[Detection]) -> object:
        """Cut out and embed these boxes of one picture."""
        return self.pipeline.embedder.embed([crop(picture, item.box) for item in boxes])


class Timed:
    """A module whose call is on the clock and whose attributes are its own."""

    def __init__(self, call: Callable[..., Any], module: torch.nn.Module) -> None:
        self.call, self.module = call, module

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)


class Theirs:
    """The baseline, with its stages on a clock."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline, self.clock = baseline, Clock()

    def look(self, paths: Sequence[Path]) -> list[Seen]:
        """Scene by scene."""
        seen = []
        for path in paths:
            with self.clock.stage("decode"):
                image = self.baseline.decode(path)
            with self.clock.stage("detect"):
                items = self.baseline.detect(image, min_score=MIN_SCORE, most=MOST)
            with self.clock.stage("crop and embed"):
                vectors = self.baseline.embed(image, items)
            with self.clock.stage("search"):
                seen.append(Seen(items, self.baseline.search(vectors, items, CANDIDATES)))
        return seen

    def embed(self, picture: Image.Image, boxes: Sequence[Detection]) -> object:
        """Cut out and embed these boxes of one picture."""
        return self.baseline.embed(picture, list(boxes))
