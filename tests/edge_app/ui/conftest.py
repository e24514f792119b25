"""Tests of the app without a window; those in windowed/ run in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app_styles import write_style
from edge_app.core.pack import StylePack, open_pack

if "EDGESTYLE_WINDOW" not in os.environ:  # see test_window.py
    collect_ignore = ["windowed"]


@pytest.fixture
def style(tmp_path: Path) -> Callable[..., StylePack]:
    """Writes a pack for fake runtimes and opens it."""

    def write(name: str = "aurora", **changes: object) -> StylePack:
        return open_pack(write_style(tmp_path / f"{name}.stylepack", name, **changes))

    return write


@pytest.fixture
def picture() -> np.ndarray:
    """A photograph of 48x64: a slope of colours."""
    y, x = np.mgrid[0:48, 0:64]
    return np.stack([4 * x, 5 * y, 255 - 4 * x], axis=-1).astype(np.uint8)


@pytest.fixture
def photo(tmp_path: Path, picture: np.ndarray) -> Path:
    """The same as a file."""
    path = tmp_path / "IMG 2041.png"
    Image.fromarray(picture).save(path)
    return path
