from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from edge_app.core.errors import ImageError
from training.painting import read_painting


def test_paintings_that_cannot_be_learned_from(tmp_path, painting):
    Image.new("RGB", (60, 50), "red").save(tmp_path / "stamp.png")
    with pytest.raises(ImageError, match=r"60x50 pixels, smaller than a training crop of 192"):
        read_painting(tmp_path / "stamp.png", crop=192, size=384)
    with pytest.raises(ImageError, match="no such file"):
        read_painting(tmp_path / "missing.png", crop=192, size=384)
    Image.new("RGB", (2000, 60), "red").save(tmp_path / "scroll.png")
    with pytest.raises(ImageError, match=r"384x12 pixels at --style-size 384; at least 32"):
        read_painting(tmp_path / "scroll.png", crop=192, size=384)
    assert max(read_painting(painting, crop=64, size=100).shape) == 100
    assert max(read_painting(painting, crop=192, size=100).shape) == 100


def test_nearly_one_colour_is_no_style(tmp_path):
    noise = np.random.default_rng(0).normal(128, 0.7, (256, 256, 3))
    Image.fromarray(noise.astype(np.uint8)).save(tmp_path / "grey.png")
    with pytest.raises(ImageError, match=r"grey\.png: the painting is nearly of one colour"):
        read_painting(tmp_path / "grey.png", crop=192, size=384)


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "P"])
def test_a_painting_of_any_kind_is_read_as_colours(tmp_path, painting, mode):
    path = tmp_path / ("picture.tif" if mode == "CMYK" else "picture.png")
    Image.open(painting).convert(mode).save(path)
    read = read_painting(path, crop=192, size=256)
    assert read.shape == (1, 3, 256, 256)
    assert 0 <= read.min() < read.max() <= 1
