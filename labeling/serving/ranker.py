"""The door to ``models_ml.reranking``: what the live re-ranker sees of a tag, how it orders, how it learns."""

from __future__ import annotations

from collections.abc import Sequence

from labeling.annotation.models import Grade
from labeling.tags.models import Tag
from models_ml.reranking import FTRL, click_weights
from models_ml.reranking import rank as order_by

FEATURES = ("always", "confidence", "similarity", "detector", "by_people", "exact", "area", "has_price")
RELEVANCE_FLOOR = 0.5
CLIP = 10.0

State = dict[str, object]
Features = list[float]


def features_of(tag: Tag) -> Features:
    """A tag as the re-ranker sees it, each value in [0, 1], in the order of ``FEATURES``."""
    box = tag.box
    similarity = (
        next((c.score for c in tag.proposal.candidates.all() if c.product_id == tag.product_id), 0.0)
        if tag.proposal
        else 0.0
    )
    return [
        1.0,
        tag.confidence or 0.0,
        max(similarity, 0.0),
        tag.proposal.score if tag.proposal else 0.0,
        float(tag.source != Tag.Source.MODEL),
        float(tag.grade == Grade.EXACT),
        (box.right - box.left) * (box.bottom - box.top),
        float(tag.product.price is not None),
    ]


def rank(tags: Sequence[Tag], state: State) -> list[Tag]:
    """Tags in the order a shopper is likeliest to want; what is hardly relevant never climbs by clicks alone."""
    if not tags:
        return []
    scores = _model(state).score([features_of(tag) for tag in tags])
    return [tags[i] for i in order_by(scores, [relevance(tag) for tag in tags], floor=RELEVANCE_FLOOR)]


def relevance(tag: Tag) -> float:
    """How surely the product is right: 1 where people said so, else the calibrated confidence."""
    return 1.0 if tag.source != Tag.Source.MODEL else tag.confidence or 0.0


def examination(position: int) -> float:
    """The chance that a shopper looks at the tag at ``position`` (from 1): 1 / position, the position-based click model
    with severity 1 (Joachims et al. 2017)."""
    return 1.0 / position


def learn(state: State, rows: Sequence[tuple[Features, bool, float]]) -> State:
    """The state after seeing (features, clicked, propensity) of each impression, in order."""
    model = _model(state)
    clicks = [float(clicked) for _, clicked, _ in rows]
    model.update([f for f, _, _ in rows], clicks, click_weights(clicks, [p for _, _, p in rows], clip=CLIP))
    return model.to_dict()


def _model(state: State) -> FTRL:
    return FTRL.from_dict(state) if state else FTRL(FEATURES)
