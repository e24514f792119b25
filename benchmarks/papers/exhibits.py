"""Pictures to look at: a photograph in one style as every method drew it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.pictures import Chapter, Illustration
from edge_app.core.image import Bytes, contact_sheet


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One photograph in one style; pictures are uint8 RGB, all but the painting of one size."""

    style: str
    photo: Bytes
    painting: Bytes
    drawn: dict[str, Bytes]
    """Method -> its picture."""


def sheets_of(exhibits: Sequence[Exhibit]) -> Iterator[tuple[str, Bytes, tuple[str, ...]]]:
    """Each style's pictures in one: a row a photograph; the style, the sheet, the columns' names.

    A row shows the photograph, then what the methods drew.
    """
    for style in dict.fromkeys(each.style for each in exhibits):
        rows = [each for each in exhibits if each.style == style]
        names = ("photograph", *rows[0].drawn)
        yield style, contact_sheet([[row.photo, *row.drawn.values()] for row in rows]), names


def chapters_of(exhibits: Sequence[Exhibit]) -> Iterator[Chapter]:
    """Each style's pictures as chapters of an album: one for each of its photographs."""
    for style in dict.fromkeys(each.style for each in exhibits):
        title = style.replace("_", " ")
        rows = [each for each in exhibits if each.style == style]
        for number, row in enumerate(rows, start=1):
            yield Chapter(
                name=title if len(rows) == 1 else f"{title}, photograph {number}",
                pictures=[
                    Illustration(
                        title=method, photo=row.photo, stylized=picture, painting=row.painting
                    )
                    for method, picture in row.drawn.items()
                ],
            )
