"""The user's photographs: read in a bounded size, written without what is nobody's business.

Of a photograph's EXIF only what says how it was taken may be kept, and only where the user wants
it; the names are a closed list, so that places (GPS, and makers' notes, captions and XMP, which
may name them too), owners and serial numbers are never among it.
"""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

from PIL import ExifTags, Image

from edge_app.core.errors import ImageError
from edge_app.core.image import Bytes, fit_within, read_image, resize
from edge_app.core.pack import StylePack

MAX_SIDE = 4096
"""Photographs are kept in memory no larger than this; no style gives more pixels a side."""

SHOWN_SIDE = 1600
"""No screen that this app meets shows more of a photograph while it waits for its picture."""

MIN_SIDE = 32
"""Smaller pictures have nothing that a style could be painted on."""

_BASE = ExifTags.Base
KEPT = (_BASE.Make, _BASE.Model, _BASE.DateTime)
KEPT_EXIF = (
    _BASE.DateTimeOriginal,
    _BASE.OffsetTimeOriginal,
    _BASE.ExposureTime,
    _BASE.FNumber,
    _BASE.ISOSpeedRatings,
    _BASE.FocalLength,
    _BASE.FocalLengthIn35mmFilm,
    _BASE.ExposureBiasValue,
    _BASE.Flash,
    _BASE.LensMake,
    _BASE.LensModel,
)
"""Tags of the main and of the Exif directory that may be kept."""


def read_photo(path: Path) -> Bytes:
    """Decode a photograph, upright, at most MAX_SIDE pixels a side; uint8 RGB (h, w, 3).

    Raises:
        ImageError: as `read_image`; also where the memory is not enough.
    """
    try:
        photo = read_image(path, min_side=MIN_SIDE, reduce_to=MAX_SIDE // 2)
        height, width = photo.shape[:2]
        if max(height, width) > MAX_SIDE:
            photo = resize(photo, fit_within((height, width), (MAX_SIDE, MAX_SIDE)))
    except MemoryError as error:
        raise ImageError(f"{path}: not enough memory for this picture; make it smaller") from error
    return photo


def for_screen(photo: Bytes) -> Bytes:
    """A photograph as it is shown until its picture is there, at most SHOWN_SIDE pixels a side."""
    height, width = photo.shape[:2]
    if max(height, width) <= SHOWN_SIDE:
        return photo
    return resize(photo, fit_within((height, width), (SHOWN_SIDE, SHOWN_SIDE)))


def read_thumbnail(path: Path, side: int) -> Bytes:
    """A small version that covers a square of `side` pixels; uint8 RGB, upright.

    Raises:
        ImageError: as `read_image`.
    """
    picture = read_image(path, reduce_to=side)
    scale = side / min(picture.shape[:2])
    if scale >= 1:
        return picture
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    return resize(picture, (height, width))


def read_preview(pack: StylePack, name: str, side: int) -> Bytes:
    """A preview in a pack as `read_thumbnail` gives it.

    Raises:
        PackError: the pack was changed or has gone.
        ImageError: its preview is no picture.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name.rpartition("/")[2]
        path.write_bytes(pack.read(name))
        try:
            return read_thumbnail(path, side)
        except ImageError as error:
            reason = str(error).removeprefix(f"{path}: ")
            raise ImageError(f"{pack.path}: {name}: {reason}") from error


def camera_data(path: Path) -> bytes:
    """The EXIF of a photograph that may be kept, ready for `encode_jpeg`; empty if there is none.

    The orientation is left out: pictures here are upright already.
    """
    kept = Image.Exif()
    try:
        with Image.open(path) as image:
            exif = image.getexif()
            for tag in KEPT:
                if tag in exif:
                    kept[tag] = exif[tag]
            inner = exif.get_ifd(ExifTags.IFD.Exif)
            own = kept.get_ifd(ExifTags.IFD.Exif)
            for tag in KEPT_EXIF:
                if tag in inner:
                    own[tag] = inner[tag]
        return kept.tobytes() if len(kept) or own else b""
    except Exception:  # EXIF is often damaged, and Pillow raises nearly anything then
        return b""


def encode_jpeg(picture: Bytes, exif: bytes = b"", *, quality: int = 95) -> bytes:
    """A picture as a JPEG file; `exif` as `camera_data` gives it."""
    stream = io.BytesIO()
    image = Image.fromarray(picture)
    image.save(stream, format="JPEG", quality=quality, subsampling=0, exif=exif)
    return stream.getvalue()


def proposed_name(photo_name: str, style_id: str) -> str:
    """'IMG_2041.HEIC' and 'whirl' -> 'IMG_2041-whirl.jpg', safe on every file system."""
    stem = re.sub(r"\.\w{1,5}$", "", photo_name)
    stem = re.sub(r"[^\w-]+", "-", stem).strip("-_")[:60] or "photo"
    return f"{stem}-{style_id}.jpg"
