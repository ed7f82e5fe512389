"""CVAT for images 1.1: one XML file, ``annotations/image/box`` with corners in pixels.

Product and grade are attributes of a box. A tag ``scene`` of an image has its external id, and ``subset`` its split.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

from labeling.datasets.formats.archives import files
from labeling.datasets.formats.rows import (
    BLOCK,
    PIXEL_PLACES,
    Dataset,
    FormatError,
    ObjectRow,
    SceneRow,
    box_from_pixels,
    buffered,
)
from labeling.datasets.formats.xml_stream import records, xml_text
from models_ml.boxes import to_pixels

CORNERS = ("xtl", "ytl", "xbr", "ybr")
SCENE = "scene"
ATTRIBUTES = ("product", "grade", "score")


def write(dataset: Dataset) -> Iterator[bytes]:
    """The file in pieces."""
    return buffered(_pieces(dataset))


def read(path: Path) -> Iterator[SceneRow]:
    """The images of an XML file, or of an archive or folder that holds ``annotations.xml``.

    Shapes that are no boxes are passed over. Raises :class:`FormatError` naming the image.
    """
    if path.suffix == ".xml":
        with path.open("rb") as file:
            yield from _scenes(iter(lambda: file.read(BLOCK), b""), str(path))
        return
    for name, content in files(path, lambda name: Path(name).name == "annotations.xml"):
        yield from _scenes(iter([content]), f"{path}: {name}")
        return
    raise FormatError(f"{path}: annotations.xml is not in it. Export as “CVAT for images 1.1”.")


def _pieces(dataset: Dataset) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
    yield f"<meta><task><name>{xml_text(dataset.name)}</name>{_labels(dataset.categories)}</task></meta>\n"
    for number, scene in enumerate(dataset.scenes):
        yield _image(scene, number)
    yield "</annotations>\n"


def _labels(categories: Sequence[str]) -> str:
    def attribute(name: str, kind: str = "text", values: str = "") -> str:
        return (
            f"<attribute><name>{name}</name><mutable>False</mutable><input_type>{kind}</input_type>"
            f"<default_value></default_value><values>{values}</values></attribute>"
        )

    boxes = attribute("product") + attribute("grade", "select", "\nexact\nsimilar\nnone") + attribute("score")
    listed = "".join(
        f"<label><name>{xml_text(name)}</name><type>rectangle</type><attributes>{boxes}</attributes></label>"
        for name in categories
    )
    scene = f"<label><name>{SCENE}</name><type>tag</type><attributes>{attribute('id')}</attributes></label>"
    return f"<labels>{listed}{scene}</labels>"


def _image(scene: SceneRow, number: int) -> str:
    subset = f' subset="{scene.split}"' if scene.split else ""
    name, size = xml_text(scene.image), f'width="{scene.width}" height="{scene.height}"'
    boxes = "".join(_box(item, scene) for item in scene.objects)
    tag = f'<tag label="{SCENE}" source="manual"><attribute name="id">{xml_text(scene.scene)}</attribute></tag>'
    return f'<image id="{number}" name="{name}"{subset} {size}>\n{boxes}{tag}\n</image>\n'


def _box(item: ObjectRow, scene: SceneRow) -> str:
    sides = zip(CORNERS, to_pixels(item.box, scene.width, scene.height), strict=True)
    corners = " ".join(f'{corner}="{side:.{PIXEL_PLACES}f}"' for corner, side in sides)
    said = zip(ATTRIBUTES, (item.product, item.grade, "" if item.score is None else repr(item.score)), strict=True)
    attributes = "".join(f'<attribute name="{name}">{xml_text(value)}</attribute>' for name, value in said if value)
    source = "manual" if item.score is None else "auto"
    return (
        f'<box label="{xml_text(item.category)}" source="{source}" occluded="0" {corners} z_order="0">'
        f"{attributes}</box>\n"
    )


def _scenes(pieces: Iterator[bytes], place: str) -> Iterator[SceneRow]:
    for element in records(pieces, place, "annotations"):
        if element.tag == "image":
            yield _scene(element, f"{place}: image {element.get('id')} ({element.get('name')})")


def _scene(image: Element, place: str) -> SceneRow:
    try:
        width, height = int(image.attrib["width"]), int(image.attrib["height"])
        name = image.attrib["name"]
    except (ValueError, KeyError) as error:
        raise FormatError(f"{place}: name, width or height is missing or no number ({error}). Mend it.") from error
    objects = tuple(_object(box, width, height, place) for box in image.iterfind("box"))
    scene = image.findtext(f"tag[@label='{SCENE}']/attribute[@name='id']", "")
    return SceneRow(scene, name, width, height, objects, image.get("subset", ""))


def _object(box: Element, width: int, height: int, place: str) -> ObjectRow:
    said = {each.get("name"): each.text or "" for each in box.iterfind("attribute")}
    try:
        sides = [float(box.attrib[corner]) for corner in CORNERS]
        score = float(said["score"]) if said.get("score") else None
        label = box.attrib["label"]
    except (ValueError, KeyError) as error:
        raise FormatError(f"{place}: a box has no label, or a corner that is no number ({error}). Mend it.") from error
    cut = box_from_pixels(sides, width, height, place)
    return ObjectRow(cut, label, said.get("product", ""), said.get("grade", ""), score)
