"""What a stylizer is trained to make small: content, style and total variation, in one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from training.config import PHOTOGRAPH, LossConfig
from training.data import resized
from training.features import Teacher, check_layers
from training.lattice import lattice
from training.losses import relative_content, total_variation
from training.style_terms import style_term


class Losses(NamedTuple):
    """The terms, unweighted, and their weighted sum; each a scalar tensor."""

    total: Tensor
    content: Tensor
    style: Tensor
    tv: Tensor
    lattice: Tensor


class Objective:
    """The distance of stylized pictures from paintings' styles and their photographs' content.

    total = content_weight * weighted mean over content layers of the relative content distance
          + style_weight * weighted mean over style layers of the relative style distance
          + tv_weight * total variation + lattice_weight * lattice (training/lattice.py)

    For the style PHOTOGRAPH, the photograph as it is, the relative distance of the pixels takes the
    place of the style distance.

    Args:
        teacher: the network in whose features the distances are taken.
        paintings: {style: (1, 3, H, W)}, RGB in [0, 1].

    Raises:
        TeacherError: a layer that the teacher does not reach.
    """

    def __init__(
        self, teacher: Teacher, paintings: Mapping[str, Tensor], config: LossConfig
    ) -> None:
        wanted = (*config.content_layers, *config.style_layers)
        check_layers(teacher.layers, wanted)
        self.teacher = teacher
        self.config = config
        # A layer that serves both content and style is computed once.
        self._layers = tuple(layer for layer in teacher.layers if layer in wanted)
        self._content_shares = _shares(config.content_layers, config.content_layer_weights)
        self._style_shares = _shares(config.style_layers, config.style_layer_weights)
        self._term = style_term(config.style_term)
        self._styles = {name: self._described(picture) for name, picture in paintings.items()}

    def __call__(
        self, stylized: Tensor, photos: Tensor, styles: Sequence[str] | None = None
    ) -> Losses:
        """The losses of a batch, averaged over its pictures.

        Args:
            stylized: (B, 3, H, W), RGB in [0, 1].
            photos: the photographs they come from, likewise.
            styles: the style of each, B names; where there is one painting alone it may be left
                out.
        """
        config = self.config
        if styles is None:
            styles = [*self._styles] * len(photos)
        assert len(styles) == len(photos)
        with torch.no_grad():
            targets = self.teacher(photos, config.content_layers)
        features = {x: f.float() for x, f in self.teacher(stylized, self._layers).items()}
        content = _weighted(
            self._content_shares,
            {x: relative_content(features[x], y.float()) for x, y in targets.items()},
        )
        style = self._style(features, stylized, photos, styles)
        tv, grid = total_variation(stylized), lattice(stylized)
        total = (
            config.content_weight * content
            + config.style_weight * style
            + config.tv_weight * tv
            + config.lattice_weight * grid
        )
        return Losses(total, content, style, tv, grid)

    def _style(
        self,
        features: Mapping[str, Tensor],
        stylized: Tensor,
        photos: Tensor,
        styles: Sequence[str],
    ) -> Tensor:
        painted = [i for i, name in enumerate(styles) if name != PHOTOGRAPH]
        kept = [i for i, name in enumerate(styles) if name == PHOTOGRAPH]
        style = stylized.new_zeros(())
        if painted:
            distances = {
                layer: self._term.distance(
                    self._term.describe(features[layer][painted]),
                    torch.cat([self._styles[styles[i]][layer] for i in painted]),
                )
                for layer in self._style_shares
            }
            style = style + _weighted(self._style_shares, distances) * (len(painted) / len(styles))
        if kept:
            style = style + relative_content(stylized[kept], photos[kept]) * (
                len(kept) / len(styles)
            )
        return style

    @torch.no_grad()
    def _described(self, painting: Tensor) -> dict[str, Tensor]:
        """{layer: what the style term says of it}, averaged over the painting's scales."""
        scales = self.config.painting_scales
        described: dict[str, Tensor] = {}
        for scale in scales:
            size = [max(_LEAST_SIDE, round(scale * side)) for side in painting.shape[-2:]]
            features = self.teacher(resized(painting, size), self.config.style_layers)
            for layer, f in features.items():
                part = self._term.describe(f.float()) / len(scales)
                described[layer] = described.get(layer, 0) + part
        return described


_LEAST_SIDE = 32
"""Of a painting at a small scale: the deepest layers need a few positions."""


def _shares(layers: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    """Layer -> its share of 1; layers of weight 0 are left out."""
    weights = weights or [1.0] * len(layers)
    return {x: weight / sum(weights) for x, weight in zip(layers, weights, strict=True) if weight}


def _weighted(shares: Mapping[str, float], distances: Mapping[str, Tensor]) -> Tensor:
    return torch.stack([share * distances[layer] for layer, share in shares.items()]).sum()
