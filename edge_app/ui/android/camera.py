"""Android's cameras, through `android.hardware.Camera`.

The older of Android's two interfaces: deprecated, there on every phone, and the only one whose
callbacks are interfaces, which is all that pyjnius can implement. Each frame is asked for when it
is wanted, so the newest wins and no other crosses from Java to Python.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any

from edge_app.core.errors import CameraError
from edge_app.core.runtimes.android_java import JavaObject, reason
from edge_app.core.size import Size
from edge_app.ui.android.java import activity, java, java_error
from edge_app.ui.android.nv21 import Nv21Frame
from edge_app.ui.platform import Camera

FRONT = 1
"""CameraInfo.CAMERA_FACING_FRONT."""

NO_TEXTURE = 10
"""Name of a texture that nobody draws: the camera sends no frames without a place to show them."""

CONTINUOUS = "continuous-picture"
"""Camera.Parameters.FOCUS_MODE_CONTINUOUS_PICTURE."""

GONE = {2: "another app took it", 3: "it was switched off", 100: "Android's camera service stopped"}
"""Camera.CAMERA_ERROR_EVICTED, _DISABLED and _SERVER_DIED."""


def cameras() -> list[Camera]:
    """The phone's cameras, one that looks away from the user first."""
    found = []
    for number in range(java("android.hardware.Camera").getNumberOfCameras()):
        front = _info(number).facing == FRONT
        label = f"Camera {number}"
        found.append(Camera(id=str(number), label=label, facing="front" if front else "back"))
    return sorted(found, key=lambda camera: camera.facing == "front")


class AndroidCamera:
    """See `FrameSource`. Opening takes up to a second.

    Args:
        camera: one of `cameras()`.
        longest_side: frames need no more pixels than this a side.

    Raises:
        CameraError: it cannot be opened.
    """

    def __init__(self, camera: Camera, longest_side: int) -> None:
        self._camera = camera
        self._changed = threading.Condition()
        self._frame: bytes | None = None
        self._asked = False
        self._problem = ""
        self._closed = False
        try:
            self._device = java("android.hardware.Camera").open(int(camera.id))
        except java_error() as error:
            raise CameraError(f"{camera.label}: it cannot be opened ({reason(error)})") from error
        try:
            self._size = self._start(longest_side)
        except (CameraError, java_error()) as error:
            self._listeners.receiver = None
            self._device.release()
            raise CameraError(f"{camera.label}: it does not start ({reason(error)})") from error

    @property
    def label(self) -> str:
        """See `FrameSource`."""
        return self._camera.label

    @property
    def ended(self) -> bool:
        """See `FrameSource`."""
        return self._closed

    def read(self, timeout_s: float) -> Nv21Frame | None:
        """See `FrameSource`."""
        with self._changed:
            if not self._asked and not self._closed and not self._problem:
                self._asked = True
                try:
                    self._device.setOneShotPreviewCallback(self._listeners.frames)
                except java_error() as error:
                    self._problem = reason(error)
            self._changed.wait_for(
                lambda: self._frame is not None or self._problem or self._closed, timeout_s
            )
            frame, self._frame = self._frame, None
            if self._problem and not self._closed:
                raise CameraError(f"{self.label}: the camera was taken away ({self._problem})")
        if frame is None or self._closed:
            return None
        return Nv21Frame(content=frame, size=self._size, quarter_turns=self._turn())

    def close(self) -> None:
        """See `FrameSource`."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._frame = None
            self._changed.notify_all()
        if self._listeners.receiver is self:
            self._listeners.receiver = None
        # One whose driver fails refuses to stop, and is to be given back all the same: until the
        # app ends no other could open it.
        for give_back in (self._device.stopPreview, self._device.release):
            with suppress(java_error()):
                give_back()

    def _start(self, longest_side: int) -> Size:
        """Choose a format and let frames come; gives their (height, width) as the sensor lies."""
        self._listeners = _listeners()
        self._listeners.receiver = self
        settings = self._device.getParameters()
        offered = [(s.height, s.width) for s in _listed(settings.getSupportedPreviewSizes())]
        height, width = nearest_size(offered, longest_side)
        settings.setPreviewSize(width, height)
        if CONTINUOUS in [str(mode) for mode in _listed(settings.getSupportedFocusModes())]:
            settings.setFocusMode(CONTINUOUS)
        self._device.setParameters(settings)
        self._texture = java("android.graphics.SurfaceTexture")(NO_TEXTURE)
        self._device.setPreviewTexture(self._texture)
        self._device.setErrorCallback(self._listeners.errors)
        self._device.startPreview()
        return height, width

    def came(self, frame: bytes) -> None:
        """A frame, on a thread of Java's."""
        with self._changed:
            self._asked = False
            if len(frame) == self._size[0] * self._size[1] * 3 // 2:  # else of an earlier size
                self._frame = frame
            self._changed.notify_all()

    def failed(self, code: int) -> None:
        """Something happened to the camera, on a thread of Java's."""
        with self._changed:
            self._problem = GONE.get(code, f"error {code}")
            self._changed.notify_all()

    def _turn(self) -> int:
        """Quarter turns to the right that set a frame upright as the phone is held now."""
        info = _info(int(self._camera.id))
        held = int(activity().getWindowManager().getDefaultDisplay().getRotation())
        turned = held if info.facing == FRONT else -held
        return (int(info.orientation) // 90 + turned) % 4


def nearest_size(offered: list[Size], longest_side: int) -> Size:
    """The smallest format that is large enough; the largest where none is.

    Raises:
        CameraError: nothing is offered.
    """
    if not offered:
        raise CameraError("it offers no format")
    enough = [size for size in offered if max(size) >= longest_side]
    if enough:
        return min(enough, key=lambda size: size[0] * size[1])
    return max(offered, key=lambda size: size[0] * size[1])


def _listed(java_list: JavaObject) -> list[JavaObject]:
    return [] if java_list is None else [java_list.get(i) for i in range(java_list.size())]


def _info(number: int) -> JavaObject:
    info = java("android.hardware.Camera$CameraInfo")()
    java("android.hardware.Camera").getCameraInfo(number, info)
    return info


class Listeners:
    """What Java calls, for whichever camera is open.

    It is made once and stays: Java may call late, and through an object that Python has given up
    it would reach into freed memory.
    """

    def __init__(self) -> None:
        self.receiver: AndroidCamera | None = None
        jnius = import_module("jnius")
        listeners = self

        class Frames(jnius.PythonJavaClass):  # type: ignore[name-defined]
            __javainterfaces__ = ["android/hardware/Camera$PreviewCallback"]  # noqa: RUF012

            @jnius.java_method("([BLandroid/hardware/Camera;)V")  # type: ignore[untyped-decorator]
            def onPreviewFrame(self, data: Any, _camera: Any) -> None:  # noqa: N802
                receiver = listeners.receiver
                if data is not None and receiver is not None:
                    receiver.came(data.tostring())

        class Errors(jnius.PythonJavaClass):  # type: ignore[name-defined]
            __javainterfaces__ = ["android/hardware/Camera$ErrorCallback"]  # noqa: RUF012

            @jnius.java_method("(ILandroid/hardware/Camera;)V")  # type: ignore[untyped-decorator]
            def onError(self, error: int, _camera: Any) -> None:  # noqa: N802
                receiver = listeners.receiver
                if receiver is not None:
                    receiver.failed(int(error))

        self.frames, self.errors = Frames(), Errors()


@cache
def _listeners() -> Listeners:
    return Listeners()
