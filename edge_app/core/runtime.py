"""Running a model: one small protocol, and the choice of a model and a library for it.

The libraries themselves are imported inside edge_app/core/runtimes/, each only when a model asks
for it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np

from edge_app.core.allocator import MB, keep_freed_memory
from edge_app.core.backends import BACKENDS, BackendName, backends_here, system
from edge_app.core.errors import ConfigError, ImageError, PackError, RuntimeUnavailableError
from edge_app.core.image import Picture, fit_within
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.pack import StylePack
from edge_app.core.processor import processor
from edge_app.core.recipe import AUTO, Choice, suited
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector

DEFAULT_RECIPE = "fp32"
"""Exact and fast on every CPU. fp16 files are half as large but no faster there, and int8 costs
picture quality, so both are for those who ask for them."""

DEFAULT_THREADS = 4
"""At most this many threads unless asked otherwise: all of a Raspberry Pi, the fast cores of most
phones (slow ones make the others wait), and as much as a picture of this size keeps busy on a
desktop."""

KEPT_BYTES = 64 * MB
"""What pictures of up to a megapixel leave behind."""

MAX_THREADS = 256
"""More than any machine that this is for; the libraries start every thread they are told to."""


@dataclass(frozen=True, kw_only=True)
class RuntimeInfo:
    """What really runs a model, for reports: found out, never what was asked for."""

    backend: str
    """Name of one of BACKENDS, or 'fake'."""
    version: str
    """Of the library."""
    threads: int
    """0 where the library decides and does not tell."""
    accelerator: str
    """'xnnpack', 'gpu', 'none'; 'unknown' where the library does not tell."""
    accelerated_share: float = 0.0
    """How much of the model's operators the accelerator took, 0 to 1; at least this much where
    the library tells no more."""
    note: str = ""
    """Why it is not the preferred accelerator, for people; '' where it is."""


class Runtime(Protocol):
    """A loaded model. Open, run and close it on one thread: a GPU's context belongs to it."""

    @property
    def model(self) -> ModelFile:
        """What is run: size, recipe, layout."""

    @property
    def info(self) -> RuntimeInfo:
        """What runs it now; changes where an accelerator fails and the CPU takes over."""

    def run(self, picture: Picture, style: Vector = NO_STYLE) -> Picture:
        """Stylize float32 RGB of shape (height, width, 3) in [0, 1] to the same.

        `style` has the model's `style_length` numbers; edge_app/core/styles.py gives one. The
        result is a copy that the caller owns.

        Raises:
            ImageError: not of the model's size and type.
            ConfigError: a style of another length.
            RuntimeUnavailableError: the runtime was closed, or the library failed.
        """

    def close(self) -> None:
        """Give the model's memory back. May be called twice."""


def open_runtime(
    pack: StylePack,
    *,
    recipe: str | None = None,
    size: int | Size | None = None,
    threads: int | None = None,
    accelerator: str = "auto",
    format: Format | None = None,  # noqa: A002 - the manifest's word
    backend: BackendName = "auto",
    photo: Size | None = None,
) -> Runtime:
    """Load the model of a pack that fits the wishes best.

    Where several libraries could run it, the order of BACKENDS decides.

    Args:
        pack: an opened pack.
        recipe: the quantization recipe; AUTO: the one that suits this device, see
            edge_app/core/recipe.py, or DEFAULT_RECIPE where its files cannot be run. If not given,
            DEFAULT_RECIPE, or else the first there is.
        size: of the model's picture: its longest side in pixels, or (height, width). If not
            given, the largest fixed size there is. Where no model has this size, one that takes
            any size is opened: say the size to `stylize` too.
        threads: if not given, `default_threads()`.
        accelerator: 'auto', 'none', or the name of one that must be used ('xnnpack', 'gpu').
        format: only models of this format.
        backend: only this library.
        photo: (height, width) of the photograph that it is for. Of the sizes that fit the wishes,
            the one in which it comes out largest, and with the least around it; so a portrait
            gets an upright model where there is one. See also edge_app/core/ladder.py.

    Raises:
        ConfigError: the pack has no such model (the text lists what it holds); less than one
            thread, or an accelerator that no library knows.
        RuntimeUnavailableError: no library here can run the model.
        PackError: the model's file is damaged or is not what the manifest says.
        StorageError: Core ML only: no room to unpack the model.
    """
    # Where all fail, the preferred library's reason counts: the next may not even know the
    # accelerator that was asked for.
    reason: ConfigError | RuntimeUnavailableError | None = None
    for model in choose_models(
        pack,
        recipe=recipe,
        size=size,
        accelerator=accelerator,
        format=format,
        backend=backend,
        photo=photo,
    ):
        try:
            with _content(pack, model) as content:
                return load_runtime(
                    model, content, threads=threads, accelerator=accelerator, backend=backend
                )
        except (ConfigError, RuntimeUnavailableError) as error:
            reason = reason or error
        except PackError as error:
            raise PackError(f"{pack.path}: {str(error).removeprefix(f'{pack.path}: ')}") from error
    assert reason is not None
    raise reason


