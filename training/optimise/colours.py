"""Keeping the photograph's colours.

After Gatys et al., *Controlling Perceptual Factors in Neural Style Transfer* (2017), section 5, and
*Preserving Color in Neural Artistic Style Transfer* (2016).

Pictures are (1, 3, H, W), RGB in [0, 1]; luminances (1, 1, H, W), the Y of YIQ.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)

_LEAST_VARIANCE = 1e-4
"""Of a colour direction that is stretched: what a grey painting does not have cannot be matched."""


def luminance(picture: Tensor) -> Tensor:
    """Y of each pixel."""
    return (picture * picture.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def with_luminance(picture: Tensor, values: Tensor) -> Tensor:
    """The picture with another Y, its I and Q as they are; clipped to [0, 1]."""
    return (picture + (values - luminance(picture))).clamp(0, 1)


def match_luminance(painting: Tensor, photo: Tensor) -> Tensor:
    """The painting's Y brought to the mean and deviation of the photograph's."""
    theirs, ours = luminance(painting), luminance(photo)
    spread = ours.std() / theirs.std().clamp_min(_LEAST_VARIANCE**0.5)
    return (theirs - theirs.mean()) * spread + ours.mean()


def recolour(painting: Tensor, photo: Tensor) -> Tensor:
    """The painting in the photograph's colours: mean and covariance of RGB become the latter's.

    x' = C_photo^(1/2) C_painting^(-1/2) (x - mean_painting) + mean_photo, clipped to [0, 1].
    """
    theirs, ours = _moments(painting), _moments(photo)
    matrix = _power(ours[1], 0.5) @ _power(theirs[1], -0.5)
    pixels = painting.detach().cpu().double().flatten(2)[0] - theirs[0]
    moved = (matrix @ pixels + ours[0]).clamp(0, 1)
    return moved.view(painting.shape).to(painting)


def _moments(picture: Tensor) -> tuple[Tensor, Tensor]:
    pixels = picture.detach().cpu().double().flatten(2)[0]
    return pixels.mean(1, keepdim=True), torch.cov(pixels)


def _power(covariance: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    power: Tensor = (vectors * values.clamp_min(_LEAST_VARIANCE) ** exponent) @ vectors.T
    return power
