"""Steady video without optical flow: what is nearly the same photograph must give the same picture.

After Element AI's "Stabilizing neural style-transfer for video" (Kahl & Bertrand 2018), who add
noise; here the photograph is shifted too, by less than the network's steps of four pixels, since
hands and tripods move.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from training.data import Part
from training.losses import relative_content

NOISE = 0.03
"""Largest standard deviation of the noise, on a scale of 0 to 1: a phone's camera in a room."""

MAX_SHIFT = 3
"""Pixels."""

_BORDER = 16
"""Pixels at the edges that are not compared: there the shifted photograph shows its other side."""


class Disturbed(NamedTuple):
    """Photographs with noise, shifted."""

    pictures: Tensor
    """(B, 3, H, W)."""
    shift: tuple[int, int]
    """(down, right), in pixels."""


def disturbed(photos: Tensor, *, seed: int, step: int, part: Part = (0, 1)) -> Disturbed:
    """The disturbance of a step: one shift, and noise by the photograph's place in the batch.

    Args:
        photos: this process's share of the batch, (B, 3, H, W).
        seed: of the training.
        step: of it.
        part: which share of how many; the noise is what one process would draw for all.
    """
    rank, processes = part
    rng = np.random.default_rng((seed, step, 2))
    down, right = rng.integers(-MAX_SHIFT, MAX_SHIFT, size=2, endpoint=True).tolist()
    amount = NOISE * rng.random()
    # Where the photographs are: a GPU need not wait for it.
    generator = torch.Generator(photos.device).manual_seed(seed * 1_000_003 + step)
    whole = (processes * len(photos), *photos.shape[1:])
    noise = torch.randn(whole, generator=generator, device=photos.device)[rank::processes]
    shifted = photos.roll((down, right), (2, 3))
    return Disturbed((shifted + amount * noise).clamp(0, 1), (down, right))


def unsteadiness(stylized: Tensor, from_disturbed: Tensor, shift: tuple[int, int]) -> Tensor:
    """||D(y') - y||^2 / ||y - mean y||^2, averaged over the batch; 0 is steady.

    y are the stylized photographs, y' the stylized disturbed ones, D takes the shift back.
    """
    down, right = shift
    back = from_disturbed.roll((-down, -right), (2, 3))
    inner = (..., slice(_BORDER, -_BORDER), slice(_BORDER, -_BORDER))
    return relative_content(back[inner], stylized[inner])
