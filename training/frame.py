"""No frame: what is drawn must not depend on where the photograph was cut.

A network that pads with zeros can tell how far the edge is, and the style's statistics do not say
where its colours belong: it comes to draw those that a photograph has no place for as a frame.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

CUT = (32, 48)
"""Least and most that is cut off each side, in pixels; a multiple of the network's step of 4."""

BAND = 16
"""Width of the part's edge that is compared, in pixels."""

LEAST_CROP = 2 * (CUT[1] + 2 * BAND)
"""Smallest side of a photograph that leaves something within the bands."""


class Part(NamedTuple):
    """A part of a picture, in pixels."""

    top: int
    left: int
    height: int
    width: int

    def of(self, pictures: Tensor) -> Tensor:
        """That part of (B, C, H, W)."""
        rows = slice(self.top, self.top + self.height)
        return pictures[..., rows, self.left : self.left + self.width]


def draw_part(size: tuple[int, int], *, seed: int, step: int) -> Part:
    """The part of a step, cut on all four sides by multiples of 4."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    steps = torch.randint(CUT[0] // 4, CUT[1] // 4 + 1, (4,), generator=generator)
    top, left, bottom, right = (4 * steps).tolist()
    return Part(top, left, size[0] - top - bottom, size[1] - left - right)


def frame(stylized: Tensor, of_part: Tensor, part: Part) -> Tensor:
    """||b(y') - b(y)||^2 / ||y - mean y||^2 over the part's edges, averaged over the batch.

    y is the part of the stylized photographs, whose own edges are far from it, y' the stylized
    part; b averages over squares of BAND x BAND, since strokes may fall otherwise and only colours
    may not. That instance norm sees another picture in the part is taken off: the mean difference
    within the edges.

    Args:
        stylized: (B, 3, H, W); it is taken as right, and no gradient goes through it.
        of_part: (B, 3, part.height, part.width).
        part: where that lies.
    """
    whole = part.of(stylized.detach())
    difference = F.avg_pool2d(of_part - whole, BAND)
    spread = whole.var((1, 2, 3), correction=0)
    inner = difference[..., 1:-1, 1:-1]
    difference = difference - inner.mean((2, 3), keepdim=True)
    edges = torch.ones_like(difference[0, 0])
    edges[1:-1, 1:-1] = 0
    squared = (difference.square() * edges).sum((2, 3)).mean(1) / edges.sum()
    return (squared / (spread + 1e-6)).mean()
