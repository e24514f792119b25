from __future__ import annotations

import numpy as np
import pytest

from edge_app.core.grain import SIDE, WAVELENGTHS, grained, tile

GOLDEN = [0.834950, 1.099509, -0.123875, 0.143489]


def test_the_tile_is_even_seamless_and_of_the_wavelengths_of_strokes():
    pattern = tile().astype(float)
    assert pattern.shape == (SIDE, SIDE)
    assert abs(pattern.mean()) < 1e-6
    assert pattern.std() == pytest.approx(1, abs=1e-5)
    # Over the seam it changes no faster than within.
    inner = np.abs(np.diff(pattern, axis=0)).max()
    assert np.abs(pattern[0] - pattern[-1]).max() <= inner
    power = np.abs(np.fft.fft2(pattern)) ** 2
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    within = (1 / WAVELENGTHS[1] < frequency) & (frequency < 1 / WAVELENGTHS[0])
    assert power[within].sum() > (1 - 1e-6) * power.sum()


def test_the_tile_is_the_one_that_the_shipped_styles_were_trained_with():
    found = tile()[[0, 7, 100, 255], [0, 200, 31, 255]]
    np.testing.assert_allclose(found, GOLDEN, atol=1e-5)


@pytest.mark.parametrize("size", [(8, 8), (SIDE, SIDE), (300, 520)])
def test_grain_is_added_and_cut_to_the_range(size):
    grey = np.full((*size, 3), 0.5, np.float32)
    found = grained(grey, 0.06)
    assert found.dtype == np.float32
    assert found.shape == grey.shape
    rows, columns = np.arange(size[0]) % SIDE, np.arange(size[1]) % SIDE
    expected = 0.5 + 0.06 * tile()[rows][:, columns]
    for channel in range(3):
        np.testing.assert_allclose(found[..., channel], expected, atol=1e-6)
    assert (grey == 0.5).all()  # what was given is as it was
    white = grained(np.ones_like(grey), 0.5)
    assert white.max() == 1
    assert white.min() >= 0


def test_no_grain_is_the_picture_itself():
    picture = np.random.default_rng(0).random((12, 16, 3), np.float32)
    assert grained(picture, 0) is picture
