"""Whitened features vary alike in every direction, and lie as numpy's principal components say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models_ml.whitening import whitening


def stretched(n: int, c: int) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(n, c) @ torch.randn(c, c) * torch.logspace(0, 1, c) + 5


def test_it_works() -> None:
    features = stretched(500, 12)
    weight, bias = whitening(features, 7)
    white = (features @ weight.T + bias).double()
    assert white.shape == (500, 7)
    torch.testing.assert_close(white.mean(0), torch.zeros(7, dtype=torch.double), atol=1e-4, rtol=0)
    torch.testing.assert_close(white.T @ white / 500, torch.eye(7, dtype=torch.double), atol=1e-3, rtol=0)


def test_it_is_the_singular_value_decomposition_of_what_is_centred() -> None:
    features = stretched(60, 9)
    weight, bias = whitening(features, 4)
    white = (features @ weight.T + bias).numpy()
    centred = features.numpy().astype(np.float64) - features.numpy().mean(0)
    left, _, _ = np.linalg.svd(centred, full_matrices=False)
    # Directions have no sign, so what is compared is how alike each two pictures are.
    np.testing.assert_allclose(white @ white.T, 60 * left[:, :4] @ left[:, :4].T, atol=1e-2)


@pytest.mark.parametrize(("n", "c", "dim"), [(4, 9, 6), (50, 3, 4)])
def test_more_directions_than_there_are_are_refused(n: int, c: int, dim: int) -> None:
    with pytest.raises(ValueError, match=rf"too few for {dim}; give a smaller --dim"):
        whitening(stretched(n, c), dim)
