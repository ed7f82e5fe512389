"""A Faster R-CNN cut into the two parts that a runtime can make fast, and what stands between them.

pictures ▸ **pyramid** (backbone, FPN, RPN head) ▸ proposals ▸ RoIAlign ▸ **heads** (box head, classes, boxes) ▸ detections

Between the parts the number of boxes varies from picture to picture; there the steps are torchvision's, done for all
pictures of a batch at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import MultiScaleRoIAlign, batched_nms, clip_boxes_to_image, remove_small_boxes

from models_ml.roi_align import GatheredRoIAlign
from models_ml.runtimes import Runtime

PADDING = (124, 116, 104)
"""The mean colour, nearly 0 after normalisation: what torchvision pads with."""


class Pyramid(nn.Module):
    """Backbone, pyramid and RPN head."""

    mean: Tensor
    spread: Tensor

    def __init__(self, model: FasterRCNN) -> None:
        super().__init__()
        self.backbone, self.head = model.backbone, model.rpn.head
        self.register_buffer("mean", torch.tensor(model.transform.image_mean).view(3, 1, 1))
        self.register_buffer("spread", torch.tensor(model.transform.image_std).view(3, 1, 1))

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """``(n, h, w, 3)`` uint8 to the maps of all levels, then all levels' objectness, then all levels' box deltas."""
        pixels = pictures.permute(0, 3, 1, 2).float() / 255
        maps = list(self.backbone((pixels - self.mean) / self.spread).values())
        objectness, deltas = self.head(maps)
        return (*maps, *objectness, *deltas)


class Heads(nn.Module):
    """What is said of each RoI."""

    def __init__(self, model: FasterRCNN) -> None:
        super().__init__()
        self.box_head, self.box_predictor = model.roi_heads.box_head, model.roi_heads.box_predictor

    def forward(self, pooled: Tensor) -> tuple[Tensor, ...]:
        """``(k, channels, 7, 7)`` to the logits of background and classes ``(k, c)`` and the box deltas ``(k, 4 c)``."""
        logits, boxes = self.box_predictor(self.box_head(pooled))
        return logits, boxes


class PartedDetector:
    """The network of a detector, its parts made by ``runtime`` and kept under ``folder``."""

    def __init__(self, model: FasterRCNN, runtime: Runtime, folder: Path, *, side: int) -> None:
        self.model, self.device = model.eval(), runtime.device
        self.pool = _pooling(model.roi_heads.box_roi_pool)
        self.names = [*self.pool.featmap_names, "coarsest"]
        self.anchors = model.rpn.anchor_generator
        pictures = torch.zeros((2, side, side, 3), dtype=torch.uint8)
        self.pyramid = runtime.compile(Pyramid(model), pictures, (0, 1, 2), folder / "pyramid")
        channels = model.backbone.out_channels
        self.heads = runtime.compile(
            Heads(model), torch.zeros((2, channels, *self.pool.output_size)), (0,), folder / "heads"
        )

    def __call__(self, pictures: Sequence[Tensor]) -> list[dict[str, Tensor]]:
        """As :class:`models_ml.detection.Network` asks."""
        sizes = [(picture.shape[0], picture.shape[1]) for picture in pictures]
        batch = padded(pictures).to(self.device)
        outputs = self.pyramid(batch)
        levels = len(outputs) // 3
        maps, objectness, deltas = outputs[:levels], outputs[levels : 2 * levels], outputs[2 * levels :]
        proposals = self._proposals(batch, sizes, maps, objectness, deltas)
        pooled = self.pool(dict(zip(self.names, maps, strict=True)), proposals, sizes)
        logits, boxes = self.heads(pooled.contiguous())
        found = self.model.roi_heads.postprocess_detections(logits, boxes, proposals, sizes)
        return [{"boxes": b, "scores": s, "labels": i} for b, s, i in zip(*found, strict=True)]

    def _proposals(
        self,
        batch: Tensor,
        sizes: Sequence[tuple[int, int]],
        maps: Sequence[Tensor],
        objectness: Sequence[Tensor],
        deltas: Sequence[Tensor],
    ) -> list[Tensor]:
        """The RPN's proposals for each picture, surest first: ``(<= rpn_proposals, 4)`` in pixels.

        As torchvision does it, save that only the boxes that are asked about are worked out.
        """
        rpn = self.model.rpn
        frames = ImageList(batch.permute(0, 3, 1, 2), list(sizes))
        anchors = _by_level(self.anchors, frames, maps)
        scores, boxes, levels = [], [], []
        for level, (score, delta) in enumerate(zip(objectness, deltas, strict=True)):
            flat = score.permute(0, 2, 3, 1).flatten(1)
            best, picked = flat.topk(min(rpn.pre_nms_top_n(), flat.shape[1]), dim=1)
            places, shapes = score.shape[2] * score.shape[3], delta.shape[1] // 4
            moves = delta.view(len(batch), shapes, 4, places).permute(0, 3, 1, 2).flatten(1, 2)
            chosen = moves.gather(1, picked[..., None].expand(-1, -1, 4))
            decoded = rpn.box_coder.decode(chosen.flatten(0, 1), [anchors[level][picked].flatten(0, 1)])
            scores.append(best)
            boxes.append(decoded.view(len(batch), -1, 4))
            levels.append(torch.full((best.shape[1],), level, device=batch.device))
        rows = zip(torch.cat(boxes, 1), torch.cat(scores, 1).sigmoid(), sizes, strict=True)
        return [self._thinned(own, sure, torch.cat(levels), size) for own, sure, size in rows]

    def _thinned(self, boxes: Tensor, scores: Tensor, levels: Tensor, size: tuple[int, int]) -> Tensor:
        rpn = self.model.rpn
        boxes = clip_boxes_to_image(boxes, size)
        keep = remove_small_boxes(boxes, rpn.min_size)
        boxes, scores, levels = boxes[keep], scores[keep], levels[keep]
        return boxes[batched_nms(boxes, scores, levels, rpn.nms_thresh)[: rpn.post_nms_top_n()]]


def padded(pictures: Sequence[Tensor]) -> Tensor:
    """Pictures ``(h, w, 3)`` as one batch, each at the top left of its place, sides rounded up to multiples of 32."""
    height, width = (-(-max(picture.shape[axis] for picture in pictures) // 32) * 32 for axis in (0, 1))
    if all(picture.shape[:2] == (height, width) for picture in pictures):
        return torch.stack(list(pictures))
    batch = torch.tensor(PADDING, dtype=torch.uint8).repeat(len(pictures), height, width, 1)
    for place, picture in zip(batch, pictures, strict=True):
        place[: picture.shape[0], : picture.shape[1]] = picture
    return batch


def _pooling(plain: MultiScaleRoIAlign) -> MultiScaleRoIAlign:
    """The same pooling, faster where it takes one sample a bin."""
    if plain.sampling_ratio != 1:
        return plain
    size, scale, level = plain.output_size, plain.canonical_scale, plain.canonical_level
    return GatheredRoIAlign(plain.featmap_names, size, 1, canonical_scale=scale, canonical_level=level)


def _by_level(generator: AnchorGenerator, frames: ImageList, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The anchors of each level ``(places * shapes, 4)`` in pixels."""
    anchors: Tensor = generator(ImageList(frames.tensors, frames.image_sizes[:1]), list(maps))[0]
    counts = [
        level.shape[2] * level.shape[3] * shapes
        for level, shapes in zip(maps, generator.num_anchors_per_location(), strict=True)
    ]
    return torch.split(anchors, counts)
