"""A broken file is refused in words that name it, and where in it; nothing is read silently short."""

from __future__ import annotations

import json
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from labeling.datasets.formats import FORMATS, FormatError, format_write
from labeling.datasets.formats.rows import SceneRow
from tests.labeling.datasets.formats.sets import SCENES, dataset, written

ALL = sorted(FORMATS)


def read(name: str, path: Path) -> list[SceneRow]:
    return list(FORMATS[name].read(path))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.97])
def test_a_file_that_is_cut_off(name: str, share: float, tmp_path: Path) -> None:
    many = [replace(SCENES[0], scene=str(number), image=f"images/{number:064x}.jpg") for number in range(40)]
    path = written(name, tmp_path, many)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(FormatError, match=path.name):
        read(name, path)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("content", [b"\x00\xff\xfe\x80" * 400, b"hello", b"{}[]", b"<html></html>"])
def test_a_file_of_something_else(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"other.{FORMATS[name].suffix}"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=path.name):
        read(name, path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda said: said["annotations"][0].update(image_id=99), "annotation 1 is of image 99"),
        (lambda said: said["annotations"][1].update(category_id=99), "annotation 2: category_id 99"),
        (lambda said: said["annotations"][1].update(bbox=[1, 2, 3]), "annotation 2"),
        (lambda said: said["annotations"][1].update(bbox=[1, 2, -3, 4]), "annotation 2: the box"),
        (lambda said: said["annotations"][1].update(bbox=[1, 2, "x", 4]), "annotation 2"),
        (lambda said: said["images"][1].update(id=1), "two images have the id 1"),
        (lambda said: said["images"][0].update(width=0), "annotation 1: the picture's size is 0x427"),
        (lambda said: said["images"][0].pop("file_name"), "image 1 is not whole"),
        (lambda said: said["annotations"].append("x"), "an entry of annotations is not whole"),
    ],
)
def test_coco_entries(change: object, words: str, tmp_path: Path) -> None:
    path = written("coco", tmp_path)
    said = json.loads(path.read_text())
    change(said)  # type: ignore[operator]
    path.write_text(json.dumps(said))
    with pytest.raises(FormatError, match=words):
        read("coco", path)


def test_json_says_the_line(tmp_path: Path) -> None:
    path = written("label-studio", tmp_path)
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:2], "{oops", *lines[2:]]))
    with pytest.raises(FormatError, match=r"label-studio\.json:3"):
        read("label-studio", path)
    path.write_text('[{"data": {"image": "a.jpg"}, "predictions": [{"score": NaN}]}]')
    with pytest.raises(FormatError, match="NaN is no JSON number"):
        read("label-studio", path)
    path.write_text('[{"data": {"image": "a.jpg"}}] trailing')
    with pytest.raises(FormatError, match="after the end"):
        read("label-studio", path)


def test_a_missing_quote_is_given_up_before_memory_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.datasets.formats.json_stream.LONGEST", 200_000)
    path = tmp_path / "pairs.json"
    path.write_text('[{"data": "' + "x" * 2_000_000)
    with pytest.raises(FormatError, match=r"pairs\.json:1"):
        read("label-studio", path)


def test_xml_takes_no_document_type(tmp_path: Path) -> None:
    """Entities could grow without end (the "billion laughs"), or read files of this machine."""
    path = tmp_path / "bomb.xml"
    path.write_text('<!DOCTYPE annotations [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><annotations>&b;</annotations>')
    with pytest.raises(FormatError, match=r"bomb\.xml:1: a document type"):
        read("cvat", path)


def test_xml_cannot_carry_every_character(tmp_path: Path) -> None:
    item = replace(SCENES[0].objects[0], product="a\x01b")
    for name in ("cvat", "voc"):
        with pytest.raises(FormatError, match="XML cannot carry"):
            written(name, tmp_path, [replace(SCENES[0], objects=(item,))])
    assert not list(tmp_path.iterdir())


def test_yolo_lines(tmp_path: Path) -> None:
    format_write("yolo", dataset(), tmp_path / "home")
    labels = tmp_path / "home" / "labels" / "train" / f"{'a' * 64}.txt"
    for line, words in (
        ("7 0.5 0.5 0.1 0.1", "class 7 has no name"),
        ("0 0.5 0.5 0.1", "not a line"),
        ("0 0.5 0.5 0.1 x", "not a line"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2", "polygons are not read"),
        ("0 0.5 0.5 0 0.1", "holds nothing of the picture"),
        ("0 nan 0.5 0.1 0.1", "holds nothing of the picture"),
    ):
        labels.write_text(f"{line}\n")
        with pytest.raises(FormatError, match=words) as told:
            read("yolo", tmp_path / "home")
        assert f"{'a' * 64}.txt:1" in str(told.value)
    labels.write_text("")
    with pytest.raises(FormatError, match="does not fit its label file"):
        read("yolo", tmp_path / "home")
    (tmp_path / "home" / "data.yaml").unlink()
    with pytest.raises(FormatError, match=r"neither data\.yaml nor classes\.txt"):
        read("yolo", tmp_path / "home")


def test_a_yolo_archive_that_was_packed_in_another_order(tmp_path: Path) -> None:
    """Its products would be lost without a word."""
    format_write("yolo", dataset(), tmp_path / "home")
    path = tmp_path / "packed.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("data.yaml", "labels", "pairs"):
            archive.add(tmp_path / "home" / name, name)
    with pytest.raises(FormatError, match="does not stand before its label file"):
        read("yolo", path)


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if each.members])
def test_an_archive_with_a_broken_header_inside(name: str, tmp_path: Path) -> None:
    """Python's own reader takes it for the end, and would read short without a word."""
    many = [replace(SCENES[0], scene=str(number), image=f"images/{number:064x}.jpg") for number in range(9)]
    path = written(name, tmp_path, many)
    content = bytearray(path.read_bytes())
    with tarfile.open(path) as archive:
        middle = archive.getmembers()[len(archive.getmembers()) // 2].offset
    content[middle + 5] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(FormatError, match="broken at byte"):
        read(name, path)


def test_pairs_that_do_not_fit_their_scenes(tmp_path: Path) -> None:
    format_write("stl", dataset(), tmp_path / "home")
    pairs = tmp_path / "home" / "home.json"
    lines = pairs.read_text().splitlines(keepends=True)
    pairs.write_text("".join(lines[1:]))
    with pytest.raises(FormatError, match=r"home-scenes\.json:1: does not fit"):
        read("stl", tmp_path / "home")
    pairs.write_text(lines[0] + '{"product": "a"}\n')
    with pytest.raises(FormatError, match=r"home\.json:2: not a Shop-the-Look pair"):
        read("stl", tmp_path / "home")


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_a_file_that_would_fill_the_memory(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.datasets.formats.archives.LARGEST", 1_000_000)
    path = tmp_path / f"bomb.{ending}"
    large = tmp_path / "data.yaml"
    large.write_bytes(b"#" * 1_000_001)
    if ending == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(large, "data.yaml")
    else:
        with tarfile.open(path, "w:gz") as packed:
            packed.add(large, "data.yaml")
    assert path.stat().st_size < 20_000
    with pytest.raises(FormatError, match="more than 1000000"):
        read("yolo", path)
