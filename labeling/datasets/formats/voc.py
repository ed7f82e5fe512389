"""Pascal VOC (Everingham et al. 2010): an XML file a picture, and lists of pictures by split.

``Annotations/STEM.xml`` with ``object/bndbox`` in pixels, ``ImageSets/Main/SPLIT.txt``, ``labelmap.txt`` with all categories, and
``JPEGImages/`` where pictures travel along. Corners are written with fractions and from 0 on, as CVAT does, not as the whole
numbers from 1 of the first VOC: so nothing of a box is lost. The scene's id is ``source/image``; product and grade are
``attributes`` of an object.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element

from labeling.datasets.formats.archives import Member, files
from labeling.datasets.formats.rows import (
    PIXEL_PLACES,
    SPLITS,
    Dataset,
    FormatError,
    ObjectRow,
    SceneRow,
    box_from_pixels,
)
from labeling.datasets.formats.xml_stream import records, xml_text
from models_ml.boxes import to_pixels

CORNERS = ("xmin", "ymin", "xmax", "ymax")
LEARNED_FROM = "trainval"


def members(dataset: Dataset) -> Iterator[Member]:
    """The files of the dataset; the lists come last, since they are known only then."""
    # CVAT and Datumaro take no category that stands not here.
    listed = "".join(f"{name}:::\n" for name in dataset.categories)
    yield "labelmap.txt", f"# label:color_rgb:parts:actions\n{listed}".encode()
    with ExitStack() as stack:
        lists: dict[str, IO[bytes]] = {}
        for scene in dataset.scenes:
            split = scene.split or "train"
            for name in (split,) if split == "test" else (split, LEARNED_FROM):
                if name not in lists:
                    lists[name] = stack.enter_context(tempfile.TemporaryFile())
                lists[name].write(f"{scene.stem}\n".encode())
            yield f"Annotations/{scene.stem}.xml", _annotation(dataset.name, scene).encode()
            if dataset.picture is not None:
                yield f"JPEGImages/{scene.file_name}", dataset.picture(scene.image)
        for name in (*SPLITS, LEARNED_FROM):
            yield f"ImageSets/Main/{name}.txt", lists.get(name, b"")


def read(path: Path) -> Iterator[SceneRow]:
    """The pictures of a folder or an archive, wherever in it the XML files lie. Raises :class:`FormatError` naming the file."""
    for name, content in files(path, lambda name: name.endswith(".xml")):
        place = f"{path}: {name}"
        yield _scene(list(records([content], place, "annotation")), place)


def _annotation(name: str, scene: SceneRow) -> str:
    objects = "".join(_object(item, scene) for item in scene.objects)
    split = f"<split>{scene.split}</split>" if scene.split else ""
    return (
        f"<annotation>\n<folder>JPEGImages</folder><filename>{xml_text(scene.file_name)}</filename>{split}\n"
        f"<source><database>{xml_text(name)}</database><image>{xml_text(scene.scene)}</image></source>\n"
        f"<size><width>{scene.width}</width><height>{scene.height}</height><depth>3</depth></size>"
        f"<segmented>0</segmented>\n{objects}</annotation>\n"
    )


def _object(item: ObjectRow, scene: SceneRow) -> str:
    sides = zip(CORNERS, to_pixels(item.box, scene.width, scene.height), strict=True)
    box = "".join(f"<{corner}>{side:.{PIXEL_PLACES}f}</{corner}>" for corner, side in sides)
    said = {"product": item.product, "grade": item.grade, "score": "" if item.score is None else repr(item.score)}
    attributes = "".join(
        f"<attribute><name>{name}</name><value>{xml_text(value)}</value></attribute>"
        for name, value in said.items()
        if value
    )
    return (
        f"<object><name>{xml_text(item.category)}</name><pose>Unspecified</pose><truncated>0</truncated>"
        f"<difficult>0</difficult><bndbox>{box}</bndbox><attributes>{attributes}</attributes></object>\n"
    )


def _scene(parts: list[Element], place: str) -> SceneRow:
    found = {part.tag: part for part in parts}
    try:
        size = found["size"]
        width, height = (int(float(size.findtext(side, ""))) for side in ("width", "height"))
        scene = found["source"].findtext("image", "") if "source" in found else ""
        objects = tuple(_read_object(part, width, height, place) for part in parts if part.tag == "object")
        split = found["split"].text or "" if "split" in found else ""
        return SceneRow(scene, found["filename"].text or "", width, height, objects, split)
    except FormatError:
        raise
    except (ValueError, KeyError) as error:
        raise FormatError(f"{place}: filename or size is missing or no number ({error}). Mend the file.") from error


def _read_object(part: Element, width: int, height: int, place: str) -> ObjectRow:
    name = part.findtext("name", "").strip()
    said = {each.findtext("name", ""): each.findtext("value", "") for each in part.iterfind("attributes/attribute")}
    try:
        sides = [float(part.findtext(f"bndbox/{corner}", "")) for corner in CORNERS]
        score = float(said["score"]) if said.get("score") else None
    except ValueError as error:
        raise FormatError(f"{place}: bndbox of “{name}” is not four numbers ({error}). Mend it.") from error
    if not name:
        raise FormatError(f"{place}: an object has no name. Name its category.")
    box = box_from_pixels(sides, width, height, place)
    return ObjectRow(box, name, said.get("product", ""), said.get("grade", ""), score)
