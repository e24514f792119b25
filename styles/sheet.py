"""The pictures of docs/styles.md: `python -m styles.sheet` draws them again with what ships."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from edge_app.core.catalog import list_packs
from edge_app.core.image import (
    Bytes,
    contact_sheet,
    cover,
    fit_within,
    middle,
    read_image,
    resize,
    write_image,
)
from edge_app.core.pack import StylePack
from edge_app.core.runtime import open_runtime
from edge_app.core.styles import Palette
from edge_app.core.stylizer import stylize
from styles.samples import write_samples

NETWORK = "small"
"""Whose pictures are shown; `nano` draws the same styles."""

TILE = (288, 384)
"""(height, width) of a picture in the sheet."""

LARGE = 1024
"""Longest side of the picture whose middle is shown pixel by pixel."""


def draw_sheets(folder: Path) -> list[Path]:
    """Write one photograph in every style, its middle drawn large likewise, and six a style."""
    with TemporaryDirectory() as temporary:
        others, held_out = write_samples(Path(temporary))
        paths = [held_out, *sorted(others.iterdir())][:6]
        photos = [cover(read_image(path), TILE) for path in paths]
        large = read_image(held_out)
        large = resize(large, fit_within(large.shape[:2], (LARGE, LARGE)))
    found = [pack for pack in list_packs() if isinstance(pack, StylePack)]
    packs = [pack for pack in found if pack.manifest.network == NETWORK]
    written: list[Path] = []
    first: list[Bytes] = []
    close: list[Bytes] = []
    for pack in packs:
        style = Palette(pack).mix().style
        with closing(open_runtime(pack, size=LARGE)) as runtime:
            drawn = stylize(runtime, large, style=style, longest_side=LARGE)
        close.append(middle(drawn, TILE))
        with closing(open_runtime(pack, size=512)) as runtime:
            row = [cover(stylize(runtime, photo, style=style), TILE) for photo in photos]
        first.append(row[0])
        path = folder / f"{pack.manifest.id}.jpg"
        write_image(path, contact_sheet([row[:3], row[3:]]), quality=82)
        written.append(path)
    for name, pictures in (("all", first), ("close", close)):
        path = folder / f"{name}.jpg"
        write_image(path, contact_sheet(_rows(pictures, 4)), quality=85)
        written.append(path)
    return written


def _rows(pictures: Sequence[Bytes], columns: int) -> list[Sequence[Bytes]]:
    return [pictures[i : i + columns] for i in range(0, len(pictures), columns)]


if __name__ == "__main__":
    for made in draw_sheets(Path("docs/styles")):
        print(made)  # noqa: T201
