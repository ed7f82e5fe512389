"""The live re-ranker: what an item is worth, what people say of it, in which order it is shown. Numpy alone, no torch.

* ``merit``: how often a product is taken where it is looked at, from its features and from what shoppers did with it
* ``relevance``: how right it is, from what people decided
* ``ordering``: the order of the two together, with exploration whose chances are known
* ``examination``: how likely each position is looked at
* ``offline``: what another order would have earned, from the log of this one
* ``lessons``: the frozen file that a version is fitted to
"""

from models_ml.reranking.examination import examination_fit
from models_ml.reranking.lessons import Lessons, lessons_read, lessons_write
from models_ml.reranking.merit import Merit, merit_fit
from models_ml.reranking.offline import Value, ndcg_at, snips
from models_ml.reranking.ordering import Order, order
from models_ml.reranking.relevance import relevance_fit
from models_ml.reranking.reranker import Reranker, RerankerReport, fit

__all__ = [
    "Lessons",
    "Merit",
    "Order",
    "Reranker",
    "RerankerReport",
    "Value",
    "examination_fit",
    "fit",
    "lessons_read",
    "lessons_write",
    "merit_fit",
    "ndcg_at",
    "order",
    "relevance_fit",
    "snips",
]
