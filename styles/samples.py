"""Photographs to try things on: those that scikit-image and scikit-learn carry in their packages.

Their READMEs give the terms: public domain, CC0 or CC BY.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from edge_app.core.files import replacing

TRAINING = ("astronaut", "chelsea", "coffee", "motorcycle", "rocket", "flower")
HELD_OUT = "china"
"""Never trained on: the photograph that the demo stylizes."""

LONG_SIDE = 640


def write_samples(folder: Path) -> tuple[Path, Path]:
    """Write the photographs as JPEGs; gives the folder to train on and the held-out photograph."""
    for name in TRAINING:
        _write(folder / "photos" / f"{name}.jpg", _photograph(name))
    held_out = folder / f"{HELD_OUT}.jpg"
    _write(held_out, _photograph(HELD_OUT))
    return folder / "photos", held_out


def _photograph(name: str) -> Image.Image:
    if name in {"china", "flower"}:
        from sklearn.datasets import load_sample_image

        return Image.fromarray(np.asarray(load_sample_image(f"{name}.jpg")))
    import skimage.data

    if name == "motorcycle":
        return Image.fromarray(skimage.data.stereo_motorcycle()[0])
    return Image.fromarray(getattr(skimage.data, name)())


def _write(path: Path, photograph: Image.Image) -> None:
    photograph.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    with replacing(path) as beside:
        photograph.save(beside, format="JPEG", quality=92)
