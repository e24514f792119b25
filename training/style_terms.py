"""What of a layer's features is matched with the painting's: Gram matrices or statistics.

Each term describes features, (B, C, H, W), by a tensor whose mean over several pictures makes
sense, and measures a relative distance of two descriptions: 0 where they agree, 1 where a picture
has nothing of the painting's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from training.config import StyleTerm
from training.losses import gram, relative_style


class Term(NamedTuple):
    """A way to compare styles."""

    describe: Callable[[Tensor], Tensor]
    """(B, C, H, W) -> (B, M, N)."""
    distance: Callable[[Tensor, Tensor], Tensor]
    """Descriptions of pictures, (B, M, N), and of paintings, (1 or B, M, N) -> mean over B."""


def style_term(kind: StyleTerm) -> Term:
    """The term of that name."""
    return _TERMS[kind]


def moments(features: Tensor) -> Tensor:
    """Mean and standard deviation of each channel over positions: (B, C, H, W) -> (B, 2, C)."""
    flat = features.flatten(2)
    return torch.stack([flat.mean(2), (flat.var(2, correction=0) + _TINY).sqrt()], 1)


def relative_moments(described: Tensor, target: Tensor) -> Tensor:
    """(||m(y) - m(s)||^2 + ||d(y) - d(s)||^2) / (||m(s)||^2 + ||d(s)||^2), averaged over the batch.

    After Li et al. 2017, "Demystifying Neural Style Transfer", made relative.
    """
    return relative_style(described, target)


def gaussian(features: Tensor) -> Tensor:
    """Mean and covariance of the channels: (B, C, H, W) -> (B, 1 + C, C)."""
    flat = features.flatten(2)
    mean = flat.mean(2, keepdim=True)
    centred = flat - mean
    covariance = centred @ centred.transpose(1, 2) / flat.shape[2]
    return torch.cat([mean.transpose(1, 2), covariance], 1)


def relative_wasserstein(described: Tensor, target: Tensor) -> Tensor:
    """Squared 2-Wasserstein distance of Gaussians, relative, averaged over the batch.

    (||m(y) - m(s)||^2 + tr(A + B - 2 (B^1/2 A B^1/2)^1/2)) / (||m(s)||^2 + tr B) with the
    covariances A of the picture and B of the painting (Olkin & Pukelsheim 1982).
    """
    mean, covariance = described[:, 0], described[:, 1:]
    wanted_mean, wanted = target[:, 0], target[:, 1:]
    root = _root(wanted)
    # Only eigenvalues are needed of the product, and their gradient has no differences of
    # eigenvalues in its denominators.
    eigenvalues = torch.linalg.eigvalsh(root @ covariance @ root + _TINY * _eye(wanted))
    cross = eigenvalues.clamp_min(_TINY).sqrt().sum(1)
    trace, wanted_trace = (x.diagonal(dim1=1, dim2=2).sum(1) for x in (covariance, wanted))
    distance = (mean - wanted_mean).square().sum(1) + trace + wanted_trace - 2 * cross
    scale = wanted_mean.square().sum(1) + wanted_trace
    mean_distance: Tensor = (distance / scale.clamp_min(_TINY)).mean()
    return mean_distance


def _root(matrices: Tensor) -> Tensor:
    """Square roots of symmetric positive semidefinite matrices, (B, C, C)."""
    values, vectors = torch.linalg.eigh(matrices.detach())
    root: Tensor = (vectors * values.clamp_min(0).sqrt()[:, None]) @ vectors.transpose(1, 2)
    return root


def _eye(like: Tensor) -> Tensor:
    return torch.eye(like.shape[-1], device=like.device, dtype=like.dtype)


_TINY = 1e-8

_TERMS = {
    StyleTerm.GRAM: Term(gram, relative_style),
    StyleTerm.MOMENTS: Term(moments, relative_moments),
    StyleTerm.WASSERSTEIN: Term(gaussian, relative_wasserstein),
}
