from __future__ import annotations

import numpy as np
import pytest

from edge_app.core.grain import SIDE, TILE, tile
from training.grain import WAVELENGTHS, draw_tile


def test_the_file_that_ships_is_what_is_drawn():
    drawn = draw_tile()
    assert drawn.dtype == np.int8
    np.testing.assert_allclose(np.load(TILE), drawn, atol=1)  # libraries round differently


def test_the_tile_is_even_seamless_and_of_the_wavelengths_of_strokes():
    pattern = tile().astype(float)
    assert abs(pattern.mean()) < 1e-3
    assert pattern.std() == pytest.approx(1, abs=1e-3)
    # Over the seam it changes no faster than within.
    inner = np.abs(np.diff(pattern, axis=0)).max()
    assert np.abs(pattern[0] - pattern[-1]).max() <= inner
    power = np.abs(np.fft.fft2(pattern)) ** 2
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    within = (1 / WAVELENGTHS[1] < frequency) & (frequency < 1 / WAVELENGTHS[0])
    assert power[within].sum() > 0.999 * power.sum()


def test_nothing_in_the_tile_is_seen_twice():
    alike = np.fft.ifft2(np.abs(np.fft.fft2(tile())) ** 2).real / SIDE**2
    away = np.hypot(*np.meshgrid(*2 * [np.minimum(np.arange(SIDE), SIDE - np.arange(SIDE))]))
    assert np.abs(alike[away > WAVELENGTHS[1]]).max() < 0.05
