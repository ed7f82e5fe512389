"""The detector that comes with the demo world."""

from pathlib import Path

import pytest
from PIL import Image

from models_ml import checkpoints
from models_ml.detection import Detector

SHIPPED = Path(__file__).resolve().parents[2] / "showroom/checkpoints/detector"


def test_it_works() -> None:
    detector = Detector.load(SHIPPED, threads=1)
    assert len(detector.classes) == 20
    assert detector.detect([Image.new("RGB", (640, 480), "white")]) == [[]]


def test_it_is_small_enough_to_ship() -> None:
    assert sum(file.stat().st_size for file in checkpoints.paths(SHIPPED)) < 20_000_000


def test_it_says_what_it_reached() -> None:
    metrics = checkpoints.read_sidecar(SHIPPED)["metrics"]
    assert isinstance(metrics, dict)
    assert metrics["map50"] > 0.85
    assert metrics["scenes"] == 84


@pytest.mark.parametrize("name", ["detector", "embedder"])
def test_its_line_goes_back_to_nothing_but_our_own(name: str) -> None:
    origin = checkpoints.read_sidecar(SHIPPED.with_name(name))["initial_weights"]
    names = []
    while isinstance(origin, dict):
        names.append(origin["name"])
        origin = origin["initial_weights"]
    assert origin is None
    assert set(names) <= {"looktag detector", "looktag embedder"}
