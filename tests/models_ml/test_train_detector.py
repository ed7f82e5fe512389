from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models_ml import checkpoints
from models_ml.detection import Detector
from models_ml.images import ImageError, open_image
from models_ml.initial_weights import start_from_detector
from models_ml.manifest import Manifest
from models_ml.schedule import Progress
from models_ml.train_detector import DetectorTrainee, TrainConfig, main, train_detector
from tests.models_ml.packs import rectangle_pack
from tests.tiny import tiny_detector, tiny_detector_config, tiny_embedder
from tests.tiny_pack import tiny_pack


def tiny_training(*, steps: int = 3, **changes: object) -> TrainConfig:
    model = tiny_detector_config([])
    return replace(TrainConfig(model=model, steps=steps, batch=2), **changes)


def pack(tmp_path: Path, scenes: int = 8, test: int = 2, names: Sequence[str] = ("lamp", "sofa")) -> Manifest:
    return Manifest.read(rectangle_pack(tmp_path / "pack", scenes, test=test, names=names))


def test_it_works(tmp_path: Path) -> None:
    manifest = pack(tmp_path)
    events: list[Progress] = []
    report = train_detector(tiny_training(), [manifest], tmp_path / "out", on_progress=events.append)
    assert [e.step for e in events] == [1, 2, 3]
    assert (report.steps, report.stopped, report.metrics["scenes"]) == (3, False, 2)
    detector = Detector.load(report.checkpoint)
    assert detector.classes == ("lamp", "sofa")
    assert len(detector.detect([open_image(manifest.scenes[0].image)])) == 1
    sidecar = checkpoints.read_sidecar(report.checkpoint)
    assert sidecar["manifest_hash"] == manifest.hash
    assert sidecar["metrics"] == report.metrics
    assert sidecar["initial_weights"] is None
    assert str(tmp_path) not in (tmp_path / "out.json").read_text()


@pytest.mark.slow
def test_it_learns_where_coloured_rectangles_stand(tmp_path: Path) -> None:
    events: list[Progress] = []
    config = tiny_training(steps=40, batch=4, learning_rate=6e-3)
    train_detector(config, [pack(tmp_path, scenes=32)], tmp_path / "out", on_progress=events.append)

    def mean(part: str, some: list[Progress]) -> float:
        return sum(e.losses[part] for e in some) / len(some)

    assert mean("objectness", events[-10:]) < 0.25 * mean("objectness", events[:3])
    assert mean("classifier", events[-10:]) < 0.8 * mean("classifier", events[:3])


def test_a_run_cut_short_and_resumed_is_the_run_in_one_piece(tmp_path: Path) -> None:
    manifest = pack(tmp_path)
    config = tiny_training(steps=6)
    whole = train_detector(config, [manifest], tmp_path / "whole")
    seen: list[int] = []
    first = train_detector(
        config,
        [manifest],
        tmp_path / "cut",
        on_progress=lambda p: seen.append(p.step),
        should_stop=lambda: len(seen) == 3,
    )
    assert (first.stopped, first.steps) == (True, 3)
    assert Detector.load(first.checkpoint).classes == ("lamp", "sofa")
    second = train_detector(
        replace(config, resume=True), [manifest], tmp_path / "cut", on_progress=lambda p: seen.append(p.step)
    )
    assert seen == [1, 2, 3, 4, 5, 6]
    assert second.steps == whole.steps
    one, two = checkpoints.load(tmp_path / "whole")[0], checkpoints.load(tmp_path / "cut")[0]
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not list(tmp_path.glob("*.resume.pt"))


def test_resuming_on_other_data_is_refused(tmp_path: Path) -> None:
    config = tiny_training()
    train_detector(config, [pack(tmp_path)], tmp_path / "out", should_stop=lambda: True)
    other = Manifest.read(rectangle_pack(tmp_path / "other", 8, seed=1))
    with pytest.raises(ValueError, match="belongs to other data"):
        train_detector(replace(config, resume=True), [other], tmp_path / "out")


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    manifest = pack(tmp_path)
    prints = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train_detector(tiny_training(seed=seed), [manifest], tmp_path / name)
        prints.append(checkpoints.read_sidecar(tmp_path / name)["weights_sha256"])
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_repeats_make_a_manifest_count_more(tmp_path: Path) -> None:
    one = Manifest.read(rectangle_pack(tmp_path / "one", 4))
    two = Manifest.read(rectangle_pack(tmp_path / "two", 2, seed=1))
    config = replace(tiny_training(), steps=None, epochs=1.0, repeats=(1, 3))
    assert train_detector(config, [one, two], tmp_path / "out").steps == 5
    with pytest.raises(ValueError, match="1 repeats for 2 manifests"):
        train_detector(replace(config, repeats=(1,)), [one, two], tmp_path / "out")


