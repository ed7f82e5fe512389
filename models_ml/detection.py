"""Find the objects of a scene: Faster R-CNN with a feature pyramid (Ren et al. 2015, Lin et al. 2017).

detector = Detector.load(Path("showroom/checkpoints/detector"))
[found] = detector.detect([open_image("room.jpg")])
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign, nms

from models_ml import checkpoints
from models_ml.backbones import build_extractor
from models_ml.boxes import from_pixels
from models_ml.configs import check_backbone, check_classes, check_sides, check_whole
from models_ml.types import Detection

SCORE_FLOOR = 0.02
"""Detections under this score are never made: low enough for a full precision-recall curve."""
BATCH = 8
PADDED_TO = 32
"""The network pads the sides of its pictures to a multiple of this."""
ANCHOR_SHAPES = (0.5, 1.0, 2.0)
SMALLEST = {"image_side": 32, "fpn_channels": 1, "head_width": 1, "rpn_proposals": 1, "roi_samples": 1}


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """All that is needed to build the network again; it travels inside the checkpoint.

    ``classes`` fixes their order. ``image_side`` is the longer side in pixels a scene is brought to; ``anchor_sides``
    gives the anchors' sides in pixels, a tuple for each stride (8, 16, 32, 64), all of one length; ``roi_samples`` is
    how many boxes an image the box head learns from; ``frozen_norm`` keeps the backbone's batch norm fixed.
    """

    classes: tuple[str, ...]
    backbone: str = "shufflenet_v2_x1_0"
    image_side: int = 384
    fpn_channels: int = 96
    head_width: int = 256
    rpn_proposals: int = 100
    roi_samples: int = 48
    anchor_sides: tuple[tuple[int, ...], ...] = ((14, 24), (40, 64), (96, 140), (200, 300))
    frozen_norm: bool = False

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> DetectorConfig:
        """Rebuild from the JSON of a sidecar, where tuples have become lists. ValueError where no network can be built of it."""
        check_backbone(record)
        check_classes(record["classes"])
        check_sides(record["anchor_sides"])
        check_whole(record, SMALLEST)
        sides = tuple(tuple(level) for level in record["anchor_sides"])
        return DetectorConfig(**{**record, "classes": tuple(record["classes"]), "anchor_sides": sides})

    def record(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)


def build_detector(config: DetectorConfig) -> FasterRCNN:
    """The network with random weights.

    It takes lists of ``(3, h, w)`` RGB in [0, 1] at their final size; class 0 is the background.
    """
    extractor = build_extractor(config.backbone, frozen_norm=config.frozen_norm)
    body = BackboneWithFPN(
        extractor.body,
        {name: str(level) for level, name in enumerate(extractor.layers)},
        list(extractor.channels),
        config.fpn_channels,
    )
    return FasterRCNN(
        body,
        rpn_anchor_generator=AnchorGenerator(config.anchor_sides, (ANCHOR_SHAPES,) * len(config.anchor_sides)),
        rpn_pre_nms_top_n_train=600,
        rpn_pre_nms_top_n_test=300,
        rpn_post_nms_top_n_train=3 * config.rpn_proposals,
        rpn_post_nms_top_n_test=config.rpn_proposals,
        rpn_batch_size_per_image=128,
        box_roi_pool=MultiScaleRoIAlign(["0", "1", "2"], output_size=7, sampling_ratio=1, canonical_scale=112),
        box_head=TwoMLPHead(config.fpn_channels * 7 * 7, config.head_width),
        box_predictor=FastRCNNPredictor(config.head_width, len(config.classes) + 1),
        box_batch_size_per_image=config.roi_samples,
        box_score_thresh=SCORE_FLOOR,
        # Scenes come at their final size, since the resize inside does not smooth before it shrinks: in training it is
        # skipped, and afterwards it finds nothing to do.
        min_size=config.image_side,
        max_size=config.image_side,
        _skip_resize=True,
    )


def fit_side(image: Image.Image, side: int) -> Image.Image:
    """The RGB picture, brought to ``side`` pixels on its longer side; bilinear, smoothed where it shrinks."""
    return Image.fromarray(fitted(image, side).numpy())


def fitted(image: Image.Image, side: int) -> Tensor:
    """The same as ``(h, w, 3)`` uint8."""
    scale = side / max(image.size)
    width, height = max(round(image.width * scale), 1), max(round(image.height * scale), 1)
    if scale < 0.25:
        image = image.reduce(int(0.5 / scale))
    pixels = torch.from_numpy(np.array(image))
    if (width, height) == image.size:
        return pixels
    # The same pixels as PIL's resize, in half the time.
    rows = pixels.permute(2, 0, 1)[None]
    smaller = functional.interpolate(rows, size=(height, width), mode="bilinear", antialias=True)
    return smaller[0].permute(1, 2, 0).contiguous()


def as_tensor(image: Image.Image) -> Tensor:
    """An RGB picture as ``(3, h, w)`` float32 in [0, 1]."""
    return torch.from_numpy(np.array(image, dtype=np.uint8)).permute(2, 0, 1).float().div_(255)


class Network(Protocol):
    """The network of a detector, however it is run."""

    def __call__(self, pictures: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        """For each picture ``(h, w, 3)`` uint8 its ``boxes`` (k, 4) in pixels, ``scores`` (k,) and ``labels`` (k,) from 1."""


class EagerNetwork:
    """The network as torchvision runs it."""

    def __init__(self, model: FasterRCNN, device: str) -> None:
        self.model, self.device = model.to(device).eval(), device

    def __call__(self, pictures: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        pixels = [picture.to(self.device).permute(2, 0, 1).float().div_(255) for picture in pictures]
        found: list[dict[str, Tensor]] = self.model(pixels)
        return found


class Detector:
    """A trained detector, ready to look at pictures; ``network`` is the model itself unless another runs it."""

    def __init__(
        self, model: FasterRCNN, config: DetectorConfig, *, device: str = "cpu", network: Network | None = None
    ) -> None:
        self.config = config
        self.classes = config.classes
        self.device = device
        self.model = model.to(device).eval()
        self.network = network or EagerNetwork(model, device)

    @classmethod
    def load(cls, path: Path, *, threads: int | None = None, device: str = "cpu") -> Detector:
        """Read the checkpoint ``path``. ``threads`` limits the threads of the whole process; None leaves them alone."""
        if threads is not None:
            torch.set_num_threads(threads)
        state, sidecar = checkpoints.load(path)
        config = detector_config(sidecar, path)
        model = build_detector(config)
        checkpoints.restore(model, state, path)
        return cls(model, config, device=device)

    @torch.inference_mode()
    def detect(
        self,
        images: Sequence[Image.Image],
        *,
        min_score: float = 0.3,
        max_detections: int = 40,
        duplicate_iou: float = 0.75,
        leanings: Sequence[Mapping[str, float]] | None = None,
    ) -> list[list[Detection]]:
        """What stands in each RGB picture, surest first.

        Of boxes that overlap by more than ``duplicate_iou``, whatever their class, only the surest is kept, so that one
        object is not offered as both a sofa and an armchair; 1 keeps all. ``leanings`` are log-odds by class for each picture
        that count in this choice alone: they settle what a thing is, and make nothing appear, vanish or surer.
        """
        pictures = [fitted(image, self.config.image_side) for image in images]
        found: list[list[Detection]] = [[] for _ in pictures]
        for group in _alike(pictures):
            for place, output in zip(group, self.network([pictures[place] for place in group]), strict=True):
                height, width = pictures[place].shape[:2]
                sure = {name: values[output["scores"] >= min_score] for name, values in output.items()}
                keep = nms(sure["boxes"], self._leaning(sure, leanings[place] if leanings else {}), duplicate_iou)
                keep = keep[sure["scores"][keep].argsort(descending=True, stable=True)][:max_detections]
                rows = {name: values[keep].cpu() for name, values in sure.items()}
                found[place] = self._detections(rows, width, height)
        return found

    def _leaning(self, output: dict[str, Tensor], leaning: Mapping[str, float]) -> Tensor:
        """The scores, or where there is a leaning the log-odds with it: what duplicates are told apart by."""
        if not leaning:
            return output["scores"]
        shift = torch.tensor([leaning.get(name, 0.0) for name in self.classes], device=output["scores"].device)
        return output["scores"].logit(eps=1e-6) + shift[output["labels"] - 1]

    def _detections(self, output: dict[str, Tensor], width: int, height: int) -> list[Detection]:
        detections = []
        rows = zip(output["boxes"].tolist(), output["labels"].tolist(), output["scores"].tolist(), strict=True)
        for corners, label, score in rows:
            box = from_pixels(corners, width, height)
            # Rounding can flatten a box at the picture's edge.
            if box.left < box.right and box.top < box.bottom:
                detections.append(Detection(box, self.classes[label - 1], score))
        return detections


def _alike(pictures: Sequence[Tensor]) -> Iterator[list[int]]:
    """Places of pictures that need the same padding, in batches: so that none is seen differently beside others."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, picture in enumerate(pictures):
        groups[-(-picture.shape[1] // PADDED_TO), -(-picture.shape[0] // PADDED_TO)].append(place)
    for places in groups.values():
        yield from (places[start : start + BATCH] for start in range(0, len(places), BATCH))


def detector_config(sidecar: Mapping[str, Any], path: Path) -> DetectorConfig:
    """The config in the sidecar of the checkpoint ``path``; refuses the sidecar of another kind of model."""
    if sidecar.get("kind") != "detector":
        raise checkpoints.CheckpointError(f"{path} is a {sidecar.get('kind')!r}; give a detector's checkpoint")
    try:
        return DetectorConfig.from_record(sidecar["config"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise checkpoints.CheckpointError(
            f"{path}: the sidecar holds no detector's config that this version knows ({error!r}); train it again"
        ) from error
