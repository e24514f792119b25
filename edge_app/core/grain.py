"""Grain: a faint fixed pattern that a photograph is given before it is stylized.

A stylizer draws what it sees. In a clear sky it sees nothing, so it has nothing to make strokes of
(Ulyanov et al. 2016, "Texture Networks", feed noise for that reason). Networks that are trained
with grain grow strokes from it; it is the same in every picture and every run, so that results can
be repeated and video does not boil.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.core.image import Picture

SIDE = 256
"""Of the square that is repeated over the picture, in pixels."""

TILE = Path(__file__).with_suffix(".npy")
"""The square: float32 (SIDE, SIDE). training/grain.py draws it."""


@cache
def tile() -> NDArray[np.float32]:
    """The square that is repeated, (SIDE, SIDE): mean 0, standard deviation 1, seamless."""
    found: NDArray[np.float32] = np.load(TILE)
    found.flags.writeable = False  # it is shared
    return found


def grained(picture: Picture, strength: float) -> Picture:
    """The picture with grain of that standard deviation, cut to [0, 1]; a new array but for 0."""
    if strength == 0:
        return picture
    height, width, channels = picture.shape
    pattern = _rows(strength)
    result = np.empty_like(picture, order="C")
    # Seen as rows of numbers: adding to three channels at a time is five times slower.
    rows, given = (array.reshape(height, width * channels) for array in (result, picture))
    for top in range(0, height, SIDE):
        for left in range(0, width * channels, SIDE * channels):
            part = np.s_[top : top + SIDE, left : left + SIDE * channels]
            shape = rows[part].shape
            np.add(given[part], pattern[: shape[0], : shape[1]], out=rows[part])
    np.clip(rows, 0, 1, out=rows)
    return result


@cache
def _rows(strength: float) -> NDArray[np.float32]:
    """The tile at that strength, the same in red, green and blue: (SIDE, 3 SIDE)."""
    rows = np.repeat(np.float32(strength) * tile(), 3, axis=1)
    rows.flags.writeable = False  # it is shared
    return rows
