"""Paintings that are named one by one, or by the folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from edge_app.core.image import image_paths

LEAST_PAINTING = 32
"""Pixels a side of a painting that can be judged by."""


def listed(paths: Iterable[Path]) -> Iterator[Path]:
    """Every painting; of a folder all that are in it.

    Raises:
        PhotoFolderError: a folder without a picture.
    """
    for path in paths:
        if path.is_dir():
            yield from image_paths(path)
        else:
            yield path
