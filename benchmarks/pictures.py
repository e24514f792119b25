"""Pictures that go with results, and how a page holds them."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from edge_app.core.image import Bytes, fit_within, resize

SIDE = 960
"""Longest side of an embedded picture: sharp at the page's width."""
QUALITY = 86
"""Of its JPEG."""

PICTURE_BYTES = 300_000
"""What one embedded picture may take; most take 100 to 200 kB."""
PAGE_BYTES = 6_000_000
"""What all of a page may take together. As text they take a third more: 8 MB, where the mailboxes
that take least refuse from 10 MB."""
ROW = 3
"""So many pictures may stand side by side: a photograph, a painting, and what became of them."""
LEAST_SIDE = 64
"""A picture is not made smaller than this, whatever it takes."""


@dataclass(frozen=True, kw_only=True)
class Illustration:
    """One stylization to be shown; pictures are uint8 RGB of any size."""

    title: str
    """The style's."""
    photo: Bytes
    stylized: Bytes
    painting: Bytes | None = None
    """The style's picture, where it is at hand."""
    caption: str = ""
    """One sentence: which model drew it, at which size."""


@dataclass(frozen=True, kw_only=True)
class Plate:
    """One picture of an album."""

    name: str
    """Its own on the page: "picture-3"."""
    picture: Bytes
    alt: str
    """What is seen, for those who do not see it."""
    title: str
    caption: str = ""
    inset: Bytes | None = None
    """The painting, shown small in a corner."""

    @property
    def aspect(self) -> float:
        """Width over height."""
        height, width = self.picture.shape[:2]
        return float(width / height)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A photograph and what became of it."""

    title: str
    """The style's."""
    before: Plate
    after: Plate


@dataclass(frozen=True, kw_only=True)
class Album:
    """The pictures of a page, each of them once."""

    plates: tuple[Plate, ...]
    pairs: tuple[Pair, ...]

    @property
    def is_row(self) -> bool:
        """Whether they stand side by side at one height: few, and none with another in it."""
        return len(self.plates) <= ROW and all(plate.inset is None for plate in self.plates)

    @property
    def bytes_each(self) -> int:
        """What a picture may take so that the page stays within PAGE_BYTES."""
        count = sum(1 + (plate.inset is not None) for plate in self.plates)
        return min(PICTURE_BYTES, PAGE_BYTES // max(1, count))


def album(pictures: Sequence[Illustration]) -> Album:
    """The stylizations, before each the photograph and the painting that it was made of.

    A photograph that several share stands once; so do their paintings, in the corners, where there
    is more than one stylization.
    """
    plates: list[Plate] = []
    photos: list[Plate] = []
    pairs = []
    alone = len(pictures) == 1
    for each in pictures:
        before = next((p for p in photos if np.array_equal(p.picture, each.photo)), None)
        if before is None:
            before = Plate(
                name=f"picture-{len(plates)}",
                picture=each.photo,
                alt="The photograph",
                title="The photograph",
            )
            photos.append(before)
            plates.append(before)
        if alone and each.painting is not None:
            plates.append(
                Plate(
                    name=f"picture-{len(plates)}",
                    picture=each.painting,
                    alt=f"The painting {each.title}",
                    title="The painting",
                )
            )
        after = Plate(
            name=f"picture-{len(plates)}",
            picture=each.stylized,
            alt=f"The photograph in the style of {each.title}",
            title=each.title,
            caption=each.caption,
            inset=None if alone else each.painting,
        )
        plates.append(after)
        pairs.append(Pair(title=each.title, before=before, after=after))
    return Album(plates=tuple(plates), pairs=tuple(pairs))


def data_uri(picture: Bytes, side: int = SIDE, most_bytes: int | None = None) -> str:
    """A picture as a JPEG in a page's own text.

    Args:
        picture: uint8 RGB of any size.
        side: its longest side is at most so many pixels.
        most_bytes: and the JPEG at most so large, if given: what is full of detail is reduced
            further, but not below LEAST_SIDE.
    """
    side = min(side, max(picture.shape[:2]))
    content = _jpeg(picture, side)
    while most_bytes is not None and len(content) > most_bytes and side > LEAST_SIDE:
        # A JPEG takes somewhat more a pixel when it is smaller, hence a twentieth below the rule.
        side = max(LEAST_SIDE, int(0.95 * side * math.sqrt(most_bytes / len(content))))
        content = _jpeg(picture, side)
    return "data:image/jpeg;base64," + base64.b64encode(content).decode("ascii")


def _jpeg(picture: Bytes, side: int) -> bytes:
    height, width = picture.shape[:2]
    if max(height, width) > side:
        picture = resize(picture, fit_within((height, width), (side, side)))
    out = io.BytesIO()
    Image.fromarray(picture).save(out, format="JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
