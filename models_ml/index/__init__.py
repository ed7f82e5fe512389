"""Nearest products by vector: one index a category, exact while that is fastest, approximate above.

Vectors are of unit length and scores are cosines. Ids are whole numbers from 0 on (a database's primary keys).
"""

from models_ml.index.categories import CategoryIndexes
from models_ml.index.codes import CodedVectors, sign_codes
from models_ml.index.engine import FaissEngine
from models_ml.index.facts import Facts, ProductFilter
from models_ml.index.flat import FlatIndex
from models_ml.index.ground import Nearest, VectorIndex, VectorIndexError, checked_vectors, ranked
from models_ml.index.hnsw import HnswIndex
from models_ml.index.ivf import IvfIndex
from models_ml.index.monitor import RecallMonitor
from models_ml.index.tuning import Tuning

__all__ = [
    "CategoryIndexes",
    "CodedVectors",
    "Facts",
    "FaissEngine",
    "FlatIndex",
    "HnswIndex",
    "IvfIndex",
    "Nearest",
    "ProductFilter",
    "RecallMonitor",
    "Tuning",
    "VectorIndex",
    "VectorIndexError",
    "checked_vectors",
    "ranked",
    "sign_codes",
]
