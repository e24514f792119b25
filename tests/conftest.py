"""Pictures that every test may use: bundled with scikit-image, nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four photographs, short side 200 pixels or so."""
    import skimage.data

    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut", "chelsea", "coffee", "rocket"):
        image = Image.fromarray(getattr(skimage.data, name)())
        image.thumbnail((320, 320))
        image.save(folder / f"{name}.jpg", quality=92)
    return folder


@pytest.fixture(scope="session")
def painting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled painting at 256x256."""
    from styles.whirl import draw

    path = tmp_path_factory.mktemp("painting") / "whirl.png"
    Image.fromarray(draw(256)).save(path)
    return path


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers, the same in every run."""
    return np.random.default_rng(0)
