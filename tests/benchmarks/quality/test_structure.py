from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.structure import edge_correlation, luma_ssim, structure, variation
from edge_app.core.image import to_float
from edge_app.core.metrics import ssim


def test_a_picture_keeps_all_of_itself(real):
    for photo in real.values():
        found = structure(photo, photo)
        assert found.ssim == pytest.approx(1)
        assert found.edges == pytest.approx(1)
        assert found.total_variation == found.photo_total_variation


def test_noise_takes_structure_away_step_by_step(real, noise):
    photo = real["chelsea"]
    found = [structure(noise(photo, deviation), photo) for deviation in (5, 20, 60)]
    for figure in ("ssim", "edges"):
        values = [getattr(each, figure) for each in found]
        assert 1 > values[0] > values[1] > values[2] > 0
    assert found[0].total_variation < found[1].total_variation < found[2].total_variation


def test_ssim_of_grey_pictures_is_the_projects_own(real, noise):
    """scikit-image's against our numpy one, at the positions that both look at."""
    grey = np.repeat(real["coffee"].mean(2, keepdims=True), 3, 2).astype(np.uint8)
    worse = np.repeat(noise(grey, 20)[..., :1], 3, 2)
    assert luma_ssim(worse, grey) == pytest.approx(ssim(to_float(worse), to_float(grey)), abs=0.001)


def test_edges_do_not_mind_the_side_that_is_bright(real):
    photo = real["rocket"]
    assert edge_correlation(255 - photo, photo) == pytest.approx(1, abs=1e-6)
    assert luma_ssim(255 - photo, photo) < 0.5


def test_edges_elsewhere_do_not_correlate(real):
    assert abs(edge_correlation(np.rot90(real["coffee"]).copy(), real["astronaut"])) < 0.3


def test_a_flat_picture_has_no_edges(real):
    flat = np.full_like(real["coffee"], 90)
    assert edge_correlation(flat, real["coffee"]) == 0
    assert edge_correlation(flat, flat) == 0
    assert variation(flat) == 0


def test_total_variation_by_hand():
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:, 2:] = 255  # of the three steps to the right in a row one is a whole 1
    assert variation(picture) == pytest.approx(1 / 3)
