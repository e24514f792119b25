"""The photographs that pictures are judged on: evenly spread over a folder, square, of one size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.core.image import Bytes, cover, image_paths, read_image


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """One photograph as every subject is given it."""

    name: str
    """Its path below the folder, without suffix, '/' between the parts: 'clip/00012'."""
    picture: Bytes
    """uint8 RGB, (side, side, 3)."""
    aspect: float
    """Height over width of the file."""


@dataclass(frozen=True, kw_only=True)
class Photographs:
    """What could be read of a folder, and what could not."""

    folder: Path
    judged: tuple[Photograph, ...]
    rest: tuple[Path, ...]
    """The folder's other files: what the recogniser learns photographs from."""
    skipped: tuple[str, ...]
    """Why a file was left out, a sentence each."""


def read_photographs(folder: Path, *, count: int, side: int) -> Photographs:
    """`count` photographs of `folder`, evenly spread over its files in the order of their names.

    The same folder gives the same photographs everywhere. Fewer are given where there are fewer;
    a broken file is skipped, not replaced.

    Raises:
        PhotoFolderError: no folder, no picture in it, or none of the chosen ones can be read.
    """
    paths = image_paths(folder)
    count = min(count, len(paths))
    chosen = [paths[(2 * i + 1) * len(paths) // (2 * count)] for i in range(count)]
    judged, skipped = [], []
    for path in chosen:
        try:
            judged.append(read_photograph(path, name_below(folder, path), side))
        except ImageError as error:
            skipped.append(str(error))
    if not judged:
        raise PhotoFolderError(f"none of the photographs chosen can be read; first: {skipped[0]}")
    return Photographs(
        folder=folder,
        judged=tuple(judged),
        rest=tuple(path for path in paths if path not in set(chosen)),
        skipped=tuple(skipped),
    )


def read_photograph(path: Path, name: str, side: int) -> Photograph:
    """Read one file; raises ImageError."""
    picture = read_image(path, min_side=16, reduce_to=side)
    height, width = picture.shape[:2]
    return Photograph(name=name, picture=square(picture, side), aspect=height / width)


def square(picture: Bytes, side: int) -> Bytes:
    """The middle of a picture, brought to side x side: nothing is distorted."""
    return cover(picture, (side, side))


def name_below(folder: Path, path: Path) -> str:
    """A file's name in results: its path below `folder` without the suffix."""
    return path.relative_to(folder).with_suffix("").as_posix()
