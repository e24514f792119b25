"""`Whirl`: the bundled painting, drawn by this file, so that a first style needs no download.

Brush strokes follow the current of a few whirlpools, broad ones first, fine ones on top. Each
stroke is a bundle of bristles, slightly apart in place and in lightness, as oil paint shows them.
The same seed gives the same picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

TITLE, ARTIST, YEAR, LICENCE = "Whirl", "edgestyle", "2026", "CC0-1.0"

Floats = NDArray[np.float64]

_NIGHT = ("#0b1d3a", "#123a6b", "#1d5c96", "#2f7fb0", "#7fb4c4")
_EMBER = ("#7a2a1c", "#c2491d", "#e8892b", "#f4c04e", "#fbe7a1")
_WHIRLS = ((0.30, 0.34, 0.26, 1.0), (0.72, 0.27, 0.17, -1.0), (0.63, 0.74, 0.30, 0.8))
"""(x, y, reach, spin) in units of the picture's side."""
_OVERSAMPLING = 2


def draw(side: int = 640, *, seed: int = 7) -> NDArray[np.uint8]:
    """The painting as uint8 RGB, (side, side, 3)."""
    rng = np.random.default_rng(seed)
    canvas = side * _OVERSAMPLING
    image = Image.new("RGB", (canvas, canvas), _NIGHT[0])
    pen = ImageDraw.Draw(image)
    for width, length, count in ((0.030, 0.16, 900), (0.016, 0.12, 2600), (0.008, 0.08, 5200)):
        for start in rng.uniform(-0.03, 1.03, (count, 2)):
            _stroke(pen, rng, start, width=width, length=length, canvas=canvas)
    smaller = image.resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(smaller)


def _stroke(
    pen: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    start: Floats,
    *,
    width: float,
    length: float,
    canvas: int,
) -> None:
    path = _follow(start, length * rng.uniform(0.5, 1.0))
    colour = _colour(path[len(path) // 2], rng)
    across = np.gradient(path, axis=0)[:, ::-1] * (1, -1)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    bristles = 6
    for offset in rng.permutation(np.linspace(-0.5, 0.5, bristles)):
        trim = int(rng.integers(0, max(1, len(path) // 4)))
        line = (path + across * offset * width)[trim:] * canvas
        shade = np.clip(colour + rng.normal(0, 13), 0, 255).astype(int)
        pen.line(
            [(float(x), float(y)) for x, y in line],
            fill=(int(shade[0]), int(shade[1]), int(shade[2])),
            width=max(1, round(1.35 * width / bristles * canvas)),
            joint="curve",
        )


def _follow(start: Floats, length: float, *, steps: int = 14) -> Floats:
    """Points along the current, (steps, 2), from `start` on."""
    points = [start]
    for _ in range(steps - 1):
        points.append(points[-1] + _current(points[-1]) * length / steps)
    return np.array(points)


def _current(point: Floats) -> Floats:
    """Unit direction of flow: a westward drift that waves, bent around the whirls."""
    x, y = point
    flow = np.array([1.0, 0.35 * np.sin(7 * x + 3 * y)])
    for cx, cy, reach, spin in _WHIRLS:
        dx, dy = x - cx, y - cy
        pull = 6 * spin * np.exp(-((dx**2 + dy**2) / reach**2))
        flow += pull * np.array([-dy, dx]) / (np.hypot(dx, dy) + 0.03)
    unit: Floats = flow / (np.linalg.norm(flow) + 1e-9)
    return unit


def _colour(point: Floats, rng: np.random.Generator) -> Floats:
    """Embers in rings around the whirls' hearts, night elsewhere."""
    heat = 0.0
    for cx, cy, reach, _ in _WHIRLS:
        distance = np.hypot(point[0] - cx, point[1] - cy) / reach
        heat = max(heat, np.exp(-1.6 * distance) * (0.75 + 0.35 * np.cos(13 * distance)))
    palette = _EMBER if rng.uniform() < 1.5 * heat - 0.12 else _NIGHT
    tone = np.clip(heat + rng.normal(0.34, 0.17), 0, 0.999) * len(palette)
    hexadecimal = palette[int(tone)]
    return np.array([int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
