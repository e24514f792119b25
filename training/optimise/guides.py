"""Masks: which painting goes to which region of the photograph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from edge_app.core.errors import ImageError
from edge_app.core.image import read_image, resize
from edge_app.core.size import Size

_LEAST_COVER = 0.25
"""Of the masks' sum at a pixel, so that soft edges and a JPEG's noise are no holes."""


def read_masks(paths: Sequence[Path], *, photo: Size, size: Size) -> Tensor:
    """The masks as (P, height, width) in [0, 1], white where the painting goes.

    Args:
        paths: one picture a painting; of a coloured one the mean of the channels counts.
        photo: (height, width) of the photograph's file, which each mask must have.
        size: (height, width) to bring them to.

    Raises:
        ImageError: one cannot be read, has another size or is all black, or all of them together
            leave a part of the photograph uncovered.
    """
    masks = []
    for path in paths:
        mask = read_image(path)
        if mask.shape[:2] != photo:
            raise ImageError(
                f"{path}: the mask is {mask.shape[1]}x{mask.shape[0]} pixels, the photograph "
                f"{photo[1]}x{photo[0]}; make the mask as large as the photograph"
            )
        if mask.max() < 128:
            raise ImageError(
                f"{path}: the mask has no white in it; white is where its painting goes"
            )
        masks.append(resize(mask, size).mean(2, dtype=np.float32) / 255)
    stack = np.stack(masks)
    bare = float(np.mean(stack.sum(0) < _LEAST_COVER))
    if bare:
        raise ImageError(
            f"the masks {', '.join(map(str, paths))} leave {max(bare, 0.0001):.2%} of the "
            "photograph uncovered; every part needs to be white in one of them"
        )
    return torch.from_numpy(stack)
