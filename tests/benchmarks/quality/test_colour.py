from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from benchmarks.quality.colour import colour_distance, palette

colours = st.tuples(*[st.integers(0, 255)] * 3)


def flat(colour, size=(6, 9)):
    return np.full((*size, 3), colour, np.uint8)


def distance(a, b):
    return colour_distance(palette(a), palette(b))


@settings(max_examples=30)
@given(colours, colours)
def test_between_two_plain_colours_it_is_their_distance(a, b):
    expected = np.linalg.norm(rgb2lab(flat(a))[0, 0] - rgb2lab(flat(b))[0, 0])
    assert distance(flat(a), flat(b, (8, 3))) == pytest.approx(expected, rel=0.02, abs=1e-9)


def test_where_the_colours_lie_does_not_matter(real, rng):
    photo = real["astronaut"]
    shuffled = rng.permutation(photo.reshape(-1, 3)).reshape(photo.shape)
    assert distance(photo, photo) == 0
    # Half of the pixels are looked at, others in each.
    assert distance(photo, shuffled) < 1
    assert distance(photo, photo.repeat(2, 0)) < 1


def test_is_symmetric_and_keeps_the_triangle(real):
    a, b, c = (palette(real[name]) for name in ("astronaut", "coffee", "rocket"))
    assert colour_distance(a, b) == colour_distance(b, a) > 1
    assert colour_distance(a, c) <= colour_distance(a, b) + colour_distance(b, c)


def test_half_of_the_pixels_moved_is_half_of_the_distance():
    both = flat((20, 20, 20))
    both[3:] = (220, 220, 220)
    whole = distance(flat((20, 20, 20)), flat((220, 220, 220)))
    assert distance(both, flat((20, 20, 20))) == pytest.approx(whole / 2, rel=0.03)
