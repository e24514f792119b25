from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import threading
import types

import numpy as np
import pytest

from edge_app.core.errors import CameraError
from edge_app.ui.frames.picamera import PiCamera, camera_labels


class FakePicamera2:
    """The part of picamera2's class that is used, with its signatures (0.3.30)."""

    def __init__(self, camera_num: int = 0) -> None:
        if camera_num > 0:
            raise IndexError("list index out of range")
        self.calls: list[str] = []
        self.config: dict = {}
        type(self).last = self

    @staticmethod
    def global_camera_info() -> list[dict]:
        return [{"Model": "imx708", "Location": 2, "Rotation": 180, "Id": "/base", "Num": 0}]

    def create_video_configuration(self, main=None, **_: object) -> dict:
        return {"main": main}

    def configure(self, config: dict) -> None:
        self.config = config

    def start(self) -> None:
        self.calls.append("start")

    def capture_array(self, name: str = "main") -> np.ndarray:
        width, height = self.config[name]["size"]
        return np.full((height, width, 3), (10, 20, 30), np.uint8)

    def stop(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def library(monkeypatch):
    module = types.ModuleType("picamera2")
    module.Picamera2 = FakePicamera2
    monkeypatch.setitem(sys.modules, "picamera2", module)


def test_gives_frames_and_the_camera_back(library):
    camera = PiCamera(0, "imx708", longest_side=512)
    frame = camera.read(2).picture()
    assert frame.shape == (480, 640, 3)
    assert frame[0, 0].tolist() == [10, 20, 30]
    assert FakePicamera2.last.config["main"]["format"] == "BGR888"
    camera.close()
    camera.close()
    assert FakePicamera2.last.calls == ["start", "stop", "close"]
    assert camera.ended
    assert "pi camera 0" not in {thread.name for thread in threading.enumerate()}


def test_a_camera_that_is_not_there(library):
    with pytest.raises(CameraError, match="imx219: the camera cannot be opened"):
        PiCamera(1, "imx219", longest_side=512)


def test_labels(library):
    assert camera_labels() == ["imx708"]


def test_without_the_library_there_is_no_camera(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    assert camera_labels() == []


class Unloadable(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a picamera2 that raises when it is imported, as one with parts for another numpy."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "picamera2" else None

    def exec_module(self, module) -> None:
        raise self._error


@pytest.fixture
def unloadable(monkeypatch):
    def install(error: Exception) -> None:
        monkeypatch.delitem(sys.modules, "picamera2", raising=False)
        monkeypatch.setattr(sys, "meta_path", [Unloadable(error), *sys.meta_path])

    return install


@pytest.mark.parametrize(
    "error",
    [
        ValueError("numpy.dtype size changed, may indicate binary incompatibility"),
        ModuleNotFoundError("No module named 'libcamera'", name="libcamera"),
        ImportError("libcamera.so.0.5: cannot open shared object file"),
        SystemError("initialization of _jpeg failed"),
    ],
)
def test_a_library_that_does_not_load_is_told_when_the_camera_is_opened(unloadable, error):
    unloadable(error)
    (label,) = camera_labels()
    with pytest.raises(CameraError) as told:
        PiCamera(0, label, longest_side=512)
    assert f"picamera2 does not load ({error})" in str(told.value)
    assert f"{sys.executable} -m pip install --force-reinstall --no-deps simplejpeg" in str(
        told.value
    )


def test_cameras_that_cannot_be_counted_are_told_likewise(library, monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("failed to acquire the camera manager")

    monkeypatch.setattr(FakePicamera2, "global_camera_info", staticmethod(fail))
    monkeypatch.setattr(FakePicamera2, "__init__", fail)
    (label,) = camera_labels()
    with pytest.raises(CameraError, match=r"cannot be opened \(failed to acquire"):
        PiCamera(0, label, longest_side=512)
