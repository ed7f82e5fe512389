import pytest
import torch
from torch import nn

from models_ml.schedule import Budget, averaged, rate_factor


class Line(nn.Module):
    """One number."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(0.0))
        self.register_buffer("count", torch.tensor(0))


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
            model.count.fill_(step)
        follower.update_parameters(model)
        decay = min(0.5, (1 + step) / (10 + step))
        mean = value if step == 0 else decay * mean + (1 - decay) * value
        assert float(follower.module.value.detach()) == pytest.approx(mean, rel=1e-5)
        assert int(follower.module.count) == step
