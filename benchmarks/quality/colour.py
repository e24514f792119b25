"""How far the colours of one picture are from those of another, wherever they lie in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from edge_app.core.image import Bytes

Palette = NDArray[np.float64]
"""(QUANTILES, DIRECTIONS): a picture's colours as seen from many sides, sorted; no places."""

DIRECTIONS = 64
"""Projections of colour space; the distances are within 2 % of those of 4,096."""

QUANTILES = 1024
"""Points at which two pictures' projected colours are compared, however many pixels each has."""

SAMPLES = 8192
"""Pixels that are looked at, evenly spread."""


def palette(picture: Bytes) -> Palette:
    """The colours of uint8 RGB (H, W, 3)."""
    pixels = picture.reshape(-1, 3)
    chosen = np.linspace(0, len(pixels) - 1, min(SAMPLES, len(pixels))).astype(np.intp)
    # A row of pixels is one more axis to scikit-image, which wants none less.
    projected = np.sort(rgb2lab(pixels[chosen][None])[0] @ _sphere(DIRECTIONS).T, axis=0)
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    values: Palette = projected[(levels * len(projected)).astype(np.intp)]
    return values


def colour_distance(a: Palette, b: Palette) -> float:
    """Sliced Wasserstein distance of two colour histograms, in steps of CIELAB (Delta E 1976).

    Twice the mean over directions u of the distance between the sorted projections <colour, u>
    (Rabin et al. 2011): of two pictures of one colour each it is the distance of these colours.
    There are no bins; a colour that moves a little costs a little.
    """
    return float(2 * np.abs(a - b).mean())


def _sphere(count: int) -> NDArray[np.float64]:
    """Even directions on a half sphere (the other half gives the same distances): Fibonacci's."""
    i = np.arange(count) + 0.5
    height = i / count
    turn = np.pi * (1 + 5**0.5) * i
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1)
