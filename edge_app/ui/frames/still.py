"""Frames without a camera: one photograph, or a folder of them one after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from edge_app.core.errors import ImageError
from edge_app.core.image import Bytes, image_paths
from edge_app.ui.frames.source import PlainFrame
from edge_app.ui.photo import read_photo


class Still:
    """Pictures in turn, each shown for a while, over and over.

    Args:
        paths: picture files, at least one.
        label: see `FrameSource`.
        rate_hz: frames a second.
        seconds_each: how long each picture is shown.
    """

    def __init__(
        self, paths: Sequence[Path], label: str, *, rate_hz: float = 30.0, seconds_each: float = 4.0
    ) -> None:
        self.label = label
        self._paths = list(paths)
        self._period_s = 1 / rate_hz
        self._seconds_each = seconds_each
        self._closed = threading.Event()
        self._begin = self._next = time.monotonic()
        self._shown: tuple[int, Bytes] | None = None

    @classmethod
    def folder(cls, folder: Path) -> Still:
        """The photographs of a folder; raises PhotoFolderError where there are none."""
        return cls(image_paths(folder), folder.name)

    @property
    def ended(self) -> bool:
        """See `FrameSource`."""
        return self._closed.is_set()

    def read(self, timeout_s: float) -> PlainFrame | None:
        """See `FrameSource`. A picture that cannot be read is left out; all of them: ImageError."""
        wait_s = self._next - time.monotonic()
        if self._closed.wait(max(0.0, min(wait_s, timeout_s))) or wait_s > timeout_s:
            return None
        self._next = time.monotonic() + self._period_s
        turn = int((time.monotonic() - self._begin) / self._seconds_each) % len(self._paths)
        if self._shown is None or self._shown[0] != turn:
            self._shown = (turn, self._readable(turn))
        return PlainFrame(self._shown[1].copy())

    def close(self) -> None:
        """See `FrameSource`."""
        self._closed.set()

    def _readable(self, turn: int) -> Bytes:
        problem: ImageError | None = None
        for path in self._paths[turn:] + self._paths[:turn]:
            try:
                return read_photo(path)
            except ImageError as error:
                problem = error
        raise ImageError(f"no picture can be read: {problem}")
