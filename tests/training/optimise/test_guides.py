from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.core.errors import ImageError
from training.optimise.guides import read_masks


@pytest.fixture
def mask(tmp_path: Path):
    """Writes a mask of 60 rows and 80 columns, white in the given columns."""

    def write(name: str, columns: slice, *, size: tuple[int, int] = (60, 80)) -> Path:
        pixels = np.zeros(size, np.uint8)
        pixels[:, columns] = 255
        path = tmp_path / name
        Image.fromarray(pixels).save(path)
        return path

    return write


def test_masks_are_brought_to_the_pictures_size(mask):
    paths = [mask("left.png", slice(0, 40)), mask("right.jpg", slice(40, 80))]
    masks = read_masks(paths, photo=(60, 80), size=(30, 40))
    assert masks.shape == (2, 30, 40)
    assert masks[0, :, :15].min() > 0.95
    assert masks[0, :, 25:].max() < 0.05
    np.testing.assert_allclose(masks.sum(0).numpy(), 1, atol=0.1)


def test_masks_that_do_not_fit(mask):
    left = mask("left.png", slice(0, 40))
    other = mask("other.png", slice(0, 40), size=(61, 80))
    black = mask("black.png", slice(0, 0))
    with pytest.raises(ImageError, match=r"other\.png: the mask is 80x61 pixels, the photo.*80x60"):
        read_masks([left, other], photo=(60, 80), size=(30, 40))
    with pytest.raises(ImageError, match=r"black\.png: the mask has no white"):
        read_masks([left, black], photo=(60, 80), size=(30, 40))
    with pytest.raises(ImageError, match=r"left\.png leave 50\.00% of the photograph uncovered"):
        read_masks([left], photo=(60, 80), size=(60, 80))
    with pytest.raises(ImageError, match="no such file"):
        read_masks([left.with_name("missing.png")], photo=(60, 80), size=(30, 40))
