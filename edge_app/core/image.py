"""Pictures: reading, writing, and the only place where their ranges and sizes change.

A picture is an array of shape (height, width, 3), RGB, sRGB-encoded: either uint8 in 0..255 (as
decoded and as saved) or float32 in [0, 1] (as every stylizer takes and gives it). Sizes are
(height, width) everywhere.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.core.files import replacing
from edge_app.core.size import Size

Picture = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Value = TypeVar("Value", bound=np.generic)

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded: 64 megapixels need about 1 GB while they are resized."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"})
"""File names that a folder of photographs is searched for (in any case)."""

WRITABLE = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
"""Suffix of an output file -> Pillow's name of the format."""

MUCH = 1.5
"""From which reduction on fewer taps are enough; below it they would show as jagged lines."""

LONGEST_SIDE = {"JPEG": 65500, "PNG": 2**31 - 1, "WEBP": 16383}
"""What the formats, or the libraries that write them, can hold, in pixels."""

_FILTERS = threading.Lock()

_TURNS: dict[Any, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's Orientation -> what sets the picture upright."""


def read_image(path: Path, *, min_side: int = 1, reduce_to: int | None = None) -> Bytes:
    """Decode a picture file to uint8 RGB.

    EXIF orientation is applied, an embedded colour profile is converted to sRGB (where Pillow has
    LittleCMS; Android's has not), transparency is laid on white, grey becomes RGB, 16 bits become
    8. Of an animation the first frame is read. The array may be read-only.

    Args:
        path: the file; its suffix does not matter.
        min_side: the smallest height or width that the caller can work with, in pixels.
        reduce_to: allow a JPEG to be decoded at 1/2, 1/4 or 1/8 of its size, which is several times
            faster, as long as both sides keep at least this many pixels.

    Raises:
        ImageError: missing, empty, truncated or not a picture; smaller than `min_side`; larger
            than `MAX_PIXELS`.
    """
    try:
        with _open(path) as image:
            _check_size(path, image.height, image.width, min_side)
            if reduce_to is not None:
                image.draft(None, (max(1, reduce_to),) * 2)
            image.load()
            return np.asarray(_to_srgb(_upright(image)))
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"{path}: there is no such file") from error
    except IsADirectoryError as error:
        raise ImageError(f"{path}: a picture was expected, this is a folder") from error
    except UnidentifiedImageError as error:
        empty = path.stat().st_size == 0
        reason = "the file is empty" if empty else "not a picture in a format that Pillow reads"
        raise ImageError(f"{path}: {reason}") from error
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"{path}: far too many pixels, the limit is {MAX_PIXELS / 1e6:.0f} megapixels; "
            "make it smaller first"
        ) from error
    except Exception as error:  # on damaged files Pillow's decoders raise nearly anything
        raise ImageError(f"{path}: the picture is damaged or cannot be read ({error})") from error


def write_image(path: Path, picture: Bytes, *, quality: int = 95) -> None:
    """Write uint8 RGB to a .jpg, .png or .webp file, beside and renamed; no metadata is written.

    Raises:
        ImageError: the suffix is of no format that can be written, or the picture is too large
            for it.
        StorageError: the folder cannot be written or the disk is full.
    """
    check_writable(path)
    kind = WRITABLE[path.suffix.lower()]
    height, width = picture.shape[:2]
    if max(height, width) > LONGEST_SIDE[kind]:
        raise ImageError(
            f"{path}: {kind} holds at most {LONGEST_SIDE[kind]} pixels a side, the picture has "
            f"{width}x{height}; use .png"
        )
    with replacing(path) as beside:
        Image.fromarray(picture).save(beside, format=kind, quality=quality, subsampling=0)


def check_writable(path: Path) -> None:
    """Raise ImageError unless the suffix names a format that `write_image` writes."""
    if path.suffix.lower() not in WRITABLE:
        allowed = ", ".join(sorted(WRITABLE))
        raise ImageError(f"{path}: cannot write '{path.suffix}' files; use one of {allowed}")


def image_paths(folder: Path) -> list[Path]:
    """The picture files of a folder by name, subfolders included, hidden ones left out.

    Raises:
        PhotoFolderError: not a folder, or no file in it has a picture's suffix.
    """
    if not folder.is_dir():
        what = "a folder was expected, this is a file" if folder.exists() else "no such folder"
        raise PhotoFolderError(f"{folder}: {what}")
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not paths:
        raise PhotoFolderError(
            f"{folder}: no photograph in it (looked for {', '.join(sorted(SUFFIXES))})"
        )
    return paths


def to_float(picture: Bytes) -> Picture:
    """uint8 0..255 -> float32 [0, 1]."""
    result: Picture = picture.astype(np.float32)
    result /= np.float32(255)
    return result


def to_uint8(picture: Picture) -> Bytes:
    """float32 -> uint8 0..255, rounded; values outside [0, 1] are clipped."""
    result: Picture = np.clip(picture, 0, 1)
    result *= np.float32(255)
    result += np.float32(0.5)
    return result.astype(np.uint8)


def resize(picture: Bytes, size: Size) -> Bytes:
    """Resample to (height, width) with antialiasing; the aspect ratio is the caller's.

    A picture that has the size already is given back itself, not a copy. One that is reduced by
    `MUCH` or more is resampled with half as many taps (Hamming's window in place of a bicubic
    curve), which takes three fifths of the time and looks the same: 44 dB apart, nearly as close as
    bicubic and Lanczos are. At a quarter or less it is averaged over whole pixels first: 12
    megapixels to 640 in a fifth of the time, the same to 50 dB.
    """
    if picture.shape[:2] == size:
        return picture
    height, width = size
    much = min(picture.shape[0] / height, picture.shape[1] / width) >= MUCH
    image = Image.fromarray(picture).resize(
        (width, height),
        Image.Resampling.HAMMING if much else Image.Resampling.BICUBIC,
        reducing_gap=2.0,
    )
    return np.asarray(image)


