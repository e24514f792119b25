"""The app's own icons: strokes on a grid of 24, drawn at exactly the pixels that are needed.

One weight (2 units), round ends, y downwards. They are masks; the widget gives the colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

GRID = 24
WEIGHT = 2.0
OVERSAMPLING = 8
"""Pillow's strokes have hard edges: they are drawn large and reduced."""

Point = tuple[float, float]


class _Pen:
    """Draws in grid units."""

    def __init__(self, pixels: int) -> None:
        self.scale = pixels * OVERSAMPLING / GRID
        side = pixels * OVERSAMPLING
        self.image = Image.new("L", (side, side))
        self._draw = ImageDraw.Draw(self.image)

    def line(self, *points: Point, closed: bool = False, weight: float = WEIGHT) -> None:
        """A polyline with round ends and corners."""
        path = [*points, points[0]] if closed else list(points)
        scaled = [(x * self.scale, y * self.scale) for x, y in path]
        self._draw.line(scaled, fill=255, width=round(weight * self.scale))
        for x, y in path:
            self.dot((x, y), weight / 2)

    def dot(self, centre: Point, radius: float) -> None:
        """A filled circle."""
        self._draw.ellipse(self._box(centre, radius), fill=255)

    def ring(self, centre: Point, radius: float, begin: float = 0, end: float = 360) -> None:
        """An arc in degrees, clockwise from three o'clock; radius of the stroke's middle."""
        steps = max(8, int((end - begin) / 6))
        turns = [math.radians(begin + (end - begin) * i / steps) for i in range(steps + 1)]
        self.line(
            *((centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in turns)
        )

    def box(self, left: float, top: float, right: float, bottom: float, radius: float = 2) -> None:
        """An outlined rectangle with round corners."""
        half = WEIGHT / 2
        corners = [v * self.scale for v in (left - half, top - half, right + half, bottom + half)]
        self._draw.rounded_rectangle(
            corners, (radius + half) * self.scale, outline=255, width=round(WEIGHT * self.scale)
        )

    def fill(self, *points: Point) -> None:
        """A filled polygon with rounded corners."""
        self._draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=255)
        self.line(*points, closed=True)

    def _box(self, centre: Point, radius: float) -> list[float]:
        (x, y), scale = centre, self.scale
        return [
            (x - radius) * scale,
            (y - radius) * scale,
            (x + radius) * scale,
            (y + radius) * scale,
        ]


def _gallery(pen: _Pen) -> None:
    pen.box(4, 4, 10, 11, 1)
    pen.box(14, 4, 20, 8, 1)
    pen.box(4, 15, 10, 20, 1)
    pen.box(14, 12, 20, 20, 1)


def _studio(pen: _Pen) -> None:
    pen.ring((12, 12), 8.5, 75, 372)
    pen.line((14.2, 20.2), (13, 17), (15, 14.6), (19.5, 15.2), (20.3, 13.8))
    for centre in ((7.6, 13.6), (8.3, 8.8), (12.6, 7), (16.4, 9.8)):
        pen.dot(centre, 1.4)


def _live(pen: _Pen) -> None:
    pen.box(3.5, 6.5, 15, 17.5, 2.5)
    pen.fill((18.3, 12), (20.5, 9), (20.5, 15))


def _bench(pen: _Pen) -> None:
    pen.ring((12, 13.5), 7.5)
    pen.line((12, 13.5), (15, 10.5))
    pen.line((10, 3), (14, 3))
    pen.line((12, 3), (12, 5.5))


def _about(pen: _Pen) -> None:
    pen.ring((12, 12), 8.5)
    pen.line((12, 11.2), (12, 16))
    pen.dot((12, 8), 1.3)


def _open(pen: _Pen) -> None:
    pen.line((13, 4), (6, 4), (4, 6), (4, 18), (6, 20), (18, 20), (20, 18), (20, 11))
    pen.line((4.5, 16.5), (9, 12), (13, 16), (15.5, 13.5), (19.5, 17.5))
    pen.line((18, 2.5), (18, 7.5))
    pen.line((15.5, 5), (20.5, 5))


def _compare(pen: _Pen) -> None:
    pen.box(3.5, 5.5, 20.5, 18.5)
    pen.line((12, 3), (12, 21))
    pen.fill((14.5, 8), (18, 8), (18, 16), (14.5, 16))


