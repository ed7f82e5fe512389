"""The weight and the gain of context, on slates made by hand and on a real (tiny) pack."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models_ml.context import ContextModel
from models_ml.context_fit import Slate, Told, fit_weight, gain_of, mean_reciprocal_rank, pack_texts
from models_ml.fit_context import context_path, fit, main, weights_hash
from models_ml.manifest import ManifestError
from models_ml.product_texts import SceneText
from tests.tiny import tiny_detector, tiny_embedder
from tests.tiny_pack import tiny_pack


def told(scene: str, *boxes: tuple[list[float], int, list[float]]) -> Told:
    """Scores, which product is right, and how the products fit the scene's one phrase, for each box."""
    slates = tuple(
        Slate(scene, "sofa", np.arange(len(scores)), np.array(scores, np.float32), np.arange(len(scores)) == right)
        for scores, right, _ in boxes
    )
    return Told(slates, np.array([[fit] for _, _, fits in boxes for fit in fits], np.float32))


HELPED = told("a", ([0.9, 0.8], 1, [0, 1]))
HARMED = told("b", ([0.9, 0.8], 0, [0, 1]))
SILENT = told("c", ([0.9, 0.8], 0, [0, 0]), ([0.9, 0.8], 1, [0, 0]))


def test_the_rank_counts_by_its_reciprocal() -> None:
    scenes = [HELPED, told("d", ([0.9, 0.8, 0.7], 2, [0, 0, 0])), told("e", ([0.9], 5, [0]))]
    assert mean_reciprocal_rank(scenes, 0.0) == pytest.approx((1 / 2 + 1 / 3 + 0) / 3)
    assert mean_reciprocal_rank(scenes, 0.5) == pytest.approx((1 + 1 / 3 + 0) / 3)


def test_the_weight_is_the_smallest_that_helps_most() -> None:
    weight = fit_weight([HELPED, SILENT])
    assert 0.1 < weight < 0.13
    assert fit_weight([HARMED, SILENT]) == 0
    assert fit_weight([]) == 0


def test_the_gain_is_the_difference_of_the_two_recalls() -> None:
    gain = gain_of([HELPED, HELPED, HARMED, SILENT], 0.5, rounds=500)
    assert (gain.without, gain.with_context, gain.n, gain.scenes) == (2 / 5, 3 / 5, 5, 4)
    assert gain.gain == pytest.approx(1 / 5)
    assert gain.low < gain.gain < gain.high


def test_a_sure_gain_has_an_interval_above_nothing() -> None:
    sure = gain_of([HELPED] * 10, 0.5, rounds=200)
    assert (sure.gain, sure.low, sure.high) == (1, 1, 1)
    with pytest.raises(ValueError, match="no box of a known product"):
        gain_of([], 0.5)


def test_it_is_switched_on_by_a_proven_gain_alone() -> None:
    assert fit([HELPED], [HELPED] * 10, embedder="x").on
    assert not fit([HELPED], [HELPED, HARMED] * 5, embedder="x").on
    assert not fit([SILENT], [SILENT] * 10, embedder="x").on


def captioned_pack(folder: Path, *, names: bool) -> Path:
    """The tiny pack with words: each scene names the colours of its products, or nothing that tells them apart."""
    pack = tiny_pack(folder, scenes=12)
    for name in ("products", "scenes"):
        rows = [json.loads(line) for line in (pack / f"{name}.jsonl").read_text().splitlines()]
        for row in rows:
            things = [item["product"] for item in row["objects"]] if name == "scenes" else [row["id"]]
            spoken = [" ".join(reversed(thing.split("-"))) for thing in things]
            row["title"] = " with a ".join(spoken) if names or name == "products" else "A calm room"
        (pack / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return pack


def test_a_pack_gives_its_words(tmp_path: Path) -> None:
    scenes, products = pack_texts(captioned_pack(tmp_path / "pack", names=True))
    assert scenes["s0"] == SceneText(title="red rug with a red lamp")
    assert products["rug-sand"] == "sand rug"
    with pytest.raises(ManifestError, match=r"scenes\.jsonl"):
        pack_texts(tmp_path)


@pytest.mark.parametrize("names", [True, False])
def test_the_command_decides_by_what_the_words_say(
    names: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack, embedder = captioned_pack(tmp_path / "pack", names=names), tiny_embedder(tmp_path)
    main([str(pack), "--embedder", str(embedder), "--json"])
    printed = json.loads(capsys.readouterr().out)
    written = ContextModel.read(context_path(embedder))
    assert written.record() == printed
    assert written.on == (printed["judged"]["low"] > 0)
    assert printed["judged"]["n"] == 6
    if not names:
        assert (written.on, written.weight, printed["judged"]["gain"]) == (False, 0, 0)
    main([str(pack), "--embedder", str(embedder)])
    assert capsys.readouterr().out.startswith("on: " if written.on else "off: ")


def test_the_scenes_that_teach_do_not_judge(tmp_path: Path) -> None:
    pack, embedder = tiny_pack(tmp_path / "pack"), tiny_embedder(tmp_path)
    with pytest.raises(SystemExit, match="can not both teach and judge"):
        main([str(pack), "--embedder", str(embedder), "--judge", "train"])
    with pytest.raises(SystemExit, match="split 'val'"):
        main([str(pack), "--embedder", str(embedder), "--judge", "val"])


def test_the_category_prior_is_fitted_beside_a_detector(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack, embedder = tiny_pack(tmp_path / "pack"), tiny_embedder(tmp_path)
    detector = tiny_detector(tmp_path, ("lamp", "sofa", "vase"))
    main([str(pack), "--embedder", str(embedder), "--detector", str(detector), "--json"])
    printed = json.loads(capsys.readouterr().out)
    written = ContextModel.read(context_path(embedder))
    assert written.record() == printed
    assert printed["named"]["detector"] == weights_hash(detector)
    # On by proof alone: here it is what it may be, with a detector of no skill.
    assert (written.leaning > 0) == (printed["named"]["low"] > 0)
    main([str(pack), "--embedder", str(embedder), "--detector", str(detector)])
    assert f"category prior {written.leaning}" in capsys.readouterr().out
