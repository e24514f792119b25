"""Pictures that go with results, and how a page holds them."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable, Sequence
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
    """What drew it: the style's, or a method's."""
    photo: Bytes
    stylized: Bytes
    painting: Bytes | None = None
    """The style's picture, where it is at hand."""
    caption: str = ""
    """One sentence: which model drew it, at which size."""


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """Stylizations that stand together on a page."""

    pictures: Sequence[Illustration]
    """In this order."""
    name: str = ""
    """What they have in common, where a page has several chapters."""


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
    """What drew it."""
    before: Plate
    after: Plate


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A chapter laid out: its pictures, each of them once."""

    name: str
    plates: tuple[Plate, ...]
    pairs: tuple[Pair, ...]

    @property
    def is_row(self) -> bool:
        """Whether they stand side by side at one height: few, and none with another in it."""
        return len(self.plates) <= ROW and all(plate.inset is None for plate in self.plates)


@dataclass(frozen=True, kw_only=True)
class Album:
    """The pictures of a page."""

    spreads: tuple[Spread, ...]

    @property
    def plates(self) -> tuple[Plate, ...]:
        """All pictures in their order."""
        return tuple(plate for spread in self.spreads for plate in spread.plates)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All that can be compared."""
        return tuple(pair for spread in self.spreads for pair in spread.pairs)

    @property
    def bytes_each(self) -> int:
        """What a picture may take so that the page stays within PAGE_BYTES."""
        count = sum(1 + (plate.inset is not None) for plate in self.plates)
        return min(PICTURE_BYTES, PAGE_BYTES // max(1, count))


def album(chapters: Iterable[Chapter]) -> Album:
    """The stylizations, before each the photograph and the painting that it was made of.

    In a chapter a photograph that several share stands once. So does a painting that all share;
    where there are more, each stands in the corners of what was made of it.
    """
    spreads: list[Spread] = []
    for chapter in chapters:
        if chapter.pictures:
            spreads.append(_spread(chapter, sum(len(spread.plates) for spread in spreads)))
    return Album(spreads=tuple(spreads))


def _spread(chapter: Chapter, first: int) -> Spread:
    """A chapter whose pictures are numbered from `first` on."""
    plates: list[Plate] = []
    photos: list[Plate] = []
    pairs = []

    def placed(
        picture: Bytes, title: str, alt: str, caption: str = "", inset: Bytes | None = None
    ) -> Plate:
        plates.append(
            Plate(
                name=f"picture-{first + len(plates)}",
                picture=picture,
                alt=alt,
                title=title,
                caption=caption,
                inset=inset,
            )
        )
        return plates[-1]

    painting = _shared_painting(chapter.pictures)
    for each in chapter.pictures:
        before = next((p for p in photos if np.array_equal(p.picture, each.photo)), None)
        if before is None:
            before = placed(each.photo, "The photograph", "The photograph")
            photos.append(before)
            if painting is not None and len(photos) == 1:
                placed(painting, "The painting", "The painting")
        after = placed(
            each.stylized,
            each.title,
            f"The photograph as {each.title} draws it",
            each.caption,
            each.painting if painting is None else None,
        )
        pairs.append(Pair(title=each.title, before=before, after=after))
    return Spread(name=chapter.name, plates=tuple(plates), pairs=tuple(pairs))


def _shared_painting(pictures: Sequence[Illustration]) -> Bytes | None:
    """The painting that all were made of, if there is one."""
    first = pictures[0].painting
    if first is None:
        return None
    same = (p.painting is not None and np.array_equal(p.painting, first) for p in pictures)
    return first if all(same) else None


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
