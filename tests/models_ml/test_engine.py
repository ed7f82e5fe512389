import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models_ml.detection import Detector
from models_ml.engine import Budget, Progress, TrainingDivergedError, averaged, evaluate, rate_factor, train_one_epoch
from models_ml.manifest import Manifest, ObjectEntry, SceneEntry
from models_ml.types import Box, Detection
from tests.models_ml.packs import rectangle_pack
from tests.tiny import tiny_detector_config


class Line(nn.Module):
    """Learns one number; its loss is the squared distance to the batch's first pixel, in two parts."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(0.0))

    def forward(self, images: list[Tensor], targets: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        error = (self.value - images[0].flatten()[0]) ** 2
        return {"loss_near": error / 2, "loss_far": error / 2}


def batch(number: float) -> Any:
    return [torch.full((3, 2, 2), number)], [{"labels": torch.tensor([1])}]


def run(numbers: list[float], budget: Budget, rate: float = 0.1) -> tuple[Line, Any, list[Progress]]:
    model = Line()
    optimizer = torch.optim.SGD([{"params": list(model.parameters()), "peak_lr": rate}], lr=rate)
    follower = averaged(model)
    events = train_one_epoch(model, optimizer, map(batch, numbers), budget=budget, start=0, follower=follower)
    return model, follower, list(events)


def test_it_works() -> None:
    model, _, events = run([1.0] * 200, Budget(steps=200))
    assert float(model.value.detach()) == pytest.approx(1.0, abs=0.01)
    assert [e.step for e in events] == list(range(1, 201))
    assert all(e.steps == 200 for e in events)
    assert events[0].losses == {"near": 0.5, "far": 0.5}
    assert events[0].loss == 1.0
    assert events[-1].seconds_left == 0


def test_it_ends_with_the_budget() -> None:
    assert len(run([1.0] * 50, Budget(steps=7))[2]) == 7
    assert run([1.0] * 50, Budget(seconds=10.0, spent=11.0))[2] == []


@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run_and_spares_the_weights(poison: float) -> None:
    model = Line()
    optimizer = torch.optim.SGD([{"params": list(model.parameters()), "peak_lr": 0.1}], lr=0.1)
    batches = [batch(1.0), batch(1.0), batch(poison), batch(1.0)]
    events = train_one_epoch(model, optimizer, batches, budget=Budget(steps=100), start=5, follower=averaged(model))
    with pytest.raises(TrainingDivergedError, match="step 7: the loss is not finite"):
        list(events)
    assert math.isfinite(float(model.value.detach()))


def test_a_budget_must_end() -> None:
    with pytest.raises(ValueError, match="give steps, epochs or minutes"):
        Budget()


def test_whichever_end_comes_first_counts() -> None:
    assert Budget(steps=100, seconds=1000.0, spent=0.0).share(50) == pytest.approx(0.5)
    assert Budget(steps=100, seconds=1000.0, spent=800.0).share(50) == pytest.approx(0.8, abs=0.01)
    assert Budget(steps=10).share(20) == 1.0


def test_time_left_follows_from_time_spent() -> None:
    event = Budget(steps=100, spent=30.0).progress(25, {})
    assert event.seconds_left == pytest.approx(90.0, abs=1.0)
    assert Budget(seconds=100.0, spent=25.0).progress(40, {}).steps == pytest.approx(160, abs=3)


def test_the_rate_warms_up_and_falls_to_nothing() -> None:
    factors = [rate_factor(n / 1000) for n in range(1001)]
    peak = factors.index(max(factors))
    assert max(factors) == pytest.approx(1.0)
    assert factors[:peak] == sorted(factors[:peak])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)
    assert factors[0] == pytest.approx(0.02)
    assert factors[-1] == pytest.approx(0.0, abs=1e-9)
    assert rate_factor(0.52) == pytest.approx(0.5)


def test_the_follower_is_the_moving_average() -> None:
    model = Line()
    follower = averaged(model, decay=0.5)
    mean = 0.0
    for step, value in enumerate([1.0, 4.0, 2.0, 8.0, 8.0, 1.0, 3.0, 5.0, 2.0, 7.0, 9.0, 4.0]):
        with torch.no_grad():
            model.value.fill_(value)
        follower.update_parameters(model)
        decay = min(0.5, (1 + step) / (10 + step))
        mean = value if step == 0 else decay * mean + (1 - decay) * value
        assert float(follower.module.value.detach()) == pytest.approx(mean, rel=1e-5)


class Knowing(Detector):
    """Finds the objects it was told of, scene by scene."""

    def __init__(self, answers: list[list[Detection]]) -> None:
        self.config, self.answers = tiny_detector_config(["lamp", "sofa"]), iter(answers)

    def detect(self, images: Any, **_: Any) -> list[list[Detection]]:
        return [next(self.answers) for _ in images]


def test_evaluate_judges_a_perfect_and_a_blind_detector(tmp_path: Path) -> None:
    scenes = Manifest.read(rectangle_pack(tmp_path, 12)).scenes
    answers = [[Detection(o.box, o.category, 0.9) for o in scene.objects] for scene in scenes]
    figures = evaluate(Knowing(answers), scenes)
    assert (figures["map50"], figures["map75"], figures["scenes"]) == (1.0, 1.0, 12)
    assert figures["objects"] == sum(len(a) for a in answers)
    assert evaluate(Knowing([[] for _ in scenes]), scenes)["map50"] == 0.0


def test_objects_hardly_seen_count_neither_way(tmp_path: Path) -> None:
    [scene] = Manifest.read(rectangle_pack(tmp_path, 1)).scenes
    seen, hidden = Box(0.1, 0.1, 0.4, 0.4), Box(0.5, 0.5, 0.9, 0.9)
    objects = (ObjectEntry(seen, "sofa", None, 0.9), ObjectEntry(hidden, "sofa", None, 0.1))
    scene = SceneEntry(scene.id, scene.image, objects, "test")
    for boxes in ([seen], [seen, hidden]):
        figures = evaluate(Knowing([[Detection(box, "sofa", 0.9) for box in boxes]]), [scene])
        assert (figures["map50"], figures["objects"]) == (1.0, 1)
