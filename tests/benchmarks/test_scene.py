from __future__ import annotations

import numpy as np
import pytest

from benchmarks.scene import SIZE, draw_scene


def test_is_a_picture_and_the_same_every_time():
    scene = draw_scene()
    assert scene.shape == (*SIZE, 3)
    assert scene.dtype == np.uint8
    np.testing.assert_array_equal(scene, draw_scene())


@pytest.mark.parametrize("size", [(1, 2), (60, 80), (33, 17)])
def test_any_size(size):
    assert draw_scene(*size).shape == (*size, 3)


def test_has_smooth_parts_edges_and_no_symmetry():
    scene = draw_scene(192, 256).astype(float)
    steps = np.abs(np.diff(scene, axis=0)).mean(axis=2)
    assert np.percentile(steps, 50) < 12
    assert np.percentile(steps, 99.5) > 40
    for other in (scene[::-1], scene[:, ::-1], scene[..., ::-1]):
        assert np.abs(scene - other).mean() > 15
