"""The loss of listed products equals its formula written in loops."""

from __future__ import annotations

import math

import pytest
import torch

from models_ml.listed_loss import listed_loss, scene_scores


def naive(scores, listed, categories, temperature: float) -> tuple[float, float]:
    """For each listed product a contest with those not listed: of its category, and of all."""
    near, wide = [], []
    for p, mine in enumerate(scores):
        if listed[p]:
            rivals = {n: math.exp((scores[n] - mine) / temperature) for n in range(len(scores)) if not listed[n]}
            wide.append(math.log1p(sum(rivals.values())))
            near.append(math.log1p(sum(v for n, v in rivals.items() if categories[n] == categories[p])))
    return sum(near) / len(near), sum(wide) / len(wide)


@pytest.mark.parametrize("seed", range(4))
def test_it_works(seed: int) -> None:
    torch.manual_seed(seed)
    scores, listed, categories = torch.rand(12), torch.rand(12) < 0.4, torch.randint(3, (12,))
    listed[0] = True
    parts = listed_loss(scores, listed, categories, 0.2)
    expected = naive(scores.tolist(), listed.tolist(), categories.tolist(), 0.2)
    assert (float(parts["in_category"]), float(parts["overall"])) == pytest.approx(expected, rel=1e-4)


def test_a_scene_score_is_the_soft_maximum_over_its_boxes() -> None:
    rows = [[0.1, 0.9], [0.3, 0.2], [0.2, 0.9]]
    expected = [0.1 * math.log(sum(math.exp(row[p] / 0.1) for row in rows)) for p in range(2)]
    assert scene_scores(torch.tensor(rows), 0.1).tolist() == pytest.approx(expected, rel=1e-5)
    assert scene_scores(torch.tensor(rows), 1e-4).tolist() == pytest.approx([0.3, 0.9], abs=1e-3)


def test_a_product_without_a_rival_has_nothing_to_learn() -> None:
    scores = torch.tensor([0.4, 0.6], requires_grad=True)
    parts = listed_loss(scores, torch.tensor([True, True]), torch.tensor([0, 1]), 0.05)
    torch.stack(list(parts.values())).sum().backward()
    assert [float(part.detach()) for part in parts.values()] == [0.0, 0.0]
    assert scores.grad is not None
    assert scores.grad.tolist() == [0.0, 0.0]


def test_a_scene_without_a_listed_product_is_refused() -> None:
    with pytest.raises(ValueError, match="no product is listed"):
        listed_loss(torch.rand(3), torch.zeros(3, dtype=torch.bool), torch.zeros(3), 0.05)
