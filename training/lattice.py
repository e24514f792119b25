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
    with torch.autocast(pictures.device.type, enabled=False):
        y = pictures.to(torch.complex64)
        height, width = y.shape[-2:]
        above = {u: _windows(height, u, y) @ y for u in {u for u, _ in _FREQUENCIES}}
        beside = {v: _windows(width, v, y).T for v in {v for _, v in _FREQUENCIES}}
        powers = [(above[u] @ beside[v]).abs().square().mean() for u, v in _FREQUENCIES]
        return torch.stack(powers).sum()


def _windows(length: int, quarters: int, like: Tensor) -> Tensor:
    """Half overlapping Hann windows of mean 1, modulated: (windows, length), complex."""
    size = min(WINDOW, length // 4 * 4)
    hann = torch.hann_window(size, device=like.device)
    starts = range(0, length - size + 1, max(4, size // 2 // 4 * 4))
    windows = torch.zeros(len(starts), length, dtype=like.dtype, device=like.device)
    for row, start in enumerate(starts):
        windows[row, start : start + size] = hann / hann.sum()
    phase = -0.5 * math.pi * quarters * torch.arange(length, device=like.device)
    return windows * torch.polar(torch.ones_like(phase), phase)
