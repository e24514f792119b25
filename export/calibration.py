"""Representative photographs: some to find the ranges of activations, others to compare on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.core.image import Bytes, Picture, cover, image_paths, read_image, shrink, to_float
from edge_app.core.size import Size

T = TypeVar("T")

LESSON_COUNT, LESSON_SIDE = 64, 512
"""Photographs to fine-tune on, and the short side that they are brought to."""

CALIBRATION_COUNT = 16
PARITY_COUNT = 4

MIN_SIDE = 64
"""Smaller photographs would be mostly interpolation at the models' sizes."""

SHORT_SIDE = 1024
"""Larger photographs are brought to this short side: twenty from a camera would fill the memory."""


@dataclass(frozen=True, kw_only=True)
class Photographs:
    """What `representative` found."""

    calibration: tuple[Bytes, ...]
    parity: tuple[tuple[str, Bytes], ...]
    """File name and picture."""
    skipped: dict[Path, str]
    """Broken or tiny files that were met, with the reason."""
    folder: Path
    """Where they are from."""


def representative(folder: Path, *, parity_count: int = PARITY_COUNT) -> Photographs:
    """Photographs spread evenly over a folder; the same folder gives the same ones.

    Those to compare on are none of those to calibrate on, unless the folder holds too few for both:
    a range that just fits the picture that it is tested with would flatter the file.

    Raises:
        PhotoFolderError: no such folder, or no photograph in it that can be read.
    """
    paths = image_paths(folder)
    wanted = parity_count + CALIBRATION_COUNT
    found: list[tuple[str, Bytes]] = []
    skipped: dict[Path, str] = {}
    for path in _spread(paths, wanted):
        if len(found) == wanted:
            break
        try:
            found.append((path.name, _read(path)))
        except ImageError as error:
            skipped[path] = str(error)
    if not found:
        reason = next(iter(skipped.values()))
        raise PhotoFolderError(
            f"{folder}: none of the {len(paths)} photographs in it can be used; the first: {reason}"
        )
    count = min(parity_count, max(1, len(found) // 2))
    found = _spread(found, count)
    parity, calibration = found[:count], found[count:] or found
    return Photographs(
        calibration=tuple(photo for _, photo in calibration),
        parity=tuple(parity),
        skipped=skipped,
        folder=folder,
    )


def lessons(photos: Photographs) -> list[Bytes]:
    """Photographs of the same folder to learn on, none of those to compare on.

    Raises:
        PhotoFolderError: there are none but those.
    """
    compared = {name for name, _ in photos.parity}
    paths = [path for path in image_paths(photos.folder) if path.name not in compared]
    found: list[Bytes] = []
    for path in _spread(paths, LESSON_COUNT):
        if len(found) == LESSON_COUNT:
            break
        with suppress(ImageError):  # `representative` has told of those that it met
            found.append(shrink(_read(path), LESSON_SIDE))
    if not found:
        raise PhotoFolderError(
            f"{photos.folder}: its {len(compared)} photographs are all needed to compare on; "
            "to fine-tune, some more are needed"
        )
    return found


def at_size(photo: Bytes, size: Size) -> Picture:
    """The middle of a photograph, as large as the aspect ratio allows, at `size` in float32."""
    return to_float(cover(photo, size))


def _read(path: Path) -> Bytes:
    return shrink(read_image(path, min_side=MIN_SIDE, reduce_to=SHORT_SIDE), SHORT_SIDE)


def _spread(items: Sequence[T], count: int) -> list[T]:
    """`count` of the items at equal steps, then all the others."""
    count = min(count, len(items))
    first = [i * len(items) // count for i in range(count)]
    others = sorted(set(range(len(items))) - set(first))
    return [items[i] for i in (*first, *others)]
