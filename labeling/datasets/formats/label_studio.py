"""Label Studio's JSON: a list of tasks, with finished labels as ``annotations`` and a model's as ``predictions``.

Boxes are percentages of the picture from its top left. Each object has up to three results of one ``id``: a box
(``rectanglelabels``), its product (``textarea``) and its grade (``choices``), which :func:`config` declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, radians, sin
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from labeling.datasets.formats.json_stream import entries
from labeling.datasets.formats.rows import Dataset, FormatError, ObjectRow, SceneRow, box_cut, buffered, encode
from labeling.datasets.formats.xml_stream import xml_text

GRADES = ("exact", "similar", "none")


def config(categories: Sequence[str]) -> str:
    """The labeling interface of a project that takes these tasks."""
    labels = "".join(f'<Label value="{xml_text(name)}"/>' for name in categories)
    choices = "".join(f'<Choice value="{grade}"/>' for grade in GRADES)
    return (
        '<View><Image name="image" value="$image"/>'
        f'<RectangleLabels name="label" toName="image">{labels}</RectangleLabels>'
        '<TextArea name="product" toName="image" perRegion="true"/>'
        f'<Choices name="grade" toName="image" perRegion="true">{choices}</Choices></View>\n'
    )


def write(dataset: Dataset) -> Iterator[bytes]:
    """The file in pieces, a task a line."""
    return buffered(_pieces(dataset))


def read(path: Path) -> Iterator[SceneRow]:
    """The tasks of an export or an import file. The newest annotation that was not skipped counts, else the first prediction.

    Rotated boxes are taken with all they cover; results that are no boxes are passed over. Raises :class:`FormatError`
    naming the task.
    """
    for number, (name, task) in enumerate(entries(path), start=1):
        if name:
            raise FormatError(f"{path}: one object where Label Studio has a list of tasks. Choose the export “JSON”.")
        place = f"{path}: task {task.get('id', number) if isinstance(task, dict) else number}"
        try:
            yield _scene(task, place)
        except FormatError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise FormatError(
                f"{place} is not whole ({error!r}). Export it again as “JSON”, not “JSON_MIN”."
            ) from error


def _pieces(dataset: Dataset) -> Iterator[str]:
    yield "["
    for number, scene in enumerate(dataset.scenes, start=1):
        yield ("\n" if number == 1 else ",\n") + encode(_task(dataset, scene))
    yield "\n]\n"


def _task(dataset: Dataset, scene: SceneRow) -> dict[str, object]:
    results = [each for number, item in enumerate(scene.objects) for each in _results(item, scene, f"o{number}")]
    data = {
        **{"image": dataset.address + scene.image, "scene": scene.scene, "picture": scene.image},
        **{"width": scene.width, "height": scene.height},
        **({"split": scene.split} if scene.split else {}),
    }
    scores = [item.score for item in scene.objects if item.score is not None]
    if scores:
        guess = {"model_version": dataset.name, "score": sum(scores) / len(scores), "result": results}
        return {"data": data, "predictions": [guess]}
    return {"data": data, "annotations": [{"result": results, "was_cancelled": False}]}


def _results(item: ObjectRow, scene: SceneRow, name: str) -> Iterator[dict[str, object]]:
    left, top, right, bottom = (100 * side for side in item.box)
    sides = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    place = {**{name: round(side, 7) for name, side in sides.items()}, "rotation": 0}
    size = {"original_width": scene.width, "original_height": scene.height, "image_rotation": 0}
    common = {"id": name, "to_name": "image", **size}
    score = {} if item.score is None else {"score": item.score}
    box = {**place, "rectanglelabels": [item.category]}
    yield {**common, "from_name": "label", "type": "rectanglelabels", "value": box, **score}
    if item.product:
        yield {**common, "from_name": "product", "type": "textarea", "value": {**place, "text": [item.product]}}
    if item.grade:
        yield {**common, "from_name": "grade", "type": "choices", "value": {**place, "choices": [item.grade]}}


def _scene(task: dict[str, Any], place: str) -> SceneRow:
    data = task["data"]
    said = [each for each in task.get("annotations") or [] if not each.get("was_cancelled")]
    chosen = said[-1:] or (task.get("predictions") or [])[:1]
    objects: dict[str, dict[str, Any]] = {}
    width, height = int(data.get("width") or 0), int(data.get("height") or 0)
    for result in chosen[0]["result"] if chosen else []:
        value, kind = result.get("value") or {}, result.get("type")
        region = objects.setdefault(str(result.get("id")), {})
        if kind == "rectanglelabels":
            width, height = (
                width or int(result.get("original_width", 0)),
                height or int(result.get("original_height", 0)),
            )
            region |= {"value": value, "score": result.get("score")}
        elif kind in ("textarea", "choices", "taxonomy"):
            region[str(result.get("from_name"))] = _said(value, kind)
    found = [_object(region, width, height, place) for region in objects.values() if "value" in region]
    name = str(data.get("picture") or _picture_name(str(data.get("image", ""))))
    return SceneRow(str(data.get("scene", "")), name, width, height, tuple(found), str(data.get("split", "")))


def _said(value: dict[str, Any], kind: str) -> str:
    """The answer of a region: a text, a choice, or the last step of a path in a taxonomy."""
    given = value["text" if kind == "textarea" else kind]
    first = given if isinstance(given, str) else given[0]
    return str(first[-1] if isinstance(first, list) else first)


def _object(region: dict[str, Any], width: int, height: int, place: str) -> ObjectRow:
    value, score = region["value"], region["score"]
    box = box_cut([side / 100 for side in _covered(value, width, height)], place)
    (category, *_) = value["rectanglelabels"]
    known = str(region.get("product", "")), str(region.get("grade", ""))
    return ObjectRow(box, str(category), *known, None if score is None else float(score))


def _covered(value: dict[str, Any], width: int, height: int) -> tuple[float, float, float, float]:
    """The upright box in percent that covers a box turned about its top left corner, clockwise, in the picture's own pixels."""
    left, top, wide, high = (float(value[side]) for side in ("x", "y", "width", "height"))
    turn = radians(float(value.get("rotation") or 0))
    if not turn:
        return left, top, left + wide, top + high
    # Percent of width and of height are of different length unless the picture is square.
    across, down = width or 1, height or 1
    corners = [(x * wide * across, y * high * down) for x in (0, 1) for y in (0, 1)]
    xs = [left + (x * cos(turn) - y * sin(turn)) / across for x, y in corners]
    ys = [top + (x * sin(turn) + y * cos(turn)) / down for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _picture_name(address: str) -> str:
    """The file that an address of a picture names: of local storage its ``d``, else its path."""
    parts = urlsplit(address)
    return parse_qs(parts.query).get("d", [""])[0] or unquote(parts.path).lstrip("/")
