"""Two models side by side, against loops over the scenes."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from models_ml.bootstrap import paired_interval, share_interval
from models_ml.comparison import LEAST_SCENES, compare, outlines_of
from models_ml.evidence import Answer, Evidence
from models_ml.manifest import ObjectEntry, SceneEntry
from models_ml.types import Box, Detection

LEFT, RIGHT = Box(0.1, 0.1, 0.4, 0.5), Box(0.6, 0.2, 0.9, 0.8)


def scenes(count: int) -> list[SceneEntry]:
    """Each with a sofa on the left and a lamp on the right."""
    objects = (ObjectEntry(LEFT, "sofa", "s", None), ObjectEntry(RIGHT, "lamp", "l", None))
    return [SceneEntry(f"s{number}", Path("x.png"), objects, "test") for number in range(count)]


def detector(found: list[list[tuple[Box, str, float]]]) -> Evidence:
    return Evidence("detector", found=tuple(tuple(Detection(*item) for item in items) for items in found))


def embedder(hits: list[list[bool]]) -> Evidence:
    """For each scene, whether its sofa and its lamp were found first."""
    answers = [
        Answer(scene, box, name, name[0], 1 if hit else 3, (name[0] if hit else "other",))
        for scene, row in enumerate(hits)
        for (box, name), hit in zip(((LEFT, "sofa"), (RIGHT, "lamp")), row, strict=True)
    ]
    return Evidence("embedder", answers=tuple(answers))


def test_a_gain_on_the_same_scenes_is_told_where_the_intervals_of_both_overlap() -> None:
    rng = random.Random(1)
    theirs = [[rng.random() < 0.6, rng.random() < 0.6] for _ in range(120)]
    # Ours fails where theirs does, but for one scene in eight.
    ours = [[hit or number % 8 == 0 for hit in row] for number, row in enumerate(theirs)]
    said = compare(embedder(ours), embedder(theirs), scenes(120))
    flat = [[hit for row in hits for hit in row] for hits in (ours, theirs)]
    assert said["ours"] == pytest.approx(sum(flat[0]) / 240) and said["theirs"] == pytest.approx(sum(flat[1]) / 240)
    assert said["better"] and said["low"] is not None and 0 < said["low"] < said["difference"] < (said["high"] or 0)
    numbers = [number for number in range(120) for _ in range(2)]
    apart = share_interval(flat[0], numbers), share_interval(flat[1], numbers)
    assert apart[0][0] < apart[1][1], "alone, their intervals tell nothing"


def test_the_paired_interval_equals_a_loop() -> None:
    rng = np.random.default_rng(5)
    ours, theirs = rng.random(7), rng.random(7)
    draws = np.random.default_rng(0).multinomial(7, [1 / 7] * 7, size=60)
    gains = []
    for times in draws:
        drawn = [number for number in range(7) for _ in range(times[number])]
        gains.append(sum(ours[n] for n in drawn) / len(drawn) - sum(theirs[n] for n in drawn) / len(drawn))
    expected = np.quantile(gains, [0.025, 0.975])
    said = paired_interval(lambda t: float(t @ ours / 7), lambda t: float(t @ theirs / 7), 7, rounds=60)
    assert said == pytest.approx(tuple(expected))


def test_luck_is_no_gain() -> None:
    """One scene more in forty, here and there, is what two equal models differ by."""
    theirs = [[number % 3 != 0, number % 4 != 0] for number in range(40)]
    ours = [row if number != 12 else [True, True] for number, row in enumerate(theirs)]
    said = compare(embedder(ours), embedder(theirs), scenes(40))
    assert said["difference"] > 0 and not said["better"]
    same = compare(embedder(theirs), embedder(theirs), scenes(40))
    assert (same["difference"], same["low"], same["high"], same["better"]) == (0, 0, 0, False)


def test_a_handful_of_scenes_tells_nothing() -> None:
    """Each of them is better, and still nobody can say so."""
    few = LEAST_SCENES - 1
    said = compare(embedder([[True, True]] * few), embedder([[False, False]] * few), scenes(few))
    assert (said["low"], said["better"]) == (1.0, False)
    enough = compare(embedder([[True, True]] * (few + 1)), embedder([[False, False]] * (few + 1)), scenes(few + 1))
    assert enough["better"]


def test_categories_are_told_apart() -> None:
    count = 12
    said = compare(embedder([[True, False]] * count), embedder([[False, True]] * count), scenes(count))
    assert said["per_category"] == [
        {"category": "lamp", "ours": 0.0, "theirs": 1.0, "asked": count},
        {"category": "sofa", "ours": 1.0, "theirs": 0.0, "asked": count},
    ]
    assert said["difference"] == 0 and not said["better"]


def test_a_detector_is_judged_by_average_precision_and_shown_where_it_differs() -> None:
    count = 12
    whole = [[(LEFT, "sofa", 0.9), (RIGHT, "lamp", 0.8)] for _ in range(count)]
    blind = [items[:1] for items in whole]
    wild = [[(LEFT, "lamp", 0.7), (RIGHT, "lamp", 0.8)] if n == 3 else items for n, items in enumerate(blind)]
    said = compare(detector(whole), detector(wild), scenes(count))
    assert (said["figure"], said["ours"], said["better"]) == ("map50", 1.0, True)
    by_name = {row["category"]: row for row in said["per_category"]}
    # One lamp of twelve is found, after a false one that is less sure: 101 recall points, the first 9 of them at precision 1.
    assert by_name["lamp"]["theirs"] == pytest.approx(9 / 101)
    assert by_name["sofa"]["theirs"] == pytest.approx(93 / 101, abs=0.02)
    assert {picture["scene"]: picture["gain"] for picture in said["pictures"]} == {
        scene.id: 1 if scene.id != "s3" else 2 for scene in scenes(count)
    }
    [first] = [picture for picture in said["pictures"] if picture["scene"] == "s3"]
    assert [outline["state"] for outline in first["ours"]] == ["right", "right"]
    assert sorted(outline["state"] for outline in first["theirs"]) == ["missed", "right", "wrong"]


def test_what_is_hardly_seen_is_neither_missed_nor_wrong() -> None:
    hidden = ObjectEntry(RIGHT, "lamp", None, 0.05)
    scene = SceneEntry("s", Path("x.png"), (ObjectEntry(LEFT, "sofa", None, 1.0), hidden), "test")
    [outlines] = outlines_of(detector([[(LEFT, "sofa", 0.9), (RIGHT, "lamp", 0.9)]]), [scene])
    assert [outline["state"] for outline in outlines] == ["right"]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="a detector cannot be compared with a embedder"):
        compare(detector([[]]), embedder([[True, True]]), scenes(1))
    with pytest.raises(ValueError, match="evidence of 1 scenes for 2"):
        compare(detector([[]]), detector([[]]), scenes(2))
    with pytest.raises(ValueError, match="evidence of more than 1 scenes"):
        compare(embedder([[True, True]] * 2), embedder([[True, True]] * 2), scenes(1))


def test_evidence_survives_its_file() -> None:
    for evidence in (detector([[(LEFT, "sofa", 0.5)], []]), embedder([[True, False]])):
        assert Evidence.from_record(evidence.record()) == evidence
