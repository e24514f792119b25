from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from benchmarks.quality.artefacts import artefacts, dots, frame, grid_db
from styles.whirl import draw


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return skimage.data.coffee()[:384, :512]


def with_(picture: np.ndarray, change: np.ndarray) -> np.ndarray:
    return np.clip(picture + change, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_photographs_and_a_painting_are_clean(name):
    for clean in (getattr(skimage.data, name)(), draw(256)):
        found = artefacts(clean)
        assert found.grid_db < 4
        assert found.frame < 0.03
        assert found.dots < 0.01


@pytest.mark.parametrize("period", [2, 4])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_grid_that_can_be_seen_is_found(picture, period, axis):
    place = np.indices(picture.shape[:2])[axis]
    grid = 6.0 * np.cos(2 * np.pi * place / period)[..., None]
    assert grid_db(with_(picture, grid)) > 8
    assert grid_db(with_(picture, 2 * grid)) > grid_db(with_(picture, grid))


def test_a_frame_is_found(picture):
    framed = picture.copy()
    framed[:, :5] = framed[:, :5] // 2
    assert frame(framed) > 3 * max(frame(picture), 0.01)


def test_dots_are_found(picture):
    rng = np.random.default_rng(0)
    dotted = picture.copy()
    dotted[rng.integers(384, size=800), rng.integers(512, size=800)] = 255
    assert dots(dotted) > dots(picture) + 1e-3


def test_a_picture_of_one_colour_has_no_faults():
    found = artefacts(np.full((64, 80, 3), 90, np.uint8))
    assert (found.frame, found.dots) == (0, 0)
    assert abs(found.grid_db) < 1
