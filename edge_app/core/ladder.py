"""A pack with models of several sizes: for each photograph the one that suits it."""

from __future__ import annotations

from edge_app.core.backends import BackendName
from edge_app.core.manifest import Format
from edge_app.core.pack import StylePack
from edge_app.core.recipe import AUTO
from edge_app.core.runtime import Runtime, choose_models, choose_recipe, open_runtime
from edge_app.core.size import Size


class Ladder:
    """Keeps one model of a pack loaded, and changes it when a photograph wants another.

    Use it from one thread at a time, as the runtimes that it gives. The wishes are those of
    `open_runtime`, and so are the errors.
    """

    def __init__(
        self,
        pack: StylePack,
        *,
        recipe: str | None = None,
        size: int | Size | None = None,
        threads: int | None = None,
        accelerator: str = "auto",
        format: Format | None = None,  # noqa: A002 - the manifest's word
        backend: BackendName = "auto",
    ) -> None:
        self._pack, self._threads, self._accelerator = pack, threads, accelerator
        self._recipe, self._size, self._format, self._backend = recipe, size, format, backend
        self._wanted: str | None = None
        self._opened: Runtime | None = None

    @property
    def reach(self) -> int | None:
        """The longest side that it draws, in pixels; None where the photograph alone bounds it.

        A photograph need not be decoded larger than that: `read_image`'s `reduce_to`.
        """
        if self._size is not None:
            return self._size if isinstance(self._size, int) else max(self._size)
        models = self._pack.manifest.models
        sizes = [size for model in models for size in model.sizes or (model.size,)]
        return None if None in sizes else max(max(size) for size in sizes if size)

    @property
    def why(self) -> str:
        """Why this recipe, where it was left to the device; '' where it was not.

        With a model loaded, of that one.
        """
        if self._recipe != AUTO:
            return ""
        choice = choose_recipe(
            self._pack,
            size=self._size,
            accelerator=self._accelerator,
            format=self._format,
            backend=self._backend,
        )
        if self._opened is not None and self._opened.model.recipe != choice.recipe:
            return f"{choice.recipe} would suit the device, but its files cannot be run here"
        return choice.why

    def runtime(self, photo: Size | None = None) -> Runtime:
        """The model for a photograph of (height, width); belongs to the ladder.

        Without one: any that fits the wishes, to learn of trouble before there are photographs.
        """
        best = choose_models(
            self._pack,
            recipe=self._recipe,
            size=self._size,
            accelerator=self._accelerator,
            format=self._format,
            backend=self._backend,
            photo=photo,
        )[0]
        wanted = f"{best.path} {best.size}"
        if self._opened is None or (photo is not None and wanted != self._wanted):
            self.close()
            self._opened = open_runtime(
                self._pack,
                recipe=self._recipe,
                size=self._size,
                threads=self._threads,
                accelerator=self._accelerator,
                format=self._format,
                backend=self._backend,
                photo=photo,
            )
            self._wanted = wanted
        return self._opened

    def close(self) -> None:
        """Give the model's memory back. May be called twice."""
        if self._opened is not None:
            self._opened.close()
        self._opened = None
