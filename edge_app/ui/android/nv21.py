"""NV21, the format that every Android camera has, as RGB."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from edge_app.core.image import Bytes
from edge_app.core.size import Size

_TURNS = {
    1: Image.Transpose.ROTATE_270,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}
"""Quarter turns to the right -> Pillow's, which go to the left."""


@dataclass(frozen=True, kw_only=True)
class Nv21Frame:
    """A `Frame` that becomes RGB when it is asked for, and only as large as it is then needed.

    Brightness for every pixel, then Cr and Cb in turn for every 2x2 of them; JFIF's ranges.
    """

    content: bytes
    size: Size
    """Of `content`, (height, width), both even."""
    quarter_turns: int
    """To the right, that set it upright."""

    def picture(self, longest_side: int | None = None) -> Bytes:
        """See `Frame`. All by Pillow, which goes over memory less often: live does it each time."""
        height, width = self.size
        luma, chroma = self.content[: height * width], self.content[height * width :]
        y = Image.frombuffer("L", (width, height), luma, "raw", "L", 0, 1)
        # Pillow has no mode of two plain channels; this one is split as it stands.
        pairs = Image.frombuffer("LA", (width // 2, height // 2), chroma, "raw", "LA", 0, 1)
        cr, cb = pairs.split()
        times = self._reduction(longest_side)
        if times == 1:
            cr, cb = (each.resize(y.size, Image.Resampling.NEAREST) for each in (cr, cb))
        else:
            y, cr, cb = y.reduce(times), cr.reduce(times // 2), cb.reduce(times // 2)
        picture = Image.merge("YCbCr", (y, cb, cr)).convert("RGB")
        turn = _TURNS.get(self.quarter_turns)
        return np.array(picture if turn is None else picture.transpose(turn))

    def _reduction(self, longest_side: int | None) -> int:
        """How many pixels a side become one: 1, or a number that leaves no rest in either plane."""
        height, width = self.size
        most = 1 if longest_side is None else max(height, width) // (2 * longest_side)
        even = range(2, most + 1, 2)
        return max((times for times in even if height % times == width % times == 0), default=1)
