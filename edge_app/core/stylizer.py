"""From a photograph to a stylized picture: the only such path, for app, shell and benchmarks.

The photograph is resized to fit into the model's size, mirrored out to exactly that size, given the
model's grain, run through the model, cut back, and mixed with the resized photograph.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from edge_app.core.errors import ConfigError, ImageError, RuntimeUnavailableError
from edge_app.core.grain import grained
from edge_app.core.image import (
    MAX_PIXELS,
    Bytes,
    Picture,
    blend,
    crop,
    fit_within,
    in_colours_of,
    pad_to,
    resize,
    to_float,
    to_uint8,
)
from edge_app.core.manifest import ModelFile
from edge_app.core.runtime import Runtime
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector

MIN_SIDE = 32
"""What a model of free size is given at least: reflection padding and instance norm need a few
positions at a quarter of the size."""


def stylize(
    runtime: Runtime,
    photo: Bytes,
    *,
    style: Vector = NO_STYLE,
    strength: float = 1.0,
    longest_side: int | None = None,
    keep_colours: bool = False,
) -> Bytes:
    """Stylize a photograph of any size.

    Args:
        runtime: the loaded model.
        photo: uint8 RGB, (height, width, 3).
        style: the vector of a style or a mix, for a model that takes one: `Palette.mix` in
            edge_app/core/styles.py gives it, and the strength that goes with it.
        strength: 0 gives the (resized) photograph, 1 the drawn picture; between them pixels are
            mixed.
        longest_side: of the result, in pixels. If not given, the model's size; the photograph's
            own where the model takes any size.
        keep_colours: take only light and dark from the stylized picture.

    Returns:
        uint8 RGB in the photograph's aspect ratio, as large as fits into the model's size:
        small photographs are enlarged, large ones reduced.

    Raises:
        ConfigError: a strength outside [0, 1], a style that is not of the model's length, or a
            `longest_side` that the model or the memory has not room for.
        ImageError: `photo` is not a picture.
        RuntimeUnavailableError: the library failed, or gave something that is no picture.
    """
    if not 0 <= strength <= 1:
        raise ConfigError(f"strength: expected 0 to 1, got {strength}")
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3 or photo.size == 0:
        raise ImageError(
            f"expected a uint8 picture of shape (height, width, 3), got {photo.dtype} of shape "
            f"{photo.shape}"
        )
    resized, corner, given = prepare(runtime.model, photo, longest_side)
    stylized = runtime.run(given, style)
    if not np.isfinite(stylized).all():
        raise RuntimeUnavailableError(
            f"{runtime.model.path}: {runtime.info.backend} ({runtime.info.accelerator}) gave "
            "values that are not numbers; try another recipe or accelerator"
        )
    drawn = crop(stylized, corner, resized.shape[:2])
    if strength == 1 and not keep_colours:
        return to_uint8(drawn)
    small = to_float(resized)
    if keep_colours:
        drawn = in_colours_of(small, drawn)
    return to_uint8(blend(small, drawn, strength))


class Prepared(NamedTuple):
    """A photograph on its way into a model."""

    resized: Bytes
    """As large as the result."""
    corner: tuple[int, int]
    """Where it lies in `given`: (row, column)."""
    given: Picture
    """What the model is run on: mirrored out to its size, with its grain."""


def prepare(model: ModelFile, photo: Bytes, longest_side: int | None = None) -> Prepared:
    """What `stylize` does before it runs the model; arguments and errors as there."""
    height, width = photo.shape[:2]
    fitted, full = fitting_sizes(model, (height, width), longest_side)
    resized = resize(photo, fitted)
    padded, corner = pad_to(resized, full)
    return Prepared(resized, corner, grained(to_float(padded), model.grain))


def fitting_sizes(
    model: ModelFile, photo: Size, longest_side: int | None = None
) -> tuple[Size, Size]:
    """The (height, width) of the result for a photograph's, and that which the model is run at.

    Raises:
        ConfigError: `longest_side` is not positive, larger than the model's, or gives more than
            MAX_PIXELS.
    """
    if longest_side is not None and longest_side < 1:
        raise ConfigError(f"size: expected 1 pixel or more, got {longest_side}")
    if model.size is None:
        box = photo if longest_side is None else (longest_side, longest_side)
        fitted = fit_within(photo, box)
        if fitted[0] * fitted[1] > MAX_PIXELS:
            raise ConfigError(
                f"size: {longest_side} would give {fitted[0] * fitted[1] / 1e6:,.0f} megapixels, "
                f"the limit is {MAX_PIXELS / 1e6:.0f}"
            )
        multiple = model.size_multiple
        height, width = (-(-max(side, MIN_SIDE) // multiple) * multiple for side in fitted)
        return fitted, (height, width)
    if longest_side is not None and longest_side > max(model.size):
        raise ConfigError(
            f"size: {longest_side} was asked for, {model.path} has room for {model.size_text}"
        )
    limit = max(model.size) if longest_side is None else longest_side
    box = (min(model.size[0], limit), min(model.size[1], limit))
    return fit_within(photo, box), model.size
