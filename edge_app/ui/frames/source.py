"""Where frames come from: one small seam for stills, folders, videos and cameras.

Implementations: `still.py`, `video.py`, `webcam.py` and `picamera.py` beside this file, and
Android's in `edge_app.ui.android`.
"""

from __future__ import annotations

from typing import Protocol

from edge_app.core.image import Bytes


class FrameSource(Protocol):
    """A stream of frames of which only the newest matters.

    `read` is called from one thread, `close` from any: it may come in the middle of a `read`,
    which then ends soon.
    """

    @property
    def label(self) -> str:
        """What it is, for people: the camera's or file's name."""

    def read(self, timeout_s: float) -> Bytes | None:
        """The newest frame: uint8 RGB, (height, width, 3), upright, not mirrored, a copy.

        Frames that came between two calls are dropped.

        Args:
            timeout_s: how long to wait for a frame that was not given before.

        Returns:
            None if there was none in that time, or the source has ended or was closed.

        Raises:
            CameraError: the camera was taken away or fails for good.
            ImageError: the file has no further frame that can be decoded.
        """

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: closed, or a film that does not repeat is over."""

    def close(self) -> None:
        """Give the camera or file back. May be called twice."""
