"""Content, style and smoothness as pure functions of features and pictures.

Symbols: F the features of a layer, (B, C, H, W); G their Gram matrix; y the stylized picture,
c the photograph, s the painting. The relative losses are what training uses: a weight means the
same under any teacher and at any layer.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gram(features: Tensor) -> Tensor:
    """Gram matrix per position: G_ij = sum_k F_ik F_jk / (H W); (B, C, H, W) -> (B, C, C).

    Formula 3 of the ResNet-IN paper (Gatys et al. 2016), divided by the number of positions so
    that pictures of different sizes can be compared.
    """
    flat = features.flatten(2)
    return torch.bmm(flat, flat.transpose(1, 2)) / flat.shape[2]


def relative_content(features: Tensor, target: Tensor) -> Tensor:
    """||F(y) - F(c)||^2 / ||F(c) - mean F(c)||^2, averaged over the batch.

    The mean is per channel over positions: a picture without any structure scores 1 at best.
    """
    spread = target - target.mean((2, 3), keepdim=True)
    error = (features - target).square().sum((1, 2, 3))
    return (error / spread.square().sum((1, 2, 3)).clamp_min(_TINY)).mean()


def relative_style(grams: Tensor, target: Tensor) -> Tensor:
    """||G(y) - G(s)||^2 / ||G(s)||^2, averaged over the batch; target is (1, C, C)."""
    error = (grams - target).square().sum((1, 2))
    return (error / target.square().sum((1, 2)).clamp_min(_TINY)).mean()


def paper_content(features: Tensor, target: Tensor) -> Tensor:
    """Formula 2 of the ResNet-IN paper: 1/2 sum (F - M)^2, averaged over the batch."""
    return 0.5 * (features - target).square().sum((1, 2, 3)).mean()


def paper_style(features: Tensor, target: Tensor) -> Tensor:
    """Formula 4: 1 / (4 N^2 M^2) sum (G - A)^2 with G = F F^T, averaged over the batch.

    N is the number of channels and M of positions, as in Gatys et al. 2016, from which the
    formula is taken; the ResNet-IN paper calls them height and width. Both pictures need the
    same number of positions.
    """
    return gatys_style(gram(features), gram(target))


def gatys_style(grams: Tensor, target: Tensor) -> Tensor:
    """`paper_style` of Gram matrices per position, (B, C, C) and (1, C, C).

    1 / (4 N^2 M^2) sum (G - A)^2 is 1 / (4 N^2) sum (G / M - A / M)^2, which is defined for
    pictures of different sizes too.
    """
    return (grams - target).square().sum((1, 2)).mean() / (4 * grams.shape[1] ** 2)


def botero_style(grams: Tensor, target: Tensor, positions: int) -> Tensor:
    """Formula 2 of Botero et al., *Style transfer para imagenes*: a sum (T - S)^2.

    T and S are F F^T, a = 1 / (C H W). Takes Gram matrices per position and the number of
    positions of the picture, so that the painting may be of another size.
    """
    error = (grams - target).square().sum((1, 2)).mean()
    return error * positions**2 / (grams.shape[1] * positions)


def mogharrab_style(grams: Tensor, target: Tensor, positions: int) -> Tensor:
    """Style loss of Mogharrab et al., *Arbitrary Style Transfer*: 1/2 sum (T - A)^2.

    T and A are F F^T; their factor alpha is the weight of the layer. Arguments as `botero_style`.
    """
    return 0.5 * (grams - target).square().sum((1, 2)).mean() * positions**2


def total_variation(pictures: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, both directions added."""
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).square().mean()
    right = (pictures[..., :, 1:] - pictures[..., :, :-1]).square().mean()
    return down + right


_TINY = 1e-12
