"""A Raspberry Pi's camera module through picamera2 (apt: python3-picamera2).

picamera2 comes from the system, numpy from the environment. What the system built for numpy 1 does
not load beside numpy 2 (picamera2's issues 1088, 1170 and 1211), and says so as a ValueError.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from edge_app.core.errors import CameraError
from edge_app.core.image import Bytes
from edge_app.ui.frames.newest import Newest, NewestFrames

NAMELESS = "camera"
"""A module whose name is not known."""


def camera_labels() -> list[str]:
    """The modules that libcamera knows, by number; empty where picamera2 is not installed.

    The first call imports picamera2, which takes a second or more: not for the UI thread. Where it
    is installed and fails, one is listed all the same: who opens it is told why.
    """
    try:
        from picamera2 import Picamera2

        return [str(each.get("Model", NAMELESS)) for each in Picamera2.global_camera_info()]
    except Exception as error:  # compiled parts raise nearly anything when they are imported
        absent = isinstance(error, ModuleNotFoundError) and error.name == "picamera2"
        return [] if absent else [NAMELESS]


class PiCamera(NewestFrames):
    """A camera module.

    Args:
        index: its number in `camera_labels()`.
        label: see `FrameSource`.
        longest_side: see `Platform.open_camera`.

    Raises:
        CameraError: there is none, another program has it, or picamera2 does not load.
    """

    def __init__(self, index: int, label: str, *, longest_side: int) -> None:
        self.label = label
        size = (640, 480) if longest_side <= 640 else (1280, 720)
        self._camera: Any = None
        try:
            from picamera2 import Picamera2
        except Exception as error:
            raise CameraError(
                f"{label}: picamera2 does not load ({error}). Where this names numpy, the system's "
                "simplejpeg was built for another one; install one that fits: "
                f"{sys.executable} -m pip install --force-reinstall --no-deps simplejpeg"
            ) from error
        try:
            self._camera = Picamera2(index)
            # What picamera2 calls BGR888 lies in memory as R, G, B.
            self._camera.configure(
                self._camera.create_video_configuration(main={"size": size, "format": "BGR888"})
            )
            self._camera.start()
        except Exception as error:  # libcamera's failures come as RuntimeError, IndexError, ...
            if self._camera is not None:
                self._camera.close()
            raise CameraError(f"{label}: the camera cannot be opened ({error})") from error
        self._newest = Newest(self._grab, self._release, name=f"pi camera {index}")

    def _grab(self) -> Bytes:
        try:
            return np.array(self._camera.capture_array("main")[..., :3], dtype=np.uint8)
        except Exception as error:
            raise CameraError(f"{self.label}: the camera stopped ({error})") from error

    def _release(self) -> None:
        self._camera.stop()
        self._camera.close()