def load_runtime(
    model: ModelFile,
    content: bytes | Path,
    *,
    threads: int | None = None,
    accelerator: str = "auto",
    backend: BackendName = "auto",
) -> Runtime:
    """Load one model file, which need not be in a pack yet.

    From now on this process keeps some freed memory (edge_app/core/allocator.py).

    Args:
        model: what the manifest says, or will say, of it.
        content: the file's bytes; of a model that is a folder its path, needed while it loads.
        threads: as in `open_runtime`.
        accelerator: as in `open_runtime`.
        backend: as in `open_runtime`.

    Raises:
        ConfigError: less than one thread or more than MAX_THREADS, or an accelerator that its
            library does not know.
        RuntimeUnavailableError: as in `open_runtime`.
        PackError: as in `open_runtime`.
    """
    modules = [b.module for b in backends_here(backend) if b.format == model.format]
    if not modules:
        raise RuntimeUnavailableError(
            f"{model.path}: {model.format} models cannot be run here{_by(backend)}; "
            f"there is a runtime for {', '.join(_formats()) or 'none'}"
        )
    threads = default_threads() if threads is None else threads
    if not 1 <= threads <= MAX_THREADS:
        raise ConfigError(f"threads: expected 1 to {MAX_THREADS}, got {threads}")
    keep_freed_memory(at_most=KEPT_BYTES)
    load: Callable[..., Runtime] = import_module(modules[0]).load
    return load(model, content, threads=threads, accelerator=accelerator)


def choose_models(
    pack: StylePack,
    *,
    recipe: str | None = None,
    size: int | Size | None = None,
    accelerator: str = "auto",
    format: Format | None = None,  # noqa: A002 - the manifest's word
    backend: BackendName = "auto",
    photo: Size | None = None,
) -> list[ModelFile]:
    """The models that fit the wishes, the preferred one first; see `open_runtime`.

    Behind those of the recipe that AUTO stands for come those of DEFAULT_RECIPE: the device left
    to itself runs what it can.

    Raises:
        ConfigError: there is none, or the backend is none of this system's.
    """
    order = _formats(backend)
    models = _runnable(pack, format, backend)
    recipes = [model.recipe for model in models]
    wanted = [recipe]
    if recipe == AUTO:
        choice = choose_recipe(
            pack, size=size, accelerator=accelerator, format=format, backend=backend
        )
        wanted = [choice.recipe, DEFAULT_RECIPE]
    elif recipe is None and recipes:
        wanted = [DEFAULT_RECIPE if DEFAULT_RECIPE in recipes else recipes[0]]
    models = [m for m in models if m.recipe in wanted and _fits(m, size)]
    if not models:
        raise _lacking(pack, backend, format=format, recipe=wanted[0], size=size)

    def place(model: ModelFile) -> tuple[int, ...]:
        is_free, fit = model.size is None, _fit(model.size, photo)
        return wanted.index(model.recipe), is_free, *fit, order.index(model.format)

    return sorted(models, key=place)


def choose_recipe(
    pack: StylePack,
    *,
    size: int | Size | None = None,
    accelerator: str = "auto",
    format: Format | None = None,  # noqa: A002 - the manifest's word
    backend: BackendName = "auto",
) -> Choice:
    """What AUTO stands for, with the reason: of the models that fit the wishes.

    Raises:
        ConfigError: as of `choose_models`.
    """
    models = [m for m in _runnable(pack, format, backend) if _fits(m, size)]
    if not models:
        raise _lacking(pack, backend, format=format, recipe=None, size=size)
    return suited(
        models,
        default=DEFAULT_RECIPE,
        accelerator=accelerator,
        processor=processor(),
        system=system(),
    )


