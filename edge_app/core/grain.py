"""Grain: a faint fixed pattern that a photograph is given before it is stylized.

A stylizer draws what it sees. In a clear sky it sees nothing, so it has nothing to make strokes of
(Ulyanov et al. 2016, "Texture Networks", feed noise for that reason). Networks that are trained
with grain grow strokes from it; it is the same in every picture and every run, so that results can
be repeated and video does not boil.

The pattern is a seamless tile of SIDE pixels: a smaller one is seen to repeat in a large sky. Its
waves are 8 pixels long and longer, so half the size tells them all, and the file has no more.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge_app.core.image import Picture

SIDE = 1024
"""Of the square that is repeated over the picture, in pixels."""

TILE = Path(__file__).with_suffix(".npy")
"""The square at half its size, int8 (SIDE / 2, SIDE / 2), which Lanczos' filter enlarges: its
numbers lie between the square's pixels. training/grain.py draws it."""

STEP = 1 / 28.24
"""What 1 in the enlarged file is, in standard deviations of the pattern. The file's own deviation
is 28; the filter adds 0.85 %."""

_RIM = 4
"""What the filter sees beyond a part, in rows and columns of the file."""


def tile(height: int = SIDE, width: int = SIDE) -> NDArray[np.float32]:
    """The upper left part of the pattern, (height, width): mean 0, standard deviation 1.

    Beyond SIDE it repeats.
    """
    rows, columns = (np.arange(-_RIM, -(-side // 2) + _RIM) for side in (height, width))
    coarse = _coarse().take(rows, 0, mode="wrap").take(columns, 1, mode="wrap")
    between = Image.fromarray(coarse.astype(np.float32)).resize(
        (2 * len(columns), 2 * len(rows)), Image.Resampling.LANCZOS
    )
    part = np.asarray(between)[2 * _RIM :, 2 * _RIM :][:height, :width]
    found: NDArray[np.float32] = part * np.float32(STEP)
    return found


def grained(picture: Picture, strength: float) -> Picture:
    """The picture with grain of that standard deviation, cut to [0, 1]; a new array but for 0."""
    if strength == 0:
        return picture
    height, width, channels = picture.shape
    result = np.empty_like(picture, order="C")
    # Seen as rows of numbers: adding to three channels at a time is five times slower.
    rows, given = (array.reshape(height, width * channels) for array in (result, picture))
    pattern = _rows(strength, min(height, SIDE), min(width, SIDE))
    for top in range(0, height, SIDE):
        for left in range(0, width * channels, SIDE * channels):
            place = np.s_[top : top + SIDE, left : left + SIDE * channels]
            part = rows[place]
            np.add(given[place], pattern[: part.shape[0], : part.shape[1]], out=part)
            np.clip(part, 0, 1, out=part)
    return result


@lru_cache(maxsize=1)
def _rows(strength: float, height: int, width: int) -> NDArray[np.float32]:
    """The pattern at that strength, the same in red, green and blue: (height, 3 width)."""
    rows = np.repeat(np.float32(strength) * tile(height, width), 3, axis=1)
    rows.flags.writeable = False  # it is shared
    return rows


@cache
def _coarse() -> NDArray[np.int8]:
    found: NDArray[np.int8] = np.load(TILE)
    return found
