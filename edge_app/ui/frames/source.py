"""Where frames come from: one small seam for stills, folders, videos and cameras.

Implementations: `still.py`, `video.py`, `webcam.py` and `picamera.py` beside this file, and
Android's in `edge_app.ui.android`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from edge_app.core.errors import CameraError, EdgestyleError
from edge_app.core.image import Bytes


class Frame(Protocol):
    """What a camera saw at one moment; may be asked for its picture on any thread."""

    def picture(self, longest_side: int | None = None) -> Bytes:
        """uint8 RGB, (height, width, 3), upright, not mirrored.

        Args:
            longest_side: what it will be reduced to. It may come smaller then, where that is
                cheaper, in twice so many pixels a side or more, which give the same picture. None:
                in all its pixels.
        """


@dataclass(frozen=True)
class PlainFrame:
    """A `Frame` of a source that gives pictures as they are wanted."""

    whole: Bytes

    def picture(self, longest_side: int | None = None) -> Bytes:  # noqa: ARG002 - of the protocol
        """See `Frame`."""
        return self.whole


class FrameSource(Protocol):
    """A stream of frames of which only the newest matters.

    `read` is called from one thread, `close` from any: it may come in the middle of a `read`,
    which then ends soon.
    """

    @property
    def label(self) -> str:
        """What it is, for people: the camera's or file's name."""

    def read(self, timeout_s: float) -> Frame | None:
        """The newest frame, whose pixels nothing else will change.

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


def hand_over(
    open_it: Callable[[], FrameSource],
    label: str,
    on_done: Callable[[FrameSource], None],
    on_error: Callable[[EdgestyleError], None],
    tell: Callable[[Exception], str] = str,
) -> None:
    """Open a source and give it to `on_done`, or what went wrong to `on_error`; for threads.

    Args:
        open_it: opens it; takes up to seconds.
        label: the camera's, for the text of an error that no driver foresees.
        on_done: gets the source.
        on_error: gets the error; a CameraError where it was not one of the project's.
        tell: puts such an error into words.
    """
    try:
        source = open_it()
    except EdgestyleError as error:
        on_error(error)
    except Exception as error:  # what drivers do cannot be foreseen, and a thread is silent
        on_error(CameraError(f"{label}: the camera cannot be opened ({tell(error)})"))
    else:
        on_done(source)
