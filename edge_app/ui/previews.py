"""The styles' pictures as textures: decoded beside the UI, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge_app.core.image import Bytes
from edge_app.core.styles import Style
from edge_app.ui.photo import read_preview
from edge_app.ui.textures import texture_of
from edge_app.ui.worker import Worker

SIDE = 420
"""Pixels of the shorter side: sharp on a card, small enough for dozens."""


class Previews:
    """A cache; use it on the UI thread."""

    def __init__(self, loader: Worker) -> None:
        self._loader = loader
        self._textures: dict[str, Any] = {}
        self._waiting: dict[str, list[Callable[[Any], None]]] = {}

    def ask(self, style: Style, show: Callable[[Any], None]) -> None:
        """Have `show(texture)` called, now or soon; never where the preview cannot be read."""
        key = f"{style.pack.sha256} {style.card.preview}"
        if key in self._textures:
            show(self._textures[key])
            return
        waiting = self._waiting.setdefault(key, [])
        waiting.append(show)
        if len(waiting) > 1:
            return

        def done(picture: Bytes) -> None:
            self._textures[key] = texture = texture_of(picture)
            for each in self._waiting.pop(key):
                each(texture)

        self._loader.submit(
            lambda _job: read_preview(style.pack, style.card.preview, SIDE),
            on_done=done,
            on_error=lambda _: self._waiting.pop(key).clear(),
        )
