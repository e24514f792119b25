"""Photograph and style to picture, with the models kept open: what the app does on its worker.

Everything here runs on one thread, the worker's; no widget calls it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from edge_app.core.errors import ConfigError
from edge_app.core.image import Bytes, blend, fit_within, resize, to_float, to_uint8
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack
from edge_app.core.runtime import Runtime, RuntimeInfo, choose_models, open_runtime
from edge_app.core.size import Size
from edge_app.core.styles import PLAIN, Mix
from edge_app.core.stylizer import fitting_sizes, stylize

KEPT_OPEN = 2
"""Models that stay loaded: the last style and the one before, for going to and fro."""

FREE_SIZES = (1024, 2048)
"""Sizes that are offered besides the fixed ones where a model takes any size."""

FREE_SIZE_LIBRARY = "onnxruntime"
"""What runs models of free size here; where it is not installed they are not offered."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A stylized photograph, before anything is mixed."""

    photo: Bytes
    """The photograph at the result's size; uint8 RGB (h, w, 3)."""
    styled: Bytes
    """What the model drew, of the same shape."""
    mix: Mix
    """What it was drawn with."""
    latency_ms: float
    """Resizing, model and back; without loading the model."""
    info: RuntimeInfo
    """What really ran it."""

    def mixed(self, strength: float) -> Bytes:
        """So much of the drawn picture, 0 to 1, over the photograph, as the screen shows it."""
        return to_uint8(blend(to_float(self.photo), to_float(self.styled), strength))


class Atelier:
    """Opens models when they are asked for and keeps the last few.

    Args:
        opener: `open_runtime`, or a test's.
        kept_open: how many models stay loaded.

    Attributes:
        accelerator: what runs the pictures from now on, as in `open_runtime`. May be set on any
            thread; who needs the same one for several pictures gives it with each.
        frugal: only the last model stays loaded, as `make_room` and the next picture see to. May be
            set on any thread.
    """

    def __init__(
        self, opener: Callable[..., Runtime] = open_runtime, *, kept_open: int = KEPT_OPEN
    ) -> None:
        self._open = opener
        self._kept_open = kept_open
        self.accelerator = "auto"
        self.frugal = False
        self._runtimes: OrderedDict[tuple[Any, ...], Runtime] = OrderedDict()

    def stylize(
        self,
        pack: StylePack,
        photo: Bytes,
        *,
        longest_side: int,
        mix: Mix = PLAIN,
        accelerator: str | None = None,
    ) -> Rendering:
        """Stylize uint8 RGB (h, w, 3) of any size; see `edge_app.core.stylizer.stylize`.

        The mix's own strength, that of pixels, is left to whoever shows the rendering.

        Raises:
            ConfigError: the pack has no model for this size.
            RuntimeUnavailableError: no library here runs it, or it failed.
            PackError: the model's file is damaged, or has gone.
        """
        runtime = self.runtime(pack, longest_side, accelerator=accelerator)
        begin = time.perf_counter()
        longest = longest_side if runtime.model.size is None else None
        fitted, _ = fitting_sizes(runtime.model, _size(photo), longest)
        resized = resize(photo, fitted)
        styled = stylize(runtime, resized, style=mix.style, longest_side=longest)
        latency_ms = (time.perf_counter() - begin) * 1000
        return Rendering(
            photo=resized, styled=styled, mix=mix, latency_ms=latency_ms, info=runtime.info
        )

    def runtime(
        self, pack: StylePack, longest_side: int, *, accelerator: str | None = None
    ) -> Runtime:
        """The pack's model for a size, opened if it is not; errors as for `stylize`."""
        accelerator = self.accelerator if accelerator is None else accelerator
        fixed = longest_side if longest_side in fixed_sizes(pack) else None
        key = (pack.sha256, fixed, accelerator)
        if key in self._runtimes:
            self._runtimes.move_to_end(key)
            self.make_room()
            return self._runtimes[key]
        # Room is made before the new one is loaded: two large models may not fit side by side.
        self.make_room(for_another=True)
        runtime = self._open(pack, size=longest_side, accelerator=accelerator)
        self._runtimes[key] = runtime
        return runtime

    def make_room(self, *, for_another: bool = False) -> None:
        """Close the models that were used longest ago, beyond those that may stay."""
        kept = (1 if self.frugal else self._kept_open) - for_another
        while len(self._runtimes) > kept:
            self._runtimes.popitem(last=False)[1].close()

    def close(self) -> None:
        """Give all memory of models back; they are opened again when they are needed."""
        while self._runtimes:
            self._runtimes.popitem()[1].close()


def fixed_sizes(pack: StylePack) -> list[int]:
    """The longest sides of the models of fixed size that can be run, ascending."""
    try:
        models = choose_models(pack)
    except ConfigError:
        return []
    return sorted({max(model.size) for model in models if model.size is not None})


def offered_sizes(pack: StylePack) -> list[int]:
    """The longest sides that the user may choose between, ascending; empty if none can be run."""
    sizes = fixed_sizes(pack)
    if find_spec(FREE_SIZE_LIBRARY) is not None and pack.models(format=Format.ONNX):
        try:
            free = any(model.size is None for model in choose_models(pack))
        except ConfigError:
            free = False
        largest = max(sizes, default=0)
        sizes += [size for size in FREE_SIZES if free and size > largest]
    return sizes


def nearest_size(sizes: list[int], wish: int) -> int:
    """The offered size that is nearest to a wish, the smaller of two."""
    return min(sizes, key=lambda size: (abs(size - wish), size))


def model_size(pack: StylePack, photo: Size, longest_side: int) -> Size:
    """The (height, width) that the model would be run at, for an estimate of its memory."""
    if longest_side in fixed_sizes(pack):
        return longest_side, longest_side
    return fit_within(photo, (longest_side, longest_side))


def _size(picture: Bytes) -> Size:
    return picture.shape[0], picture.shape[1]