def test_a_detector_goes_on_from_a_detector_and_keeps_its_classes(tmp_path: Path) -> None:
    manifest = pack(tmp_path)
    old = tiny_detector(tmp_path, ["lamp", "rug", "sofa"])
    config = tiny_training(weights=checkpoints.paths(old)[0])
    report = train_detector(config, [manifest], tmp_path / "out")
    sidecar = checkpoints.read_sidecar(report.checkpoint)
    assert Detector.load(report.checkpoint).classes == ("lamp", "rug", "sofa")
    assert sidecar["initial_weights"] == {
        "sha256": checkpoints.read_sidecar(old)["weights_sha256"],
        "name": "looktag detector",
        "initial_weights": None,
    }


def test_new_classes_take_along_what_was_learned_of_the_old(tmp_path: Path) -> None:
    old = tiny_detector(tmp_path, ["lamp", "rug"])
    before, _ = checkpoints.load(old)
    with pytest.raises(ValueError, match="does not know bed; give --adapt"):
        start_from_detector(old, ["bed", "rug"], adapt=False)
    start = start_from_detector(old, ["bed", "rug"], adapt=True)
    after = start.model.state_dict()
    assert start.config.classes == ("bed", "rug")
    scores, boxes = "roi_heads.box_predictor.cls_score.weight", "roi_heads.box_predictor.bbox_pred.bias"
    assert torch.equal(after[scores][[0, 2]], before[scores][[0, 2]])
    assert torch.equal(after[boxes][8:12], before[boxes][8:12])
    assert not torch.equal(after[scores][1], before[scores][1])
    assert torch.equal(after["rpn.head.cls_logits.weight"], before["rpn.head.cls_logits.weight"])


def test_a_foreign_backbone_needs_its_credit_and_the_sidecar_keeps_it(tmp_path: Path) -> None:
    manifest = pack(tmp_path)
    body, _ = checkpoints.load(tiny_detector(tmp_path, ["lamp"]))
    weights = {n.removeprefix("backbone.body."): t for n, t in body.items() if n.startswith("backbone.body.")}
    torch.save(weights, tmp_path / "backbone.pt")
    config = tiny_training(weights=tmp_path / "backbone.pt")
    with pytest.raises(ValueError, match="need their name and licence"):
        train_detector(config, [manifest], tmp_path / "out")
    config = replace(config, weights_name="Net (someone)", weights_licence="MIT", freeze=("backbone.body",))
    report = train_detector(config, [manifest], tmp_path / "out")
    credit = checkpoints.read_sidecar(report.checkpoint)["initial_weights"]
    assert isinstance(credit, dict)
    assert (credit["name"], credit["licence"], len(credit["sha256"])) == ("Net (someone)", "MIT", 64)
    assert str(tmp_path) not in (tmp_path / "out.json").read_text()
    kept = checkpoints.load(report.checkpoint)[0]["backbone.body.layer1.conv1.weight"]
    assert torch.allclose(kept, weights["layer1.conv1.weight"], atol=1e-3)


def test_an_embedders_body_starts_a_detector(tmp_path: Path) -> None:
    path = tiny_embedder(tmp_path)
    body, notes = checkpoints.load(path)
    config = tiny_training(weights=checkpoints.paths(path)[0], freeze=("backbone.body",), steps=1)
    report = train_detector(config, [pack(tmp_path)], tmp_path / "out")
    state, sidecar = checkpoints.load(report.checkpoint)
    for name in ("layer1.conv1.weight", "layer2.bn1.running_mean"):
        assert torch.equal(state[f"backbone.body.{name}"], body[f"body.{name}"])
    origin = sidecar["initial_weights"]
    assert isinstance(origin, dict)
    assert (origin["name"], origin["sha256"]) == ("looktag embedder", notes["weights_sha256"])


def test_pixels_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    trainee = DetectorTrainee(tiny_training(), [pack(tmp_path)])
    images, targets = trainee.scenes[0]
    images[1][0, 3, 4] = float("nan")
    with pytest.raises(ImageError, match="picture 1 of the batch holds pixels that are no numbers"):
        trainee.losses((images, targets))


def test_photos_and_bfloat16_train_too(tmp_path: Path) -> None:
    manifest = Manifest.read(tiny_pack(tmp_path / "photos"))
    config = tiny_training(steps=2, photos=0.5, precision="bfloat16")
    report = train_detector(config, [manifest], tmp_path / "out")
    assert checkpoints.read_sidecar(report.checkpoint)["training"]["photos"] == 0.5


def test_freezing_nothing_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no weight's name begins with"):
        train_detector(tiny_training(freeze=("backbone.stem",)), [pack(tmp_path)], tmp_path / "out")


def test_a_pack_without_train_scenes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no scenes to train on"):
        train_detector(tiny_training(), [pack(tmp_path, scenes=2, test=2)], tmp_path / "out")


def test_the_command_line_trains(tmp_path: Path) -> None:
    rectangle_pack(tmp_path / "pack", 3, test=1)
    arguments = (
        f"--manifest {tmp_path}/pack --out {tmp_path}/out --backbone resnet10_tiny --side 64 --steps 1 --batch 1"
        " --scales 0.5 1.2 --evaluate-every 1 --save-every 60 --repeat 2 --threads 1 --rate 1e-3"
    )
    main(arguments.split())
    assert Detector.load(tmp_path / "out").config.backbone == "resnet10_tiny"
