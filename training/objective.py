"""What a stylizer is trained to make small: content, style and total variation, in one number."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.config import LossConfig
from training.losses import gram, relative_content, relative_style, total_variation
from training.teacher import Teacher, check_layers


class Losses(NamedTuple):
    """The terms, unweighted, and their weighted sum; each a scalar tensor."""

    total: Tensor
    content: Tensor
    style: Tensor
    tv: Tensor


class Objective(nn.Module):
    """The distance of stylized pictures from one painting's style and their photographs' content.

    total = content_weight * mean over content layers of the relative content distance
          + style_weight * mean over style layers of the relative style distance
          + tv_weight * total variation

    Args:
        teacher: the network in whose features the distances are taken.
        painting: (1, 3, H, W), RGB in [0, 1].

    Raises:
        TeacherError: a layer that the teacher does not reach.
    """

    def __init__(self, teacher: Teacher, painting: Tensor, config: LossConfig) -> None:
        super().__init__()
        wanted = (*config.content_layers, *config.style_layers)
        check_layers(teacher.layers, wanted)
        self.teacher = teacher
        self.config = config
        # A layer that serves both content and style is computed once.
        self._layers = tuple(layer for layer in teacher.layers if layer in wanted)
        with torch.no_grad():
            features = teacher(painting, config.style_layers)
            self._painting = {layer: gram(f.float()) for layer, f in features.items()}

    def forward(self, stylized: Tensor, photos: Tensor) -> Losses:
        """(B, 3, H, W) stylized and the photographs they come from, RGB in [0, 1]."""
        config = self.config
        with torch.no_grad():
            targets = self.teacher(photos, config.content_layers)
        features = self.teacher(stylized, self._layers)
        content = torch.stack(
            [relative_content(features[x].float(), y.float()) for x, y in targets.items()]
        ).mean()
        style = torch.stack(
            [relative_style(gram(features[x].float()), g) for x, g in self._painting.items()]
        ).mean()
        tv = total_variation(stylized)
        total = (
            config.content_weight * content + config.style_weight * style + config.tv_weight * tv
        )
        return Losses(total, content, style, tv)
