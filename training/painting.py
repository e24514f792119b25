"""The painting as the style to learn: read, checked, brought to the size it is studied at."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from edge_app.core.errors import ImageError
from training.data import read_tensor

MIN_SIDE = 32
"""Short side at which the deepest layers still have a few positions to reflect."""

MIN_CONTRAST = 0.01
"""Standard deviation of the pixels, on a scale of 0 to 1, below which there is nothing to learn."""


def read_painting(path: Path, *, crop: int, size: int) -> Tensor:
    """The painting as (1, 3, H, W), its long side brought down to `size`.

    Raises:
        ImageError: it cannot be read, is smaller than a training crop, or nearly of one colour.
    """
    painting = read_tensor(path, long_side=size)
    height, width = painting.shape[-2:]
    if max(height, width) < min(crop, size):
        raise ImageError(
            f"{path}: the painting is {width}x{height} pixels, smaller than a training crop of "
            f"{crop}; use a larger picture, or a smaller --crop"
        )
    if min(height, width) < MIN_SIDE:
        raise ImageError(
            f"{path}: the painting is {width}x{height} pixels at --style-size {size}; at least "
            f"{MIN_SIDE} a side are needed: use a part of it, or a larger --style-size"
        )
    found = contrast(painting)
    if found < MIN_CONTRAST:
        raise ImageError(
            f"{path}: the painting is nearly of one colour (its pixels differ by {found:.4f} "
            f"of full scale; at least {MIN_CONTRAST} is expected): there is no style to learn in it"
        )
    return painting


def contrast(painting: Tensor) -> float:
    """The largest standard deviation of a channel of (1, 3, H, W)."""
    return float(painting.std((2, 3)).max())
