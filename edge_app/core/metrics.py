"""How alike two pictures are: figures for parity, benchmarks and tests.

Every function takes two float32 pictures of one shape (height, width, 3) in [0, 1] and computes in
float64.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge_app.core.errors import ImageError
from edge_app.core.image import Picture

PSNR_CEILING_DB = 150.0
"""What identical pictures get: finite, so that it can be written down and averaged. float32
in [0, 1] is spaced by at most 2^-24, which is 144 dB."""

SSIM_SIGMA = 1.5
SSIM_RADIUS = 5
"""An 11x11 Gaussian window of deviation 1.5, as in Wang et al. 2004, section III.B."""


def psnr_db(a: Picture, b: Picture) -> float:
    """Peak signal-to-noise ratio in dB, 10 log10(1 / mean squared error), peak 1.

    At most PSNR_CEILING_DB; NaN where a picture has NaN in it, so that no threshold is passed.

    Raises:
        ImageError: the shapes differ.
    """
    _check_alike(a, b)
    error = float(np.mean(np.square(a.astype(np.float64) - b)))
    if error == 0:
        return PSNR_CEILING_DB
    decibels = -10 * math.log10(error)
    return PSNR_CEILING_DB if decibels > PSNR_CEILING_DB else decibels


def max_abs_diff(a: Picture, b: Picture) -> float:
    """The largest difference of one value anywhere, in [0, 1]; 1/255 is one step of 8 bits.

    Raises:
        ImageError: the shapes differ.
    """
    _check_alike(a, b)
    return float(np.max(np.abs(a.astype(np.float64) - b)))


def ssim(a: Picture, b: Picture) -> float:
    """Structural similarity, mean over positions and channels; 1 for identical pictures.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004),
    formula 13 with K1 = 0.01, K2 = 0.03 and peak 1, on each of R, G and B (the paper: grey only),
    at the positions where the whole window lies inside the picture.

    Raises:
        ImageError: the shapes differ, or a side is smaller than the 11-pixel window.
    """
    _check_alike(a, b)
    if min(a.shape[:2]) <= 2 * SSIM_RADIUS:
        raise ImageError(
            f"SSIM needs at least {2 * SSIM_RADIUS + 1} pixels a side, got "
            f"{a.shape[0]}x{a.shape[1]}"
        )
    x, y = a.astype(np.float64), b.astype(np.float64)
    mean_x, mean_y = _windowed_mean(x), _windowed_mean(y)
    variance_x = _windowed_mean(x * x) - mean_x**2
    variance_y = _windowed_mean(y * y) - mean_y**2
    covariance = _windowed_mean(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    structure = (2 * covariance + c2) / (variance_x + variance_y + c2)
    return float(np.mean(luminance * structure))


def _windowed_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(h, w, c) -> (h - 10, w - 10, c): Gaussian-weighted means, rows first, then columns."""
    offsets = np.arange(-SSIM_RADIUS, SSIM_RADIUS + 1)
    weights = np.exp(-0.5 * (offsets / SSIM_SIGMA) ** 2)
    weights /= weights.sum()
    height, width = (side - 2 * SSIM_RADIUS for side in values.shape[:2])
    rows = sum(w * values[i : i + height] for i, w in enumerate(weights))
    result: NDArray[np.float64] = sum(w * rows[:, i : i + width] for i, w in enumerate(weights))
    return result


def _check_alike(a: Picture, b: Picture) -> None:
    if a.shape != b.shape:
        raise ImageError(f"cannot compare a picture of shape {a.shape} with one of {b.shape}")
