"""Judge a detector, an embedder or the whole pipeline on a pack: ``python -m models_ml.evaluate --help``."""
