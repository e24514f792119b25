"""The pattern that edge_app.core.grain reads, drawn: `python -m training.grain` writes its file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.core.grain import SIDE, TILE

WAVELENGTHS = (8.0, 64.0)
"""Shortest and longest, in pixels: those of strokes."""

DEVIATION = 28
"""Of the file's numbers, which end at 127; see STEP in edge_app/core/grain.py."""


def draw_tile() -> NDArray[np.int8]:
    """Noise of WAVELENGTHS at half the size, as the file has it; seamless."""
    side = SIDE // 2
    # RandomState's numbers are frozen; those of newer generators may change with numpy.
    spectrum = np.fft.fft2(np.random.RandomState(0).standard_normal((side, side)))
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :]) / 2
    shortest, longest = WAVELENGTHS
    spectrum *= (1 / longest < frequency) & (frequency < 1 / shortest)
    pattern = np.fft.ifft2(spectrum).real
    numbers = np.rint(DEVIATION / pattern.std() * pattern)
    found: NDArray[np.int8] = numbers.clip(-127, 127).astype(np.int8)
    return found


if __name__ == "__main__":
    np.save(TILE, draw_tile())