def fit_within(size: Size, box: Size) -> Size:
    """The largest (height, width) of `size`'s aspect ratio inside `box`; at least 1x1."""
    scale = min(box[0] / size[0], box[1] / size[1])
    height, width = (max(1, min(limit, round(side * scale))) for side, limit in zip(size, box))
    return height, width


def cover(picture: Bytes, size: Size) -> Bytes:
    """The largest middle part of `size`'s aspect ratio, resampled to (height, width)."""
    return resize(middle(picture, fit_within(size, picture.shape[:2])), size)


def middle(picture: Bytes, size: Size) -> Bytes:
    """The part of `size` in the picture's middle, as a view; no side may be larger than its."""
    corner = (picture.shape[0] - size[0]) // 2, (picture.shape[1] - size[1]) // 2
    return crop(picture, corner, size)


def shrink(picture: Bytes, short_side: int) -> Bytes:
    """Resample to a short side of `short_side` pixels; a smaller picture is given back itself."""
    scale = short_side / min(picture.shape[:2])
    height, width = (round(side * scale) for side in picture.shape[:2])
    return picture if scale >= 1 else resize(picture, (height, width))


def pad_to(picture: Bytes, size: Size) -> tuple[Bytes, Size]:
    """Surround a picture by its own mirror image until it has `size`.

    The mirror keeps the picture's statistics, which instance norm divides by; a plain border
    would shift the colours of the whole result.

    Returns:
        The padded picture and the (top, left) corner at which the original begins.
    """
    missing = [want - have for want, have in zip(size, picture.shape[:2])]
    assert min(missing) >= 0, f"cannot pad {picture.shape[:2]} to the smaller {size}"
    top, left = (gap // 2 for gap in missing)
    border = ((top, missing[0] - top), (left, missing[1] - left), (0, 0))
    return np.pad(picture, border, mode="symmetric"), (top, left)


def crop(picture: NDArray[Value], corner: Size, size: Size) -> NDArray[Value]:
    """The part of `size` whose top left corner is `corner`, as a view."""
    (top, left), (height, width) = corner, size
    return picture[top : top + height, left : left + width]


def blend(photo: Picture, stylized: Picture, strength: float) -> Picture:
    """Mix pixels: strength 0 gives the photograph, 1 the stylized picture."""
    return photo + np.float32(strength) * (stylized - photo)


def in_colours_of(photo: Picture, stylized: Picture) -> Picture:
    """The stylized picture's light and dark in the photograph's colours; float32, one shape.

    Luminance-only transfer (Gatys et al. 2017, section 5.2): Y of YIQ from one, I and Q from the
    other, clipped to [0, 1].
    """
    lightness: Picture = (stylized - photo) @ np.array([0.299, 0.587, 0.114], np.float32)
    coloured: Picture = np.clip(photo + lightness[..., None], 0, 1)
    return coloured


def contact_sheet(rows: Sequence[Sequence[Bytes]], *, gap: int = 8) -> Bytes:
    """Lay pictures of one size on white, row by row, `gap` pixels apart."""
    height, width = rows[0][0].shape[:2]
    columns = max(len(row) for row in rows)
    sheet = np.full(
        (len(rows) * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8
    )
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            top, left = i * (height + gap), j * (width + gap)
            sheet[top : top + height, left : left + width] = picture
    return sheet


def _check_size(path: Path, height: int, width: int, min_side: int) -> None:
    if height * width > MAX_PIXELS:
        raise ImageError(
            f"{path}: {width}x{height} is {height * width / 1e6:.0f} megapixels, the limit is "
            f"{MAX_PIXELS / 1e6:.0f}; make it smaller first"
        )
    if min(height, width) < min_side:
        raise ImageError(
            f"{path}: {width}x{height} pixels is too small; at least {min_side} a side are needed"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's warnings about odd metadata and sizes: what matters is checked here."""
    # The list of warning filters belongs to the whole process, and crops are decoded in threads.
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _open(path: Path) -> Image.Image:
    with _quiet():
        return Image.open(path)


def _upright(image: Image.Image) -> Image.Image:
    """Turn as EXIF asks; unreadable EXIF is common and harmless, and asks for nothing."""
    try:
        with _quiet():
            turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    except Exception:  # Pillow's EXIF parser raises nearly anything too
        turn = None
    return image if turn is None else image.transpose(turn)


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode == "F":
        raise ValueError("floating-point pictures have no known range; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        # All of Pillow's integer modes hold 16 bits; those with 32 come from PNG and PGM too.
        values = np.clip(np.asarray(image).astype(np.float32), 0, 65535)
        image = Image.fromarray((values / 257 + 0.5).astype(np.uint8))
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image).convert("RGB")
    elif image.mode not in {"L", "RGB", "CMYK", "LAB"}:
        image = image.convert("RGB")
    if image.mode == "LAB":
        return _between_profiles(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if profile:
        try:
            return _between_profiles(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError):
            pass  # A broken profile is common and harmless: read the numbers as they stand.
        except ImportError:
            pass  # Android's Pillow has no LittleCMS: a wide gamut looks a little paler there.
    return image if image.mode == "RGB" else image.convert("RGB")  # converting always copies


def _between_profiles(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    srgb = ImageCms.createProfile("sRGB")
    result = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    assert result is not None, "only a conversion in place gives nothing"
    return result
