from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from app_styles import FakeOpener, write_trunk
from edge_app.core.errors import CameraError, RuntimeUnavailableError
from edge_app.core.pack import open_pack
from edge_app.core.styles import styles_of
from edge_app.ui.atelier import Atelier
from edge_app.ui.frames.source import PlainFrame
from edge_app.ui.stream import Stream
from edge_app.ui.worker import Worker


class FakeCamera:
    """Counts: frame number n is all n."""

    label = "fake"

    def __init__(self, *, rate_hz: float = 200.0, frames: int = 100_000) -> None:
        self.given = 0
        self.closed = 0
        self.problem: Exception | None = None
        self._period_s = 1 / rate_hz
        self._frames = frames

    @property
    def ended(self) -> bool:
        return bool(self.closed) or self.given >= self._frames

    def read(self, timeout_s: float) -> PlainFrame | None:
        time.sleep(min(timeout_s, self._period_s))
        if self.problem is not None:
            raise self.problem
        if self.ended:
            return None
        self.given += 1
        return PlainFrame(np.full((48, 64, 3), self.given % 256, np.uint8))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def worker():
    worker = Worker(lambda call: call(), name="stream test")
    yield worker
    assert worker.stop()


def start(worker, camera, style, opener=None, ended=None):
    ended = [] if ended is None else ended
    (style,) = styles_of(style)
    atelier = Atelier(opener or FakeOpener())
    return Stream(worker, atelier, camera, style, style.mix(), 64, ended.append)


def wait(condition):
    end = time.monotonic() + 10
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.002)
    return found


def test_the_newest_frame_wins(worker, style):
    camera = FakeCamera()
    stream = start(worker, camera, style())
    wait(lambda: camera.given > 30)  # nobody looks meanwhile
    first = wait(stream.take)
    assert first.frame.picture()[0, 0, 0] >= 29
    assert stream.take() is None or stream.take() is None
    stream.stop()


def test_rate_and_latency_are_told(worker, style):
    camera = FakeCamera(rate_hz=50)
    stream = start(worker, camera, style())
    wait(lambda: camera.given > 20)
    shown = wait(stream.take)
    assert 15 < shown.rate_hz < 51
    assert shown.rendering.latency_ms > 0
    stream.stop()


def test_another_style_from_the_next_frame_on(worker, style):
    opener = FakeOpener()
    stream = start(worker, FakeCamera(), style("aurora"), opener)
    wait(stream.take)
    (bronze,) = styles_of(style("bronze"))
    stream.use(bronze, bronze.mix(), 128)
    wait(lambda: len(opener.opened) == 2)
    wait(lambda: (shown := stream.take()) and max(shown.rendering.styled.shape) == 128)
    stream.stop()


def test_a_frame_is_asked_for_what_is_painted_and_given_on_whole(worker, style):
    """What turns a camera's frame into a picture need not do more than the model sees."""
    asked = []

    class Large:
        def picture(self, longest_side=None):
            asked.append(longest_side)
            return np.zeros((480, 640, 3) if longest_side is None else (96, 128, 3), np.uint8)

    camera = FakeCamera()
    camera.read = lambda _timeout_s: Large()
    stream = start(worker, camera, style())
    shown = wait(stream.take)
    stream.stop()
    assert set(asked) == {64}
    assert shown.rendering.photo.shape == (48, 64, 3)
    assert shown.frame.picture().shape == (480, 640, 3)


def test_another_mix_from_the_next_frame_on(worker, tmp_path):
    opener, camera = FakeOpener(), FakeCamera()
    aurora, bronze, _ = styles_of(open_pack(write_trunk(tmp_path / "trunk.stylepack")))
    pure, mixed = aurora.mix(), aurora.mix(0.5, other=bronze, share=0.25)
    stream = Stream(worker, Atelier(opener), camera, aurora, pure, 64, lambda _: None)
    assert wait(stream.take).rendering.mix is pure
    stream.use(aurora, mixed, 64)
    wait(lambda: (shown := stream.take()) and shown.rendering.mix is mixed)
    assert len(opener.opened) == 1
    stream.stop()


def test_stopping_frees_the_worker_and_closes_the_camera(worker, style):
    camera, ended = FakeCamera(), []
    stream = start(worker, camera, style(), ended=ended)
    wait(stream.take)
    stream.stop()
    done = threading.Event()
    worker.submit(lambda _job: None, on_done=lambda _: done.set(), on_error=pytest.fail)
    assert done.wait(5)
    assert camera.closed
    assert not ended


def test_a_stream_that_never_began_closes_its_camera(worker, style):
    go = threading.Event()
    worker.submit(lambda _job: go.wait(10), on_done=lambda _: None, on_error=pytest.fail)
    camera = FakeCamera()
    stream = start(worker, camera, style())
    stream.stop()
    stream.close()
    go.set()
    assert camera.closed
    assert camera.given == 0


def test_a_camera_that_is_taken_away_is_told(worker, style):
    camera, ended = FakeCamera(), []
    stream = start(worker, camera, style(), ended=ended)
    wait(stream.take)
    camera.problem = CameraError("fake: taken away")
    wait(lambda: ended)
    assert str(ended[0]) == "fake: taken away"
    assert camera.closed


def test_a_film_that_is_over_ends_without_an_error(worker, style):
    ended: list[object] = []
    start(worker, FakeCamera(frames=3), style(), ended=ended)
    wait(lambda: ended)
    assert ended == [None]


def test_a_model_that_fails_ends_it(worker, style):
    opener, ended = FakeOpener(), []
    opener.problem = RuntimeUnavailableError("no library")
    camera = FakeCamera()
    start(worker, camera, style(), opener, ended)
    wait(lambda: ended)
    assert str(ended[0]) == "no library"
    assert camera.closed
