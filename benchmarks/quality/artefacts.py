"""What users of style transfer complain of: grids, frames, dots.

Each figure is near 0 for most photographs, grows with the fault, and needs nothing but the picture
itself. A painting's own border or black outlines count too: compare with what the painting has.
Definitions in docs/metrics.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from skimage.color import rgb2gray

from benchmarks.quality.results import Artefacts
from edge_app.core.image import Bytes

PERIODS = (2, 4)
"""Of a stylizer's grid, in pixels: it works at a half and a quarter of the picture's size."""

FRAME = 6
"""Pixels at the edge in which a frame would be seen."""

DOT = 0.35
"""How far a dot is from the median of its neighbourhood, on a scale of 0 to 1."""

_HALF_WIDTH = 8
"""Frequencies on either side of a grid's that it is compared with."""


def artefacts(picture: Bytes) -> Artefacts:
    """Measure all three; uint8 RGB, (H, W, 3), at least 64 pixels a side."""
    return Artefacts(grid_db=grid_db(picture), frame=frame(picture), dots=dots(picture))


def grid_db(picture: Bytes) -> float:
    """How far the strongest grid stands out of its neighbourhood in the spectrum, in dB.

    Luma's power spectrum (Hann window) summed over rows and over columns; power at the frequencies
    1/2 and 1/4 a pixel over the median of the frequencies beside them; the largest ratio.
    """
    luma: NDArray[np.float64] = rgb2gray(picture)
    luma = luma - luma.mean()
    worst = -np.inf
    for axis in (0, 1):
        length = luma.shape[axis] // 8 * 8
        rows = np.take(luma, range(length), axis).swapaxes(0, axis)
        window = np.hanning(length)[:, None]
        power = (np.abs(np.fft.rfft(rows * window, axis=0)) ** 2).sum(1)
        for period in PERIODS:
            at = length // period
            # A window spreads a line over its neighbours, which are no part of the ground.
            beside = np.r_[at - _HALF_WIDTH : at - 2, at + 3 : at + _HALF_WIDTH + 1]
            ground = np.median(power[beside[beside < len(power)]])
            peak = power[at - 1 : at + 2].max()
            worst = max(worst, 10 * np.log10((peak + _TINY) / (ground + _TINY)))
    return float(worst)


def frame(picture: Bytes) -> float:
    """How much the picture's edge differs from what is beside it, more than beside that.

    Mean colours of bands `FRAME` pixels wide along each side: the distance of the outermost from
    the second, less the distance of the second from the third, the largest over the four sides;
    0 to 1, and 0 where the edge changes no more than the picture does further in.
    """
    values = picture.astype(np.float64) / 255
    worst = 0.0
    for side in (values, values[::-1], values.swapaxes(0, 1), values[:, ::-1].swapaxes(0, 1)):
        first, second, third = (
            side[i * FRAME : (i + 1) * FRAME].mean(0) for i in range(3)
        )  # (W, 3): along the side, so that what the picture shows there counts the same
        outer, inner = (np.abs(a - b).mean() for a, b in ((first, second), (second, third)))
        worst = max(worst, float(outer - inner))
    return worst


def dots(picture: Bytes) -> float:
    """Share of pixels that differ by more than `DOT` from their 5x5 neighbourhood's median."""
    luma: NDArray[np.float64] = rgb2gray(picture)
    return float((np.abs(luma - median_filter(luma, 5)) > DOT).mean())


_TINY = 1e-9
