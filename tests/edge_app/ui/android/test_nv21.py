from __future__ import annotations

import numpy as np
import pytest

from edge_app.core.image import fit_within, resize, to_float
from edge_app.core.metrics import psnr_db
from edge_app.ui.android.nv21 import Nv21Frame


def frame(height, width, quarter_turns=0):
    """Rings of light in colours that change slowly, as a camera's are."""
    y, x = np.mgrid[0:height, 0:width] / height
    light = 128 + 80 * np.sin(40 * np.hypot(x - 0.6, y - 0.4))
    colours = np.stack([128 + 50 * np.sin(5 * x), 128 + 60 * np.cos(7 * y)], axis=-1)[::2, ::2]
    content = light.astype(np.uint8).tobytes() + colours.astype(np.uint8).tobytes()
    return Nv21Frame(content=content, size=(height, width), quarter_turns=quarter_turns)


@pytest.mark.parametrize(
    ("size", "quarter_turns", "side", "given"),
    [
        ((720, 1280), 0, 256, (360, 640)),
        ((720, 1280), 1, 256, (640, 360)),
        ((720, 1280), 3, 64, (128, 72)),
        ((1080, 1920), 2, 256, (540, 960)),  # a third: of the colours one and a half
        ((728, 2560), 0, 200, (182, 640)),  # a sixth: not of the height
    ],
)
def test_small_is_the_same_picture_in_fewer_pixels(size, quarter_turns, side, given):
    camera_saw = frame(*size, quarter_turns)
    small, whole = camera_saw.picture(side), camera_saw.picture()
    assert small.shape == (*given, 3)
    assert max(given) >= 2 * side
    assert whole.shape == (*(size if quarter_turns % 2 == 0 else size[::-1]), 3)
    shown = fit_within(whole.shape[:2], (side, side))
    assert psnr_db(to_float(resize(small, shown)), to_float(resize(whole, shown))) > 45


@pytest.mark.parametrize("side", [512, 1280, 4000])
def test_what_is_hardly_larger_than_needed_comes_whole(side):
    camera_saw = frame(720, 1280)
    np.testing.assert_array_equal(camera_saw.picture(side), camera_saw.picture())
