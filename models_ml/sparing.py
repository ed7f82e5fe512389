"""Faster R-CNN that is not taught falsehoods: what may hold an object that nobody boxed is no background.

Public scenes often have boxes for some objects only, crowds are boxed as one, and some objects are hardly seen. Anchors and
proposals there are neither right nor wrong; torchvision leaves out of the loss what is labelled -1.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork

ENOUGH = 0.5
"""A box lies in an area if that share of it does."""

Target = dict[str, Tensor]
"""Beside ``boxes`` and ``labels``: ``ignored`` (k, 4), areas where anything may be; ``checked`` (m, 4), present only where
boxes are known to be incomplete: the areas in which none is missing. All in pixels."""


def covered(boxes: Tensor, areas: Tensor) -> Tensor:
    """The largest share of each of ``boxes`` (n, 4) that lies in one of ``areas`` (m, 4), ``(n,)`` in [0, 1]."""
    if len(areas) == 0:
        return boxes.new_zeros(len(boxes))
    near = torch.maximum(boxes[:, None, :2], areas[None, :, :2])
    far = torch.minimum(boxes[:, None, 2:], areas[None, :, 2:])
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(1).clamp(min=1e-6)
    return ((far - near).clamp(min=0).prod(2) / whole[:, None]).amax(1)


def unsure(boxes: Tensor, target: Target) -> Tensor:
    """Which of ``boxes`` (n, 4) must not be taken for background, ``(n,)``: those in an ignored area and, where boxes are
    incomplete, those in no area that was checked and in no box that was given."""
    ignored = target.get("ignored")
    answer = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    if ignored is not None and len(ignored):
        answer |= covered(boxes, ignored) >= ENOUGH
    if "checked" in target:
        known = torch.cat([target["boxes"], target["checked"]])
        answer |= covered(boxes, known) < ENOUGH
    return answer


class SparingProposals(RegionProposalNetwork):  # type: ignore[misc]
    """A region proposal network whose negatives are only what is known to be background."""

    def assign_targets_to_anchors(
        self, anchors: list[Tensor], targets: list[Target]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """As torchvision's, with -1 for background that is unsure."""
        labels, boxes = super().assign_targets_to_anchors(anchors, targets)
        for label, some, target in zip(labels, anchors, targets, strict=True):
            label[(label == 0) & unsure(some, target)] = -1
        return labels, boxes


class SparingHeads(RoIHeads):  # type: ignore[misc]
    """Box heads whose negatives are only what is known to be background."""

    targets: list[Target]

    def select_training_samples(
        self, proposals: list[Tensor], targets: list[Target] | None
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
        """As torchvision's; remembers the targets, of which the next function is told only boxes and labels."""
        self.targets = targets or []
        return super().select_training_samples(proposals, targets)  # type: ignore[no-any-return]

    def assign_targets_to_proposals(
        self, proposals: list[Tensor], gt_boxes: list[Tensor], gt_labels: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """As torchvision's, with -1 for background that is unsure."""
        matched, labels = super().assign_targets_to_proposals(proposals, gt_boxes, gt_labels)
        for label, some, target in zip(labels, proposals, self.targets, strict=True):
            label[(label == 0) & unsure(some, target)] = -1
        return matched, labels


def made_sparing(model: FasterRCNN) -> FasterRCNN:
    """The same network, its two samplers of negatives taught to spare what is unsure."""
    # Parts and weights stay as they are; building both anew would repeat every setting of torchvision's constructor.
    model.rpn.__class__ = SparingProposals
    model.roi_heads.__class__ = SparingHeads
    return model
