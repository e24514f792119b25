from __future__ import annotations

import numpy as np
import pytest

from edge_app.core.grain import SIDE, tile
from training.grain import WAVELENGTHS, draw_tile


def test_the_file_that_ships_is_what_is_drawn():
    np.testing.assert_allclose(tile(), draw_tile(), atol=1e-6)


def test_the_tile_is_even_seamless_and_of_the_wavelengths_of_strokes():
    pattern = draw_tile().astype(float)
    assert abs(pattern.mean()) < 1e-6
    assert pattern.std() == pytest.approx(1, abs=1e-5)
    # Over the seam it changes no faster than within.
    inner = np.abs(np.diff(pattern, axis=0)).max()
    assert np.abs(pattern[0] - pattern[-1]).max() <= inner
    power = np.abs(np.fft.fft2(pattern)) ** 2
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    within = (1 / WAVELENGTHS[1] < frequency) & (frequency < 1 / WAVELENGTHS[0])
    assert power[within].sum() > (1 - 1e-6) * power.sum()
