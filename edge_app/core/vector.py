"""A style as a model takes it: the scales and shifts of its norms, one number after the other.

On disk a .npy file (NumPy's own format) of float32; only its plain header is read, never a pickle.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from edge_app.core.errors import ConfigError, PackError
from edge_app.core.manifest import ModelFile

Vector = NDArray[np.float32]
"""(N,); N is a model's `style_length`."""

NO_STYLE: Vector = np.zeros(0, np.float32)
"""What a model of one style is given: nothing."""
NO_STYLE.setflags(write=False)

_NUMBERS = np.dtype("<f4")


def vector_file(vector: Vector) -> bytes:
    """The contents of a vector's file; the same vector gives the same bytes."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, vector.astype(_NUMBERS), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def read_vector(content: bytes, length: int, *, where: str) -> Vector:
    """The way back.

    Args:
        content: of the file, of any origin.
        length: how many numbers it must hold.
        where: begins every error's text.

    Raises:
        PackError: no .npy file, or not of `length` finite float32.
    """
    stream = io.BytesIO(content)
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("its format is not version 1.0")
        header = np.lib.format.read_array_header_1_0(stream)
    except Exception as error:  # the header is parsed as Python, which can fail in many ways
        raise PackError(f"{where}: not a .npy file: {error}") from error
    size_bytes = len(content) - stream.tell()
    if header != ((length,), False, _NUMBERS) or size_bytes != length * _NUMBERS.itemsize:
        shape, _, dtype = header
        raise PackError(
            f"{where}: expected {length} numbers of float32, got {dtype} of shape {shape} in "
            f"{size_bytes} bytes"
        )
    vector = np.frombuffer(content, _NUMBERS, offset=stream.tell()).astype(np.float32)
    if not np.isfinite(vector).all():
        raise PackError(f"{where}: holds values that are not numbers")
    return vector


def check_style(model: ModelFile, style: Vector) -> None:
    """Raise ConfigError unless `style` is a vector of the model's length."""
    if style.dtype != np.float32 or style.shape != (model.style_length,):
        raise ConfigError(
            f"{model.path}: expected a style of {model.style_length} numbers of float32, got "
            f"{style.dtype} of shape {style.shape}"
        )


def style_shape(model: ModelFile) -> tuple[int, int, int, int]:
    """Of the model's second input: a picture of one pixel, its channels where the model's are."""
    length = model.style_length
    return (1, 1, 1, length) if model.layout == "NHWC" else (1, length, 1, 1)
