"""Frames through OpenCV: a film, played at its own pace and over again, or a webcam."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from edge_app.core.errors import CameraError, ImageError, MissingExtraError
from edge_app.core.image import Bytes
from edge_app.ui.frames.newest import Newest, NewestFrames
from edge_app.ui.frames.source import PlainFrame

LOST_AFTER = 10
"""Failed reads in a row after which a webcam counts as taken away."""


class Film:
    """A video file.

    Args:
        path: anything that OpenCV's FFmpeg reads.
        repeat: whether it begins again at its end.

    Raises:
        ImageError: missing, or no film that can be decoded.
        MissingExtraError: OpenCV is not installed.
    """

    def __init__(self, path: Path, *, repeat: bool = True) -> None:
        self.label = path.name
        if not path.is_file():
            raise ImageError(f"{path}: there is no such file")
        self._path, self._repeat = path, repeat
        self._capture = _opencv().VideoCapture(str(path))
        if not self._capture.isOpened():
            raise ImageError(f"{path}: not a film that OpenCV can read")
        rate_hz = self._capture.get(_opencv().CAP_PROP_FPS)
        self._period_s = 1 / rate_hz if 1 <= rate_hz <= 240 else 1 / 25
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._over = False
        self._due = time.monotonic()

    @property
    def ended(self) -> bool:
        """See `FrameSource`."""
        return self._closed.is_set() or self._over

    def read(self, timeout_s: float) -> PlainFrame | None:
        """See `FrameSource`. Frames that are late are skipped, so that the film keeps its pace."""
        wait_s = self._due - time.monotonic()
        if self._closed.wait(max(0.0, min(wait_s, timeout_s))) or self.ended or wait_s > timeout_s:
            return None
        with self._lock:
            if self.ended:
                return None
            while (late := time.monotonic() - self._due) > self._period_s:
                if late > 1 or not self._capture.grab():
                    break
                self._due += self._period_s
            self._due = max(self._due + self._period_s, time.monotonic() - 1)
            return self._frame()

    def close(self) -> None:
        """See `FrameSource`."""
        self._closed.set()
        with self._lock:
            self._capture.release()

    def _frame(self) -> PlainFrame | None:
        found, frame = self._capture.read()
        if not found and self._repeat:
            self._capture.set(_opencv().CAP_PROP_POS_FRAMES, 0)
            self._due = time.monotonic() + self._period_s
            found, frame = self._capture.read()
            if not found:
                self._over = True
                raise ImageError(f"{self._path}: the film has no frame that can be decoded")
        self._over = not found
        return PlainFrame(_rgb(frame)) if found else None


class Webcam(NewestFrames):
    """A camera of the desktop. Its own thread empties the driver's queue, so frames are fresh.

    Args:
        index: OpenCV's number of the camera; N of /dev/videoN.
        label: see `FrameSource`.
        longest_side: see `Platform.open_camera`.

    Raises:
        CameraError: there is none, it is in use or may not be opened.
        MissingExtraError: OpenCV is not installed.
    """

    def __init__(self, index: int, label: str, *, longest_side: int) -> None:
        self.label = label
        cv2 = _opencv()
        backend = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
        self._capture = cv2.VideoCapture(index, backend)
        width, height = (640, 480) if longest_side <= 640 else (1280, 720)
        if longest_side > 640:  # through USB 2 plain pixels of this size come 10 times a second
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        if not self._capture.isOpened() or not self._capture.read()[0]:
            self._capture.release()
            raise CameraError(
                f"{label}: the camera gives no picture; is it plugged in, free, and may this user "
                "open it (on Linux: member of the group 'video')?"
            )
        self._failures = 0
        self._newest = Newest(self._grab, self._capture.release, name=f"camera {index}")

    def _grab(self) -> Bytes | None:
        found, frame = self._capture.read()
        if found:
            self._failures = 0
            return _rgb(frame)
        self._failures += 1
        if self._failures >= LOST_AFTER:
            raise CameraError(f"{self.label}: the camera was taken away or stopped")
        time.sleep(0.02)
        return None


def _rgb(frame: Any) -> Bytes:
    return np.ascontiguousarray(frame[..., ::-1])


def _opencv() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError("cv2", extra="camera", purpose="a film or webcam") from error
    return cv2
