"""The app's icon and splash screen, drawn by this file: a whirl of one brush in a gilt frame.

    python -m edge_app.packaging.artwork FOLDER

Drawn at SUPERSAMPLING times the size and reduced; the same bytes each time.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from edge_app.core.files import replacing

Colour = tuple[int, int, int]
Points = NDArray[np.float64]

INK: Colour = (0x14, 0x13, 0x15)
"""The wall of edge_app/ui/theme.py; Android fills the screen around the splash with it."""
NIGHT: Colour = (0x12, 0x2C, 0x4E)
GILT: tuple[Colour, ...] = ((0x9A, 0x6A, 0x1E), (0xE9, 0xB4, 0x4C), (0xFB, 0xE7, 0xA1))
EMBER: tuple[Colour, ...] = (
    (0x8E, 0x2F, 0x1D),
    (0xC9, 0x4F, 0x20),
    (0xEB, 0x92, 0x31),
    (0xF6, 0xC7, 0x58),
    (0xFD, 0xF0, 0xBE),
)
"""The stroke from its beginning outside to its end in the middle."""

SUPERSAMPLING = 4

SAFE = 66 / 108
"""Share of an adaptive icon's side that no launcher cuts off."""

TURNS = 2.05
BRISTLES = 9


def icon(side: int = 512) -> Image.Image:
    """The whole icon on its own rounded ground: RGBA, (side, side)."""
    big = side * SUPERSAMPLING
    image = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, big - 1, big - 1), radius=round(0.22 * big), fill=INK)
    _picture(pen, big, inset=0.13)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def adaptive_background(side: int = 432) -> Image.Image:
    """The lower layer of Android's adaptive icon: RGB, no shape of its own."""
    return Image.new("RGB", (side, side), NIGHT)


def adaptive_foreground(side: int = 432) -> Image.Image:
    """The upper layer, RGBA: the whirl, inside every launcher's mask.

    Without the frame, whose corners a round mask would cut off.
    """
    big = side * SUPERSAMPLING
    image = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    _whirl(ImageDraw.Draw(image), centre=big / 2, reach=0.41 * SAFE * big)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def splash(side: int = 1024) -> Image.Image:
    """What stands on the screen while Python starts: the picture on the wall; RGB."""
    big = side * 2
    image = Image.new("RGB", (big, big), INK)
    _picture(ImageDraw.Draw(image), big, inset=0.33)
    return image.resize((side, side), Image.Resampling.LANCZOS)


FILES: dict[str, Callable[[], Image.Image]] = {
    "icon.png": icon,
    "icon-foreground.png": adaptive_foreground,
    "icon-background.png": adaptive_background,
    "splash.png": splash,
}
"""Name -> what draws it."""


def write_artwork(folder: Path) -> list[Path]:
    """Draw every file of FILES into a folder.

    Raises:
        StorageError: the folder cannot be written.
    """
    paths = []
    for name, draw in FILES.items():
        with replacing(folder / name) as beside:
            draw().save(beside, format="PNG", optimize=True)
        paths.append(folder / name)
    return paths


def _picture(pen: ImageDraw.ImageDraw, side: int, *, inset: float) -> None:
    """The framed whirl on a canvas of `side` pixels, `inset` of it away from every edge."""
    low, high = inset * side, (1 - inset) * side
    span = high - low
    frame = 0.085 * span
    for step, colour in enumerate((GILT[0], GILT[1], GILT[2], GILT[1])):
        edge = low + frame * (0, 0.12, 0.42, 0.54)[step]
        box = (edge, edge, side - edge, side - edge)
        pen.rounded_rectangle(box, radius=0.045 * span - 0.3 * (edge - low), fill=colour)
    inner = low + frame
    pen.rectangle((inner, inner, side - inner, side - inner), fill=NIGHT)
    _whirl(pen, centre=side / 2, reach=(side / 2 - inner) * 0.84)


def _whirl(pen: ImageDraw.ImageDraw, *, centre: float, reach: float) -> None:
    """One spiral stroke that fills a circle of radius `reach`.

    Bristles lie side by side, each a little lighter or darker than the next.
    """
    steps = 420
    along = np.linspace(0, 1, steps)
    angle = -0.62 * math.pi + 2 * math.pi * TURNS * along
    # From the rim to the middle; the brush is lifted at both ends.
    radius = reach * (0.92 - 0.80 * along)
    width = reach * 0.30 * np.clip(np.minimum(along / 0.10, (1 - along) / 0.22), 0, 1) ** 0.6
    width *= 1 - 0.45 * along
    outward = np.stack([np.cos(angle), np.sin(angle)], 1)
    line: Points = outward * radius[:, None]
    edges = np.concatenate(
        [line + outward * width[:, None] / 2, line - outward * width[:, None] / 2]
    )
    low, high = edges.min(0), edges.max(0)
    grown = 2 * reach / (high - low).max()
    line, width = centre + (line - (low + high) / 2) * grown, width * grown
    shades = np.random.default_rng(3).normal(0, 13, BRISTLES)
    for number in range(BRISTLES):
        offset = number / (BRISTLES - 1) - 0.5
        bristle = line + outward * (offset * width)[:, None]
        for i in range(steps - 1):
            colour = _along(EMBER, along[i], shades[number])
            thick = max(1, round(1.7 * width[i] / BRISTLES))
            pen.line([tuple(bristle[i]), tuple(bristle[i + 1])], fill=colour, width=thick)
            half = thick / 2
            x, y = bristle[i]
            pen.ellipse((x - half, y - half, x + half, y + half), fill=colour)


def _along(colours: tuple[Colour, ...], share: float, shade: float) -> Colour:
    """The colour at a share of a row of colours, `shade` steps of 8 bits lighter."""
    place = share * (len(colours) - 1)
    low = min(int(place), len(colours) - 2)
    mixed = np.array(colours[low]) * (1 - (place - low)) + np.array(colours[low + 1]) * (
        place - low
    )
    red, green, blue = (int(value) for value in np.clip(mixed + shade, 0, 255).round())
    return red, green, blue


if __name__ == "__main__":
    write_artwork(Path(sys.argv[1]))
