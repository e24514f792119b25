"""A landscape drawn by formula: the photograph that is measured with when none is given."""

from __future__ import annotations

import numpy as np

from edge_app.core.image import Bytes, Picture, to_uint8

NAME = "drawn landscape"
SIZE = (768, 1024)
"""(height, width); four by three, as most cameras take them."""

SKY = ((0.29, 0.48, 0.72), (0.97, 0.82, 0.66))
"""RGB at the zenith and at the horizon."""
SUN = (1.0, 0.96, 0.84)
HILLS = (
    # (height above the ground, waviness, wave length, RGB), from the farthest to the nearest
    (0.46, 0.050, 0.61, (0.60, 0.62, 0.72)),
    (0.37, 0.060, 0.43, (0.40, 0.50, 0.56)),
    (0.25, 0.050, 0.77, (0.33, 0.45, 0.30)),
    (0.10, 0.035, 0.52, (0.20, 0.28, 0.17)),
)


def draw_scene(height: int = SIZE[0], width: int = SIZE[1]) -> Bytes:
    """Sky, sun and hills with fine grain: smooth parts, edges and texture, the same every time.

    How long a model takes does not depend on what the picture shows; whether it draws the right
    picture shows better on one that has something of everything.
    """
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    zenith, horizon = (np.asarray(colour, np.float32) for colour in SKY)
    share = np.clip(y / 0.6, 0, 1)[..., None]
    picture: Picture = np.broadcast_to(zenith + share * (horizon - zenith), (height, width, 3))
    distance = np.hypot((x - 0.68) * width / height, y - 0.30)
    glow = np.exp(-((distance / 0.16) ** 2))[..., None]
    picture = picture + np.float32(0.5) * glow * (np.float32(1) - picture)
    picture = np.where((distance < 0.055)[..., None], np.asarray(SUN, np.float32), picture)
    for i, (level, waviness, length, colour) in enumerate(HILLS):
        turns = 2 * np.pi * (x / np.float32(length) + np.float32(0.37 * i))
        ridge = 1 - level - waviness * (np.sin(turns) + np.float32(0.4) * np.sin(2.3 * turns))
        # Light falls from the right: a slope's shade is its ridge's gradient.
        shade = 1 + np.float32(0.25) * np.clip(np.gradient(ridge[0]) * width, -1, 1)
        hill = np.asarray(colour, np.float32) * shade[None, :, None]
        picture = np.where((y > ridge)[..., None], hill, picture)
    grain = np.random.default_rng(0).standard_normal((height, width, 1)).astype(np.float32)
    return to_uint8(picture + np.float32(0.02) * grain)
