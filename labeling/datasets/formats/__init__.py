"""Formats of the dataset, one a file; each reads and writes :class:`~labeling.datasets.formats.rows.PairRow`, streaming."""

from labeling.datasets.formats import coco, stl

WRITERS = {"stl": stl.write, "coco": coco.write}

__all__ = ["WRITERS", "coco", "stl"]
