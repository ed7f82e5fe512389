"""YOLO as Ultralytics reads it: ``data.yaml``, and a text file of lines ``class cx cy w h`` for each picture.

Centre and sides are fractions of the picture; an empty file is a picture without objects. The format knows neither products
nor ids, so ``pairs/SPLIT/STEM.json`` before each label file has them, which other readers pass by. Pictures lie in
``images/SPLIT/`` where they travel along; else they are put there under the names in ``pictures.txt``.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from labeling.datasets.formats.archives import Member, files, lines
from labeling.datasets.formats.rows import Dataset, FormatError, ObjectRow, SceneRow, box_cut, encode

LISTS = {"classes.txt", "pictures.txt", "train.txt", "val.txt", "test.txt", "README.txt", "README.roboflow.txt"}
"""Text files that hold no labels."""


def members(dataset: Dataset) -> Iterator[Member]:
    """The files of the dataset, ``data.yaml`` first."""
    numbers = {name: number for number, name in enumerate(dataset.categories)}
    yield "data.yaml", _about(dataset).encode()
    with tempfile.TemporaryFile() as pictures:
        for scene in dataset.scenes:
            split = scene.split or "train"
            yield f"pairs/{split}/{scene.stem}.json", encode(_pairs(scene)).encode()
            yield f"labels/{split}/{scene.stem}.txt", _labels(scene, numbers).encode()
            if dataset.picture is not None:
                yield f"images/{split}/{scene.file_name}", dataset.picture(scene.image)
            pictures.write(f"images/{split}/{scene.file_name}\t{scene.image}\n".encode())
        yield "pictures.txt", pictures


def read(path: Path) -> Iterator[SceneRow]:
    """The label files of a folder or an archive that holds ``data.yaml`` or ``classes.txt``, with their pairs where they are.

    A sixth number of a line is a model's score. Raises :class:`FormatError` naming the line.
    """
    names = _names(path)
    waiting: tuple[str, bytes] | None = None
    for name, content in files(path, lambda name: _is_labels(name) or (_is_pairs(name) and not path.is_dir())):
        if _is_pairs(name):
            if waiting is not None:
                raise _stray(path, waiting[0])
            waiting = name, content
            continue
        if waiting is not None and _stem(waiting[0]) != _stem(name):
            raise _stray(path, waiting[0])
        yield _scene(path, name, content, names, waiting or _beside(path, name))
        waiting = None
    if waiting is not None:
        raise _stray(path, waiting[0])


def _about(dataset: Dataset) -> str:
    about = {"path": ".", "train": "images/train", "val": "images/val", "test": "images/test"}
    return yaml.safe_dump({**about, "names": dict(enumerate(dataset.categories))}, allow_unicode=True, sort_keys=False)


def _labels(scene: SceneRow, numbers: Mapping[str, int]) -> str:
    written = ""
    for item in scene.objects:
        left, top, right, bottom = item.box
        centre = f"{(left + right) / 2:.8f} {(top + bottom) / 2:.8f} {right - left:.8f} {bottom - top:.8f}"
        written += f"{numbers[item.category]} {centre}{'' if item.score is None else f' {item.score:.6f}'}\n"
    return written


def _pairs(scene: SceneRow) -> dict[str, object]:
    said = [[item.product, item.grade] for item in scene.objects]
    return {
        **{"scene": scene.scene, "image": scene.image, "width": scene.width, "height": scene.height},
        **({"split": scene.split} if scene.split else {}),
        "objects": said,
    }


def _is_labels(name: str) -> bool:
    return name.endswith(".txt") and name.rpartition("/")[2] not in LISTS


def _is_pairs(name: str) -> bool:
    return name.endswith(".json") and "pairs/" in name


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _names(path: Path) -> dict[int, str]:
    def lists_names(name: str) -> bool:
        return name.endswith((".yaml", ".yml")) or name.rpartition("/")[2] == "classes.txt"

    for name, content in files(path, lists_names):
        place = f"{path}: {name}"
        if name.endswith(".txt"):
            return {number: line.strip() for number, (_, line) in enumerate(lines(place, content))}
        try:
            listed = yaml.safe_load(content)["names"]
            pairs = listed.items() if isinstance(listed, dict) else enumerate(listed)
            return {int(number): str(each) for number, each in pairs}
        except (yaml.YAMLError, TypeError, KeyError, ValueError) as error:
            raise FormatError(f"{place}: no list of names ({error}). Write names: [...] as YAML.") from error
    raise FormatError(
        f"{path}: neither data.yaml nor classes.txt is there, so nobody knows what the classes are called."
    )


def _beside(path: Path, name: str) -> tuple[str, bytes] | None:
    """The pairs of a label file of a folder."""
    beside = name.replace("labels/", "pairs/").removesuffix(".txt") + ".json"
    return (beside, (path / beside).read_bytes()) if path.is_dir() and (path / beside).is_file() else None


def _stray(path: Path, name: str) -> FormatError:
    return FormatError(f"{path}: {name} does not stand before its label file. Unpack the archive and read the folder.")


def _scene(
    path: Path, name: str, content: bytes, names: Mapping[int, str], pairs: tuple[str, bytes] | None
) -> SceneRow:
    objects = [_object(place, line, names) for place, line in lines(f"{path}: {name}", content)]
    if pairs is None:
        return SceneRow("", name.replace("labels/", "images/").removesuffix(".txt"), 0, 0, tuple(objects))
    try:
        said: dict[str, Any] = json.loads(pairs[1])
        known = tuple(
            ObjectRow(item.box, item.category, str(product), str(grade), item.score)
            for item, (product, grade) in zip(objects, said["objects"], strict=True)
        )
        size = int(said["width"]), int(said["height"])
        return SceneRow(str(said["scene"]), str(said["image"]), *size, known, str(said.get("split", "")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FormatError(
            f"{path}: {pairs[0]} does not fit its label file ({error}). Mend it, or take it away to read the boxes alone."
        ) from error


def _object(place: str, line: str, names: Mapping[int, str]) -> ObjectRow:
    try:
        number, x, y, width, height, *score = (float(each) for each in line.split())
        if len(score) > 1 or number not in names:
            raise ValueError("polygons are not read" if len(score) > 1 else f"class {number:.0f} has no name")
    except ValueError as error:
        raise FormatError(f"{place}: not a line “class cx cy w h” ({error}). Mend it.") from error
    sides = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return ObjectRow(box_cut(sides, place), names[int(number)], score=score[0] if score else None)
