"""WebDataset: a tar of samples; the files of a sample share a name and stand together.

``NAME.json`` has the scene with its objects, boxes normalised to [0, 1] from the top left; ``NAME.jpg`` (``.png``, ``.webp``) is
its picture, where pictures travel along. Else ``image`` tells where it lies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labeling.datasets.formats.archives import Member, files
from labeling.datasets.formats.rows import Dataset, FormatError, ObjectRow, SceneRow, box_cut, encode


def members(dataset: Dataset) -> Iterator[Member]:
    """The samples, one a scene."""
    for scene in dataset.scenes:
        # A sample's name ends at the first point.
        name = scene.stem.replace(".", "_")
        if dataset.picture is not None:
            yield f"{name}.{scene.image.rpartition('.')[2]}", dataset.picture(scene.image)
        yield f"{name}.json", encode(_sample(scene)).encode()


def read(path: Path) -> Iterator[SceneRow]:
    """The samples of a tar, in their order. Raises :class:`FormatError` naming the sample."""
    for name, content in files(path, lambda name: name.endswith(".json")):
        place = f"{path}: {name}"
        try:
            said: dict[str, Any] = json.loads(content)
            objects = tuple(_object(each, place) for each in said["objects"])
            size = int(said["width"]), int(said["height"])
            yield SceneRow(str(said["scene"]), str(said["image"]), *size, objects, str(said.get("split", "")))
        except FormatError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FormatError(
                f"{place} is no sample of scenes with objects ({error!r}). Mend or export it again."
            ) from error


def _sample(scene: SceneRow) -> dict[str, object]:
    return {
        **{"scene": scene.scene, "image": scene.image, "width": scene.width, "height": scene.height},
        **({"split": scene.split} if scene.split else {}),
        "objects": [_said(item) for item in scene.objects],
    }


def _said(item: ObjectRow) -> dict[str, object]:
    said = {"box": list(item.box), "category": item.category, "product": item.product, "grade": item.grade}
    return said | ({} if item.score is None else {"score": item.score})


def _object(said: dict[str, Any], place: str) -> ObjectRow:
    known = str(said["category"]), str(said.get("product") or ""), str(said.get("grade") or "")
    score = said.get("score")
    return ObjectRow(box_cut(said["box"], place), *known, None if score is None else float(score))
