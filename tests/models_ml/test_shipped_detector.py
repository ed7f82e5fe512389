"""The detector that comes with the demo world."""

from pathlib import Path

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


def test_it_says_what_it_reached_and_what_it_was_started_from() -> None:
    sidecar = checkpoints.read_sidecar(SHIPPED)
    metrics, origin = sidecar["metrics"], sidecar["initial_weights"]
    assert isinstance(metrics, dict) and isinstance(origin, dict)
    assert metrics["map50"] > 0.6
    assert metrics["scenes"] >= 32
    assert origin["licence"] == "Apache-2.0"
    assert "NanoDet" in origin["name"]
