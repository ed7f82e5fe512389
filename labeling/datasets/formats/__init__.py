"""Formats of the dataset, one a file; each writes and reads :class:`~labeling.datasets.formats.rows.SceneRow`, streaming."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from labeling.datasets.formats import coco, cvat, label_studio, stl, voc, webdataset, yolo
from labeling.datasets.formats.archives import Member, tar, unpacked
from labeling.datasets.formats.rows import Dataset, FormatError, ObjectRow, SceneRow, whole_file, whole_folder

__all__ = ["FORMATS", "Dataset", "Format", "FormatError", "ObjectRow", "SceneRow", "format_write"]

PARQUET = "labeling.datasets.formats.parquet"
"""Loaded by its name, and only where it is read or written: its library takes 29 MB of every process that has it."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format: ``read`` gives scene by scene, and either ``file`` writes one file in pieces or ``members`` an archive's files.

    ``pictures`` says whether pictures can travel along.
    """

    title: str
    suffix: str
    read: Callable[[Path], Iterator[SceneRow]]
    file: Callable[[Dataset], Iterator[bytes]] | None = None
    members: Callable[[Dataset], Iterator[Member]] | None = None
    pictures: bool = False

    def pieces(self, dataset: Dataset) -> Iterator[bytes]:
        """What is written, as one stream of bytes."""
        if self.members is not None:
            return tar(self.members(dataset))
        assert self.file is not None
        return self.file(dataset)


def _parquet_read(path: Path) -> Iterator[SceneRow]:
    scenes: Iterator[SceneRow] = import_module(PARQUET).read(path)
    return scenes


def _parquet_write(dataset: Dataset) -> Iterator[bytes]:
    pieces: Iterator[bytes] = import_module(PARQUET).write(dataset)
    return pieces


FORMATS = {
    "coco": Format("COCO", "json", coco.read, file=coco.write),
    "voc": Format("Pascal VOC", "tar", voc.read, members=voc.members, pictures=True),
    "yolo": Format("YOLO", "tar", yolo.read, members=yolo.members, pictures=True),
    "label-studio": Format("Label Studio JSON", "json", label_studio.read, file=label_studio.write),
    "cvat": Format("CVAT XML", "xml", cvat.read, file=cvat.write),
    "stl": Format("Shop the Look", "tar", stl.read, members=stl.members),
    "parquet": Format("Parquet", "parquet", _parquet_read, file=_parquet_write),
    "webdataset": Format("WebDataset", "tar", webdataset.read, members=webdataset.members, pictures=True),
}


def format_write(name: str, dataset: Dataset, path: Path) -> None:
    """Write a dataset to a file, or an archive's files into a new folder where ``path`` does not end in ``.tar``.

    It appears whole or not at all. Raises :class:`FormatError` where the folder is there already.
    """
    chosen = FORMATS[name]
    if chosen.members is not None and path.suffix != ".tar":
        with whole_folder(path) as folder:
            unpacked(chosen.members(dataset), folder)
        return
    with whole_file(path) as file:
        file.writelines(chosen.pieces(dataset))
