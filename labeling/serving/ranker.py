"""The door to ``models_ml.reranking``: what the live re-ranker sees of a tag, how it orders, how it learns."""

from __future__ import annotations

from collections.abc import Sequence

from labeling.annotation.models import Grade
from labeling.serving.offers import Offer
from labeling.tags.models import Tag
from models_ml.reranking import FTRL, click_weights
from models_ml.reranking import rank as order_by

FEATURES = ("always", "confidence", "similarity", "detector", "by_people", "exact", "area", "has_price")
RELEVANCE_FLOOR = 0.5
CLIP = 10.0

State = dict[str, object]
Features = list[float]


def features_of(offer: Offer) -> Features:
    """A tag as the re-ranker sees it, each value in [0, 1], in the order of ``FEATURES``."""
    left, top, right, bottom = offer.box
    return [
        1.0,
        offer.confidence or 0.0,
        max(offer.similarity, 0.0),
        offer.detector,
        float(offer.source != Tag.Source.MODEL),
        float(offer.grade == Grade.EXACT),
        (right - left) * (bottom - top),
        float(offer.price is not None),
    ]


def rank(offers: Sequence[Offer], state: State) -> list[Offer]:
    """Tags in the order a shopper is likeliest to want; what is hardly relevant never climbs by clicks alone."""
    if not offers:
        return []
    scores = _model(state).score([features_of(offer) for offer in offers])
    return [offers[i] for i in order_by(scores, [relevance(offer) for offer in offers], floor=RELEVANCE_FLOOR)]


def relevance(offer: Offer) -> float:
    """How surely the product is right: 1 where people said so, else the calibrated confidence."""
    return 1.0 if offer.source != Tag.Source.MODEL else offer.confidence or 0.0


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