def _runnable(pack: StylePack, format: Format | None, backend: BackendName) -> list[ModelFile]:  # noqa: A002
    """The models that a runtime here has a format for; a file of several sizes is one a size."""
    if not backends_here(backend):
        places = " and ".join(s for b in BACKENDS if b.name == backend for s in b.systems)
        raise ConfigError(
            f"runtime: {backend} is for {places or 'no system'}, this is {system()}; here there "
            f"are {', '.join(b.name for b in backends_here())}"
        )
    models = [m for m in pack.models(format=format) if m.format in _formats(backend)]
    return [replace(m, size=s) for m in models for s in m.sizes or (m.size,)]


def _lacking(pack: StylePack, backend: BackendName, **wanted: object) -> ConfigError:
    wish = ", ".join(f"{name} {value}" for name, value in wanted.items() if value is not None)
    held = ", ".join(f"{m.format} {m.recipe} {m.size_text}" for m in pack.manifest.models)
    return ConfigError(
        f"{pack.path}: no model for {wish or 'the runtimes here'}{_by(backend)}; it holds: {held}"
    )


def default_threads() -> int:
    """The CPUs that this process may use, at most DEFAULT_THREADS."""
    if hasattr(os, "sched_getaffinity"):  # Linux and Android: honours containers and taskset
        return min(DEFAULT_THREADS, len(os.sched_getaffinity(0)))
    return min(DEFAULT_THREADS, os.cpu_count() or 1)


def leave_thread() -> None:
    """Call at the end of a thread that has used a runtime: Android ends an app that forgets it.

    Never on the main thread, which Java itself runs; elsewhere it does nothing.
    """
    jnius = sys.modules.get("jnius")
    if jnius is not None and threading.current_thread() is not threading.main_thread():
        jnius.detach()


def check_picture(model: ModelFile, picture: Picture) -> None:
    """Raise ImageError unless `picture` is float32 RGB of a size that the model takes."""
    if picture.dtype != np.float32 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ImageError(
            f"{model.path}: expected float32 of shape (height, width, 3), got {picture.dtype} of "
            f"shape {picture.shape}"
        )
    height, width = picture.shape[:2]
    multiple = model.size_multiple
    if model.size is not None:
        fits = (height, width) == model.size
    else:
        fits = height >= 1 <= width and height % multiple == 0 == width % multiple
    if not fits:
        raise ImageError(
            f"{model.path}: a picture of {height}x{width} was given, the model takes "
            f"{model.size_text} (height x width)"
        )


def check_result(model: ModelFile, given: Picture, made: Picture) -> None:
    """Raise RuntimeUnavailableError unless what came out is a picture of the size that went in."""
    if made.shape != given.shape:
        raise RuntimeUnavailableError(
            f"{model.path}: a picture of shape {given.shape} went in, one of {made.shape} came out"
        )


@contextmanager
def _content(pack: StylePack, model: ModelFile) -> Iterator[bytes | Path]:
    """The model's bytes, or the path of one that is a folder, which lasts as long as this."""
    if model.format is not Format.COREML:
        yield pack.read(model.path)
        return
    with tempfile.TemporaryDirectory(prefix="edgestyle-") as folder:
        yield pack.extract(model, Path(folder))


def _formats(backend: BackendName = "auto") -> list[str]:
    return list(dict.fromkeys(b.format for b in backends_here(backend)))


def _by(backend: BackendName) -> str:
    return "" if backend == "auto" else f" by {backend}"


def _fits(model: ModelFile, wanted: int | Size | None) -> bool:
    if model.size is None or wanted is None:
        return True
    return max(model.size) == wanted if isinstance(wanted, int) else model.size == wanted


def _fit(size: Size | None, photo: Size | None) -> tuple[int, int]:
    """Smaller is better: how large a photograph comes out, then how much is computed for it."""
    if size is None or photo is None:
        return -_area(size), 0
    return -_area(fit_within(photo, size)), _area(size)


def _area(size: Size | None) -> int:
    return 0 if size is None else size[0] * size[1]
