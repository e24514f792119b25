"""Arrays on the graphics card; to be called on the UI thread only."""

from __future__ import annotations

from typing import Any

import numpy as np
from kivy.graphics.texture import Texture

from edge_app.core.image import Bytes


def texture_of(picture: Bytes, old: Any = None) -> Any:
    """A texture that shows uint8 RGB or RGBA (h, w, 3 or 4), row 0 at the top.

    Args:
        picture: is copied.
        old: a texture to be overwritten where it has the same size and kind: for moving pictures.
    """
    height, width, channels = picture.shape
    kind = "rgb" if channels == 3 else "rgba"
    if old is not None and tuple(old.size) == (width, height) and old.colorfmt == kind:
        texture = old
    else:
        texture = Texture.create(size=(width, height), colorfmt=kind)
        texture.flip_vertical()
        texture.min_filter = texture.mag_filter = "linear"
    # Kivy asks for a buffer that it could write to.
    flat = np.require(picture, requirements=["C", "W"]).ravel()
    texture.blit_buffer(flat, colorfmt=kind, bufferfmt="ubyte")
    return texture
