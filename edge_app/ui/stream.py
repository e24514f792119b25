"""The camera through a style: the newest frame wins, and the screen is never flooded."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge_app.core.styles import Mix, Style
from edge_app.ui.atelier import Atelier, Rendering
from edge_app.ui.frames.source import Frame, FrameSource
from edge_app.ui.worker import Job, Worker

WAIT_S = 0.2
"""How long a source is waited for before the stream looks whether it should end."""

WINDOW_S = 2.0
"""The frame rate is that of so many last seconds."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the screen shows next."""

    rendering: Rendering
    frame: Frame
    """As it came from the camera."""
    rate_hz: float
    """Frames painted a second, over WINDOW_S."""


class Stream:
    """Runs as one long job on the worker until it is stopped or the source ends.

    Args:
        worker: nothing else is done on it meanwhile.
        atelier: what stylizes.
        source: is closed at the end.
        style: to begin with.
        mix: of it, likewise.
        longest_side: the model's size.
        on_end: called on the UI thread at the end, with the error if there was one; not after
            `stop`.

    Where it is stopped, `close` is still to be called: a stream that waits for the worker never
    reaches its own end.
    """

    def __init__(
        self,
        worker: Worker,
        atelier: Atelier,
        source: FrameSource,
        style: Style,
        mix: Mix,
        longest_side: int,
        on_end: Callable[[Exception | None], None],
    ) -> None:
        self._atelier = atelier
        self._source = source
        self._newest: Shown | None = None
        self._lock = threading.Lock()
        self._wish = (style, mix, longest_side)
        self._job = worker.submit(
            self._work, on_done=lambda _: on_end(None), on_error=lambda error: on_end(error)
        )

    def use(self, style: Style, mix: Mix, longest_side: int) -> None:
        """Paint the next frames in another style or mix."""
        self._wish = (style, mix, longest_side)

    def take(self) -> Shown | None:
        """What came since the last call, or None; only the newest is kept."""
        with self._lock:
            shown, self._newest = self._newest, None
            return shown

    def stop(self) -> None:
        """End the stream, at once; a frame that is being painted is dropped."""
        self._job.cancel()

    def close(self) -> None:
        """Give the camera back, after `stop`; may be called on any thread, and take seconds."""
        self._source.close()

    def _work(self, job: Job) -> None:
        times: deque[float] = deque()
        try:
            while not job.cancelled and not self._source.ended:
                frame = self._source.read(WAIT_S)
                if frame is None:
                    continue
                style, mix, longest_side = self._wish
                picture = frame.picture(longest_side)
                rendering = self._atelier.stylize(
                    style.pack, picture, longest_side=longest_side, mix=mix
                )
                now = time.monotonic()
                times.append(now)
                while now - times[0] > WINDOW_S:
                    times.popleft()
                rate_hz = (len(times) - 1) / (now - times[0]) if len(times) > 1 else 0.0
                with self._lock:
                    self._newest = Shown(rendering=rendering, frame=frame, rate_hz=rate_hz)
        finally:
            self._source.close()
