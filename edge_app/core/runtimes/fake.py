"""A runtime without a library: any function on pictures, for tests and apps without models."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_app.core.errors import RuntimeUnavailableError
from edge_app.core.image import Picture
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.runtime import RuntimeInfo, check_picture
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector, check_style


def fake_model(
    size: Size | None = (64, 64), *, size_multiple: int = 4, style_length: int = 0
) -> ModelFile:
    """A description of a model that has no file."""
    return ModelFile(
        path="fake/fp32.tflite",
        format=Format.TFLITE,
        recipe="fp32",
        size=size,
        size_multiple=size_multiple,
        style_length=style_length,
        layout="NHWC",
        dtype="float32",
        value_range=(0.0, 1.0),
        not_run="there is no model",
    )


def negative(picture: Picture) -> Picture:
    """The default style: every value v becomes 1 - v."""
    return np.float32(1) - picture


class FakeRuntime:
    """Holds the contract of `Runtime` and keeps the pictures and styles it was given.

    Args:
        model: whose size the pictures must have.
        style: what is done to a picture, float32 (height, width, 3) to the same, where the model
            takes no style's vector.
        styled: likewise where it takes one, of picture and vector.
        info: what it claims to be.
    """

    def __init__(
        self,
        model: ModelFile | None = None,
        *,
        style: Callable[[Picture], Picture] = negative,
        styled: Callable[[Picture, Vector], Picture] = lambda picture, _: picture,
        info: RuntimeInfo | None = None,
    ) -> None:
        self.model = fake_model() if model is None else model
        self.info = info or RuntimeInfo(backend="fake", version="1", threads=1, accelerator="none")
        self.seen: list[Picture] = []
        self.styles: list[Vector] = []
        self._style, self._styled = style, styled
        self._closed = False

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """See `Runtime`."""
        if self._closed:
            raise RuntimeUnavailableError(f"{self.model.path}: the runtime was closed")
        check_picture(self.model, picture)
        check_style(self.model, style)
        self.seen.append(picture.copy())
        self.styles.append(style.copy())
        drawn = self._styled(picture, style) if style.size else self._style(picture)
        return np.array(drawn, dtype=np.float32)

    def close(self) -> None:
        """See `Runtime`."""
        self._closed = True
