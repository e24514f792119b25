"""The pattern that edge_app.core.grain reads, drawn: `python -m training.grain` writes its file.

On a device, drawing it would take 7 MB of memory and numpy's random numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.core.grain import SIDE, TILE

WAVELENGTHS = (8.0, 64.0)
"""Shortest and longest, in pixels: those of strokes."""


def draw_tile() -> NDArray[np.float32]:
    """Noise of WAVELENGTHS, (SIDE, SIDE): mean 0, standard deviation 1, seamless."""
    # RandomState's numbers are frozen; those of newer generators may change with numpy.
    spectrum = np.fft.fft2(np.random.RandomState(0).standard_normal((SIDE, SIDE)))
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    shortest, longest = WAVELENGTHS
    spectrum *= (1 / longest < frequency) & (frequency < 1 / shortest)
    pattern = np.fft.ifft2(spectrum).real
    found: NDArray[np.float32] = (pattern / pattern.std()).astype(np.float32)
    return found


if __name__ == "__main__":
    np.save(TILE, draw_tile())
