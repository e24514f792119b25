from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks.quality.regions import Regions, confusion, matched, miou

maps = arrays(np.int64, (5, 7), elements=st.integers(0, 3))


def test_formula_12_by_hand():
    truth = np.array([[0, 0, 0, 0], [1, 1, 1, 1]])
    found = np.array([[0, 0, 0, 1], [1, 1, 1, 1]])
    # Class 0: 3 shared, 4 + 3 - 3 in all; class 1: 4 shared, 4 + 5 - 4 in all.
    assert miou(truth, found) == pytest.approx((3 / 4 + 4 / 5) / 2)
    np.testing.assert_array_equal(confusion(truth, found), [[3, 1], [0, 4]])


def test_a_class_that_is_not_found_counts_as_nothing():
    truth = np.array([[0, 0, 1, 1]])
    assert miou(truth, np.array([[0, 0, 0, 0]])) == pytest.approx((2 / 4 + 0) / 2)
    assert miou(truth, np.array([[2, 2, 2, 2]])) == 0


@given(maps, st.permutations(range(4)))
def test_names_of_regions_do_not_matter(truth, names):
    assert miou(truth, matched(truth, np.array(names)[truth])) == 1


@given(maps, maps)
def test_matching_never_lowers_the_agreement(truth, found):
    agreement = (truth == found).mean()
    assert (truth == matched(truth, found)).mean() >= agreement
    assert 0 <= miou(truth, matched(truth, found)) <= 1


def test_a_picture_keeps_its_own_regions(real):
    for photo in real.values():
        assert Regions(photo).miou(photo) == 1


def test_regions_are_lost_step_by_step(real, noise):
    photo = real["coffee"]
    regions = Regions(photo)
    assert len(np.unique(regions.labels)) == 6
    found = [regions.miou(noise(photo, deviation)) for deviation in (10, 60, 150)]
    assert 1 > found[0] > found[1] > found[2]
    assert found[0] > 0.8
    assert regions.miou(real["astronaut"]) < 0.5


def test_more_contrast_changes_few_regions(real):
    photo = real["rocket"]
    paler = (128 + 0.6 * (photo.astype(float) - 128)).astype(np.uint8)
    assert Regions(photo).miou(paler) > 0.85


@pytest.mark.parametrize("colours", [1, 2])
def test_a_picture_of_hardly_any_colours_is_no_trouble(colours):
    photo = np.zeros((64, 64, 3), np.uint8)
    photo[: 32 * (colours - 1)] = 200
    assert Regions(photo).miou(photo) == 1
