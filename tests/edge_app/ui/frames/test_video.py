from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from edge_app.core.errors import CameraError, ImageError, MissingExtraError
from edge_app.ui.frames.video import Film, Webcam

cv2 = pytest.importorskip("cv2")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """12 frames of 64x48 at 25 a second: red, from dark to bright."""
    path = tmp_path_factory.mktemp("film") / "red.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (64, 48))
    assert writer.isOpened()
    for number in range(12):
        frame = np.zeros((48, 64, 3), np.uint8)
        frame[..., 2] = 20 * number
        writer.write(frame)
    writer.release()
    return path


def test_frames_are_upright_rgb(film):
    source = Film(film)
    frame = source.read(1).picture()
    source.close()
    assert frame.shape == (48, 64, 3)
    assert frame.dtype == np.uint8
    assert frame[..., 1:].max() < 30


def test_plays_at_its_own_pace_and_repeats(film):
    source = Film(film)
    begin, reds = time.monotonic(), []
    while time.monotonic() - begin < 1.0:
        frame = source.read(0.2)
        if frame is not None:
            reds.append(int(frame.picture()[..., 0].mean()))
    source.close()
    assert 15 <= len(reds) <= 30
    assert max(reds) > 200
    assert any(now < then - 100 for now, then in zip(reds[1:], reds)), "it did not begin again"


def test_a_slow_reader_skips_frames(film):
    source = Film(film, repeat=False)
    source.read(1)
    time.sleep(0.3)
    frame = source.read(1).picture()
    source.close()
    assert frame[..., 0].mean() > 90


def test_ends_once_where_it_does_not_repeat(film):
    source = Film(film, repeat=False)
    count = 0
    end = time.monotonic() + 10
    while not source.ended:
        count += source.read(0.2) is not None
        assert time.monotonic() < end
    assert 8 <= count <= 12
    assert source.read(0.01) is None
    source.close()


def test_close_may_come_at_any_time(film):
    source = Film(film)
    source.read(1)
    source.close()
    source.close()
    assert source.ended
    assert source.read(0.1) is None


def test_a_missing_file(tmp_path):
    with pytest.raises(ImageError, match="no such file"):
        Film(tmp_path / "gone.mp4")


def test_a_file_that_is_no_film(tmp_path, capfd):
    path = tmp_path / "text.mp4"
    path.write_text("no film")
    with pytest.raises(ImageError, match="not a film"):
        Film(path)


def test_no_webcam_is_a_clear_error(capfd):
    with pytest.raises(CameraError, match="Desk camera: the camera gives no picture"):
        Webcam(97, "Desk camera", longest_side=640)


asked: dict[int, float] = {}
"""What was last asked of a FakeCapture, in that order."""


class FakeCapture:
    """What OpenCV's VideoCapture does."""

    frames = 5
    released = 0

    def __init__(self, *_: object) -> None:
        self.left = self.frames

    def set(self, key: int, value: float) -> bool:
        asked[key] = value
        return True

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        time.sleep(0.002)
        self.left -= 1
        if self.left < 0:
            return False, None
        return True, np.full((4, 6, 3), (1, 2, 3), np.uint8)

    def release(self) -> None:
        type(self).released += 1


def test_a_webcam_that_is_unplugged(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    camera = Webcam(0, "Desk camera", longest_side=640)
    frame = camera.read(2).picture()
    assert frame[0, 0].tolist() == [3, 2, 1]

    def read_on() -> None:
        for _ in range(20):
            camera.read(2)

    with pytest.raises(CameraError, match="taken away"):
        read_on()
    camera.close()
    assert FakeCapture.released == 1


def test_a_webcam_gives_photographs_as_fast_as_films(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", FakeCapture)
    asked.clear()
    Webcam(0, "Desk camera", longest_side=1280).close()
    assert list(asked.items()) == [  # the format first: it says which sizes there are
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
    ]


def test_without_opencv_the_extra_is_named(film, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"edgestyle\[camera\]"):
        Film(film)
