"""A slot that holds the newest frame, filled by a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edge_app.core.image import Bytes
from edge_app.ui.frames.source import PlainFrame


class Newest:
    """Calls `grab` over and over on a thread and keeps the last frame until it is taken.

    Args:
        grab: waits for a frame; None if there was none. What it raises ends the thread and is
            raised again by `take`.
        release: called on the thread as its last act.
        name: of the thread.
    """

    def __init__(
        self, grab: Callable[[], Bytes | None], release: Callable[[], object], *, name: str
    ) -> None:
        self._grab = grab
        self._release = release
        self._frame: Bytes | None = None
        self._problem: Exception | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether no frame will come any more."""
        return self._closed

    def take(self, timeout_s: float) -> Bytes | None:
        """The newest frame not yet taken; None if there is none in time or after `close`."""
        end = time.monotonic() + timeout_s
        with self._changed:
            while self._frame is None and self._problem is None and not self._closed:
                left_s = end - time.monotonic()
                if left_s <= 0:
                    return None
                self._changed.wait(left_s)
            frame, self._frame = self._frame, None
            if frame is None and self._problem is not None:
                raise self._problem
            return None if self._closed else frame

    def close(self, timeout_s: float = 3.0) -> None:
        """End the thread; may be called twice."""
        with self._changed:
            self._closed = True
            self._frame = None
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            while not self._closed:
                frame = self._grab()
                with self._changed:
                    if frame is not None and not self._closed:
                        self._frame = frame
                        self._changed.notify_all()
        except Exception as error:
            with self._changed:
                self._problem = error
                self._changed.notify_all()
        finally:
            self._release()


class NewestFrames:
    """A `FrameSource` of what a `Newest` keeps; whoever derives from it sets `_newest`."""

    _newest: Newest

    @property
    def ended(self) -> bool:
        """See `FrameSource`."""
        return self._newest.closed

    def read(self, timeout_s: float) -> PlainFrame | None:
        """See `FrameSource`."""
        frame = self._newest.take(timeout_s)
        return None if frame is None else PlainFrame(frame)

    def close(self) -> None:
        """See `FrameSource`."""
        self._newest.close()
