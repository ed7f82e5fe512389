"""The loss equals its formula written in loops."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from models_ml.losses import NormalisedSoftmax, supervised_contrast


def naive(embeddings, proxies, labels, temperature: float, margin: float, rivals) -> float:
    """Mean cross-entropy of scaled cosines, the margin added to the true angle; ``rivals(label)`` are the classes it meets."""
    total = 0.0
    for x, label in zip(embeddings, labels, strict=True):
        logits = {}
        for c in rivals(label):
            norm = math.sqrt(sum(v * v for v in proxies[c]))
            cosine = sum(a * b / norm for a, b in zip(x, proxies[c], strict=True))
            if c == label:
                cosine = math.cos(min(math.acos(cosine) + margin, math.pi))
            logits[c] = cosine / temperature
        total += math.log(sum(math.exp(v) for v in logits.values())) - logits[label]
    return total / len(labels)


def case(margin: float, groups: torch.Tensor | None) -> tuple[NormalisedSoftmax, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    loss = NormalisedSoftmax(5, 4, temperature=0.2, margin=margin, groups=groups)
    embeddings = torch.nn.functional.normalize(torch.randn(6, 4), dim=1)
    return loss, embeddings, torch.tensor([0, 1, 2, 3, 4, 0])


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_it_works(margin: float) -> None:
    loss, embeddings, labels = case(margin, None)
    expected = naive(embeddings.tolist(), loss.proxies.tolist(), labels.tolist(), 0.2, margin, lambda _: range(5))
    assert float(loss(embeddings, labels).detach()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_groups_add_the_contest_within(margin: float) -> None:
    groups = [0, 0, 1, 1, 1]
    loss, embeddings, labels = case(margin, torch.tensor(groups))
    rows = (embeddings.tolist(), loss.proxies.tolist(), labels.tolist(), 0.2, margin)
    over_all = naive(*rows, lambda _: range(5))
    within = naive(*rows, lambda label: [c for c in range(5) if groups[c] == groups[label]])
    assert float(loss(embeddings, labels).detach()) == pytest.approx((over_all + within) / 2, rel=1e-5)


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_what_people_refused_is_a_contest_of_its_own(margin: float) -> None:
    loss, embeddings, labels = case(margin, None)
    rejected = [[1, 3], [], [0], [], [], [4, 2]]
    padded = torch.tensor([row + [-1] * (2 - len(row)) for row in rejected])
    parts = loss.parts(embeddings, labels, padded)
    hard = [i for i, row in enumerate(rejected) if row]
    total = 0.0
    for i in hard:
        row = ([embeddings[i].tolist()], loss.proxies.tolist(), [int(labels[i])], 0.2, margin)
        total += naive(*row, lambda label, i=i: [label, *rejected[i]])
    assert float(parts["rejected"].detach()) == pytest.approx(0.5 * total / len(hard), rel=1e-5)
    assert float(loss(embeddings, labels, padded).detach()) == pytest.approx(
        float(parts["softmax"].detach()) + 0.5 * total / len(hard), rel=1e-5
    )


def test_without_refusals_there_is_no_such_part() -> None:
    loss, embeddings, labels = case(0.0, torch.tensor([0, 0, 1, 1, 1]))
    for rejected in (None, torch.full((6, 2), -1), torch.zeros(6, 0, dtype=torch.int64)):
        assert set(loss.parts(embeddings, labels, rejected)) == {"softmax", "in_group"}


def test_its_slope_is_finite_even_on_the_proxy() -> None:
    loss = NormalisedSoftmax(3, 3, margin=0.5)
    loss.proxies.data = torch.eye(3)
    embeddings = torch.eye(3, requires_grad=True)
    loss(embeddings, torch.arange(3)).backward()
    assert torch.isfinite(embeddings.grad).all()


def test_proxies_can_start_where_their_crops_lie() -> None:
    torch.manual_seed(0)
    loss = NormalisedSoftmax(4, 3)
    untouched, lengths = loss.proxies[3].tolist(), loss.proxies.norm(dim=1)
    embeddings = torch.nn.functional.normalize(torch.randn(5, 3), dim=1)
    loss.centre(embeddings, torch.tensor([0, 1, 1, 2, 0]))
    assert loss.proxies[3].tolist() == untouched
    torch.testing.assert_close(loss.proxies.norm(dim=1), lengths)
    for label, rows in ((0, [0, 4]), (1, [1, 2]), (2, [3])):
        mean = [sum(float(embeddings[row][d]) for row in rows) / len(rows) for d in range(3)]
        norm = math.sqrt(sum(v * v for v in mean))
        direction = (loss.proxies[label] / loss.proxies[label].norm()).tolist()
        assert direction == pytest.approx([v / norm for v in mean], rel=1e-5)


def test_impossible_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        NormalisedSoftmax(1, 4)
    with pytest.raises(ValueError, match="groups"):
        NormalisedSoftmax(3, 4, groups=torch.zeros(2))


def test_contrast_is_what_the_paper_sums() -> None:
    rng = torch.Generator().manual_seed(5)
    embeddings = functional.normalize(torch.randn(7, 4, generator=rng), dim=1)
    labels, temperature = [0, 1, 0, 2, 1, 0, 3], 0.2
    total, anchors = 0.0, 0
    for i, own in enumerate(labels):
        others = [a for a in range(len(labels)) if a != i]
        positives = [p for p in others if labels[p] == own]
        if not positives:
            continue
        anchors += 1
        cosine = {
            a: sum(float(x) * float(y) for x, y in zip(embeddings[i], embeddings[a], strict=True)) for a in others
        }
        whole = sum(math.exp(cosine[a] / temperature) for a in others)
        total -= sum(math.log(math.exp(cosine[p] / temperature) / whole) for p in positives) / len(positives)
    found = supervised_contrast(embeddings, torch.tensor(labels), temperature=temperature)
    assert float(found) == pytest.approx(total / anchors, rel=1e-5)


def test_contrast_without_positives_is_nothing_and_pulls_nowhere() -> None:
    embeddings = functional.normalize(torch.eye(3), dim=1).requires_grad_()
    loss = supervised_contrast(embeddings, torch.tensor([0, 1, 2]), temperature=0.1)
    loss.backward()
    assert float(loss.detach()) == 0
    assert embeddings.grad is not None
    assert not embeddings.grad.any()