def _mix(pen: _Pen) -> None:
    pen.ring((9, 12), 5.5)
    pen.ring((15, 12), 5.5)
    pen.dot((12, 12), 1.2)


def _save(pen: _Pen) -> None:
    pen.line((12, 4), (12, 14.5))
    pen.line((7.5, 10.5), (12, 15), (16.5, 10.5))
    pen.line((4.5, 16), (4.5, 20), (19.5, 20), (19.5, 16))


def _share(pen: _Pen) -> None:
    pen.line((12, 15), (12, 4))
    pen.line((7.5, 8), (12, 3.5), (16.5, 8))
    pen.line((8, 11.5), (5, 11.5), (5, 20.5), (19, 20.5), (19, 11.5), (16, 11.5))


def _close(pen: _Pen) -> None:
    pen.line((6, 6), (18, 18))
    pen.line((18, 6), (6, 18))


def _up(pen: _Pen) -> None:
    pen.line((12, 20), (12, 5))
    pen.line((6, 11), (12, 5), (18, 11))


def _folder(pen: _Pen) -> None:
    pen.line((3.5, 18.5), (3.5, 5.5), (9, 5.5), (11.5, 8.5), (20.5, 8.5), (20.5, 18.5), closed=True)


def _home(pen: _Pen) -> None:
    pen.line((3.5, 11.5), (12, 4), (20.5, 11.5))
    pen.line((6, 10), (6, 20), (18, 20), (18, 10))


def _switch(pen: _Pen) -> None:
    pen.ring((12, 12), 8, 200, 325)
    pen.ring((12, 12), 8, 20, 145)
    pen.line((19.5, 3.5), (18.8, 7.6), (14.8, 7))
    pen.line((4.5, 20.5), (5.2, 16.4), (9.2, 17))


def _shutter(pen: _Pen) -> None:
    pen.ring((12, 12), 9.5)
    pen.dot((12, 12), 6.2)


def _play(pen: _Pen) -> None:
    pen.fill((8, 5.5), (18, 12), (8, 18.5))


def _stop(pen: _Pen) -> None:
    pen.fill((7.5, 7.5), (16.5, 7.5), (16.5, 16.5), (7.5, 16.5))


def _broken(pen: _Pen) -> None:
    pen.line((9, 4), (4, 4), (4, 20), (8, 20))
    pen.line((12.5, 20), (20, 20), (20, 4), (13.5, 4))
    pen.line((13.5, 4), (10, 9), (13.5, 12.5), (10.5, 16), (12.5, 20))


def _frame(pen: _Pen) -> None:
    pen.box(3.5, 3.5, 20.5, 20.5, 1)
    pen.box(7.5, 7.5, 16.5, 16.5, 0.5)


_DRAWINGS: dict[str, Callable[[_Pen], None]] = {
    "about": _about,
    "bench": _bench,
    "broken": _broken,
    "close": _close,
    "compare": _compare,
    "folder": _folder,
    "frame": _frame,
    "gallery": _gallery,
    "home": _home,
    "live": _live,
    "mix": _mix,
    "open": _open,
    "play": _play,
    "save": _save,
    "share": _share,
    "shutter": _shutter,
    "stop": _stop,
    "studio": _studio,
    "switch": _switch,
    "up": _up,
}

NAMES = tuple(_DRAWINGS)

_textures: dict[tuple[str, int], Any] = {}


def draw_icon(name: str, pixels: int) -> NDArray[np.uint8]:
    """The icon as a mask of shape (pixels, pixels): 0 outside, 255 inside."""
    pen = _Pen(pixels)
    _DRAWINGS[name](pen)
    return np.asarray(pen.image.resize((pixels, pixels), Image.Resampling.BOX))


def icon_texture(name: str, pixels: int) -> Any:
    """The icon as a white texture with the mask as alpha; drawn once for each size."""
    key = (name, pixels)
    if key not in _textures:
        from edge_app.ui.textures import texture_of

        mask = draw_icon(name, pixels)
        white = np.full((*mask.shape, 4), 255, np.uint8)
        white[..., 3] = mask
        _textures[key] = texture_of(white)
    return _textures[key]
