"""Against the grid: patterns that repeat every two or four pixels all over a picture.

A stylizer works at a half and a quarter of the picture's size. Where the photograph shows nothing,
it can only repeat one pattern every four pixels, and a style loss that asks for fine detail makes
it do so: skies become a weave. Photographs and paintings have next to nothing at these frequencies.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

WINDOW = 64
"""Pixels over which a pattern must hold to count: shorter strokes and edges average out."""

_FREQUENCIES = ((0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (2, 2))
"""(down, right), in quarters of a cycle a pixel; the others are mirror images of these."""


def lattice(pictures: Tensor) -> Tensor:
    """Mean power of what repeats every two or four pixels; a scalar.

    For each frequency (u, v), multiples of 1/4 a pixel but (0, 0), the picture is shifted in
    frequency, so that the pattern becomes constant, and averaged under a Hann window w:
    sum over (u, v) of mean |w * (y exp(-2 pi i (u r + v c)))|^2. About 2e-5 for photographs and
    paintings, 1e-4 where a grid is seen in skies.

    Args:
        pictures: (B, 3, H, W), RGB in [0, 1].
    """
    height, width = pictures.shape[-2:]
    with torch.autocast(pictures.device.type, enabled=False):
        # All frequencies in two products; the picture itself stays real in the first, large one.
        down, right = _windows(height, 3, pictures), _windows(width, 4, pictures)
        above = torch.cat([down.real, down.imag]) @ pictures.float()
        above = torch.complex(*above.chunk(2, dim=-2))
        power = (above @ right.T).abs().square().mean((0, 1))
        means = power.reshape(3, len(power) // 3, 4, -1).mean((1, 3))
        return torch.stack([means[u, v] for u, v in _FREQUENCIES]).sum()


def _windows(length: int, frequencies: int, like: Tensor) -> Tensor:
    """Half overlapping Hann windows of mean 1, modulated by 0, 1, ... quarters of a cycle.

    (frequencies * windows, length), complex.
    """
    size = min(WINDOW, length // 4 * 4)
    hann = torch.hann_window(size, device=like.device)
    starts = range(0, length - size + 1, max(4, size // 2 // 4 * 4))
    windows = torch.zeros(len(starts), length, device=like.device)
    for row, start in enumerate(starts):
        windows[row, start : start + size] = hann / hann.sum()
    quarters = torch.arange(frequencies, device=like.device)[:, None]
    phase = -0.5 * math.pi * quarters * torch.arange(length, device=like.device)
    waves = torch.polar(torch.ones_like(phase), phase)
    return (waves[:, None] * windows).flatten(0, 1)
