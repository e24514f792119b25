from __future__ import annotations

import numpy as np
import pytest

from edge_app.core.errors import ImageError
from edge_app.core.metrics import PSNR_CEILING_DB, max_abs_diff, psnr_db, ssim


@pytest.fixture
def picture(rng):
    return rng.random((40, 50, 3), np.float32)


def test_identical_pictures(picture):
    assert psnr_db(picture, picture.copy()) == PSNR_CEILING_DB
    assert max_abs_diff(picture, picture.copy()) == 0
    assert ssim(picture, picture.copy()) == pytest.approx(1)


@pytest.mark.parametrize(("shift", "decibel"), [(0.1, 20), (0.01, 40), (0.001, 60)])
def test_known_figures(shift, decibel):
    black = np.zeros((20, 20, 3), np.float32)
    assert psnr_db(black, black + np.float32(shift)) == pytest.approx(decibel, abs=1e-3)
    assert max_abs_diff(black, black + np.float32(shift)) == pytest.approx(shift)


def test_the_smallest_difference_stays_below_the_ceiling():
    white = np.ones((1, 1, 3), np.float32)
    assert 140 < psnr_db(white, np.nextafter(white, np.float32(0))) < PSNR_CEILING_DB


def test_one_wrong_value_shows(picture):
    other = picture.copy()
    other[3, 4, 1] = np.float32(1) - other[3, 4, 1]
    assert max_abs_diff(picture, other) == pytest.approx(abs(1 - 2 * float(picture[3, 4, 1])))
    assert psnr_db(picture, other) < 80


@pytest.mark.parametrize("metric", [psnr_db, max_abs_diff, ssim])
def test_symmetric(metric, picture, rng):
    other = rng.random(picture.shape, np.float32)
    assert metric(picture, other) == pytest.approx(metric(other, picture))


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("shape", [(11, 11, 3), (40, 50, 3), (64, 17, 3)])
def test_agrees_with_scikit_image(rng, noise, shape):
    reference = pytest.importorskip("skimage.metrics")
    a = rng.random(shape, np.float32)
    b = np.clip(a + rng.normal(0, noise, shape), 0, 1).astype(np.float32)
    expected = reference.structural_similarity(
        a.astype(np.float64),
        b.astype(np.float64),
        data_range=1,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert ssim(a, b) == pytest.approx(expected, abs=1e-9)
    assert psnr_db(a, b) == pytest.approx(
        reference.peak_signal_noise_ratio(a.astype(np.float64), b.astype(np.float64), data_range=1)
    )


@pytest.mark.parametrize("metric", [psnr_db, max_abs_diff, ssim])
def test_shapes_must_agree(metric, picture):
    with pytest.raises(ImageError, match=r"\(40, 50, 3\) with one of \(50, 40, 3\)"):
        metric(picture, picture.transpose(1, 0, 2))


def test_ssim_needs_room_for_its_window():
    small = np.zeros((10, 30, 3), np.float32)
    with pytest.raises(ImageError, match="at least 11 pixels a side, got 10x30"):
        ssim(small, small)


def test_a_picture_with_nan_passes_no_threshold():
    picture = np.full((16, 16, 3), 0.5, np.float32)
    broken = picture.copy()
    broken[3, 4, 1] = np.nan
    assert not psnr_db(picture, broken) >= 0
    assert not max_abs_diff(picture, broken) <= 1
    assert not ssim(picture, broken) >= 0
