from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from edge_app.packaging import artwork


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("art")
    artwork.write_artwork(folder)
    return folder


def opened(path):
    with Image.open(path) as image:
        image.load()
    return image


def test_sizes_and_kinds(folder):
    kinds = {name: opened(folder / name) for name in artwork.FILES}
    assert {name: (image.size, image.mode) for name, image in kinds.items()} == {
        "icon.png": ((512, 512), "RGBA"),
        "icon-foreground.png": ((432, 432), "RGBA"),
        "icon-background.png": ((432, 432), "RGB"),
        "splash.png": ((1024, 1024), "RGB"),
    }


def test_is_the_same_each_time(folder, tmp_path):
    for path in artwork.write_artwork(tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_no_launcher_cuts_the_adaptive_icon(folder):
    alpha = np.asarray(opened(folder / "icon-foreground.png"))[:, :, 3]
    rows, columns = np.nonzero(alpha > 8)
    centre = (alpha.shape[0] - 1) / 2
    distance = np.hypot(rows - centre, columns - centre).max()
    assert distance <= artwork.SAFE / 2 * alpha.shape[0]
    assert distance >= 0.35 * artwork.SAFE * alpha.shape[0], "too small to be seen"


def test_the_splash_goes_over_into_the_colour_around_it(folder):
    splash = np.asarray(opened(folder / "splash.png"))
    edge = np.concatenate([splash[0], splash[-1], splash[:, 0], splash[:, -1]])
    assert (edge == artwork.INK).all()


def test_the_icon_can_be_told_from_light_and_dark_grounds(folder):
    """At 48 pixels, as a list shows it: the whirl, its ground and the frame differ in lightness."""
    small = opened(folder / "icon.png").convert("RGBA").resize((48, 48))
    grey = np.asarray(small.convert("L")).astype(int)
    assert grey[24, 6:9].max() - grey[24, 10:12].min() > 60  # frame and night
    assert grey[14:34, 14:34].max() - grey[14:34, 14:34].min() > 90  # whirl and night
