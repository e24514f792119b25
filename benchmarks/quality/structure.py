"""What is left of a photograph's drawing: total variation, SSIM, edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2gray
from skimage.filters import gaussian, sobel
from skimage.metrics import structural_similarity

from benchmarks.quality.results import Structure
from edge_app.core.image import Bytes
from edge_app.core.metrics import SSIM_SIGMA
from training.data import to_tensor
from training.losses import total_variation

EDGE_SIGMA = 1.0
"""Blur before the gradients, in pixels: brush strokes one pixel wide are texture, not edges."""

_FLAT = 1e-6
"""A deviation of gradients below this is rounding: the picture has no edges."""


def structure(picture: Bytes, photo: Bytes) -> Structure:
    """Both uint8 RGB of one size, (H, W, 3)."""
    return Structure(
        total_variation=variation(picture),
        photo_total_variation=variation(photo),
        ssim=luma_ssim(picture, photo),
        edges=edge_correlation(picture, photo),
    )


def variation(picture: Bytes) -> float:
    """Mean squared difference of neighbouring values in [0, 1], down and right added."""
    return float(total_variation(to_tensor(picture)))


def luma_ssim(picture: Bytes, photo: Bytes) -> float:
    """SSIM (Wang et al. 2004, with its Gaussian window) of luma: a new colour is no fault here."""
    return float(
        structural_similarity(
            _luma(picture),
            _luma(photo),
            data_range=1.0,
            gaussian_weights=True,
            sigma=SSIM_SIGMA,
            use_sample_covariance=False,
        )
    )


def edge_correlation(picture: Bytes, photo: Bytes) -> float:
    """Pearson's correlation of the Sobel gradients' lengths, -1 to 1; 0 where one has no edges.

    After Sattar et al. 1997, who correlate Laplacians; gradients depend less on fine texture, and
    their lengths not on which side of an edge is brighter.
    """
    ours, theirs = _gradients(picture), _gradients(photo)
    if min(ours.std(), theirs.std()) < _FLAT:
        return 0.0
    return float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])


def _gradients(picture: Bytes) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = sobel(gaussian(_luma(picture), EDGE_SIGMA))
    return lengths


def _luma(picture: Bytes) -> NDArray[np.float64]:
    luma: NDArray[np.float64] = rgb2gray(picture)
    return luma
