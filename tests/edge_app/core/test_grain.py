from __future__ import annotations

import numpy as np
import pytest

from edge_app.core.grain import SIDE, grained, tile

GOLDEN = [0.837544, -0.207974, -0.38305, 1.855838]


def test_the_tile_is_the_same_everywhere():
    found = tile()
    assert found.shape == (SIDE, SIDE)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[[0, 7, 100, 1023], [0, 200, 31, 1023]], GOLDEN, atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (31, 48), (300, 520), (8, 3 * SIDE), (SIDE + 8, 8)])
def test_a_part_is_what_the_whole_has_there(size):
    rows, columns = (np.arange(side) % SIDE for side in size)
    np.testing.assert_array_equal(tile(*size), tile()[rows][:, columns])


@pytest.mark.parametrize("size", [(8, 8), (300, 520), (SIDE + 12, 16), (16, SIDE + 12)])
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
