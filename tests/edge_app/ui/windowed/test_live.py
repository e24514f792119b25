from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest

from edge_app.core.errors import CameraError
from edge_app.ui.frames.source import PlainFrame
from edge_app.ui.frames.still import Still


class Seen(PlainFrame):
    """Half the pixels a side where those are enough."""

    def picture(self, longest_side: int | None = None) -> np.ndarray:
        half = longest_side is not None and 4 * longest_side <= max(self.whole.shape)
        return self.whole[::2, ::2].copy() if half else self.whole


class Camera:
    """Left half red, right half blue, or what is put there."""

    label = "fake"

    def __init__(self) -> None:
        self.closed = False
        self.problem: Exception | None = None
        self.frame = np.zeros((60, 80, 3), np.uint8)
        self.frame[:, :40, 0] = self.frame[:, 40:, 2] = 255

    @property
    def ended(self) -> bool:
        return self.closed

    def read(self, timeout_s: float) -> Seen | None:
        import time

        time.sleep(0.005)
        if self.problem is not None:
            raise self.problem
        return None if self.closed else Seen(self.frame.copy())

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def cameras(platform):
    made = [Camera(), Camera()]
    platform.sources = [lambda: made[0], lambda: made[1]]
    return made


@pytest.fixture
def live(app, cameras):
    app.tap("live")
    app.until(lambda: app.app.shell.current.showing)
    return app


def halves(driver):
    view = driver.app.shell.current.ids.view
    whole = driver.screenshot()
    (x, y), (width, height) = view.shown_pos, view.shown_size
    row = int(whole.shape[0] - y - height / 2)
    return [whole[row, int(x + width * share)].astype(int) for share in (0.3, 0.7)]


def test_shows_the_camera_with_rate_and_time(live):
    live.wait(0.3)
    assert "fps" in live.app.shell.current.rate
    assert "ms" in live.app.shell.current.rate


def test_strength_works_on_the_moving_picture(live):
    live.session.choose_strength(0.0)
    live.wait(0.2)
    left, right = halves(live)
    assert left[0] > 200 > 60 > left[2]
    assert right[2] > 200 > 60 > right[0]


def test_the_camera_that_looks_at_the_user_is_a_mirror(live, cameras):
    live.session.choose_strength(0.0)
    live.tap("switch camera")
    live.until(lambda: live.app.shell.current.showing)
    live.until(lambda: cameras[0].closed)
    live.wait(0.2)
    left, right = halves(live)
    assert left[2] > 200
    assert right[0] > 200


def test_another_style_while_it_runs(live):
    live.wait(0.1)
    before = halves(live)
    live.tap("Bronze")
    live.wait(0.4)
    assert np.abs(np.subtract(before, halves(live))).max() > 15


def test_what_is_taken_goes_to_the_studio_whole_and_unmirrored(live, cameras):
    cameras[1].frame = cameras[1].frame.repeat(4, axis=0).repeat(4, axis=1)
    live.tap("switch camera")
    live.until(lambda: live.app.shell.current.showing)
    live.tap("take picture")
    live.until(lambda: live.session.current)
    assert live.app.shell.screen == "studio"
    np.testing.assert_array_equal(live.session.photo, cameras[1].frame)
    live.until(lambda: cameras[1].closed)


def test_the_camera_is_asked_for_a_photographs_pixels(live, platform):
    assert min(live.session.sizes) == 64
    assert platform.asked_side == 1280


def test_leaving_gives_the_camera_back(live, cameras, platform):
    live.tap("gallery")
    live.until(lambda: cameras[0].closed)
    assert platform.awake == [True, False]


def test_a_finger_is_felt_everywhere_on_the_picture(live):
    from kivy.tests.common import UnitTestTouch

    view = live.find("camera")
    (x, y), (width, height) = view.shown_pos, view.shown_size
    for across, up in itertools.product(range(1, 20), range(1, 20)):
        touch = UnitTestTouch(x + width * across / 20, y + height * up / 20)
        touch.touch_down()
        assert view.hidden, (across, up)
        touch.touch_up()


def test_stop_and_start(live, cameras, platform):
    live.tap("stop")
    live.until(lambda: cameras[0].closed)
    cameras[0].closed = False
    live.tap("start")
    live.until(lambda: live.app.shell.current.showing)


def test_a_camera_that_takes_its_time_stops_no_window_and_is_waited_for(live, cameras, platform):
    go, order = threading.Event(), []
    slow = cameras[0]

    def close():
        slow.closed = True
        go.wait(20)
        order.append("closed")

    def opened():
        order.append("opened")
        return Camera()

    slow.close = close
    platform.sources[0] = opened
    live.tap("stop")  # comes back although the driver does not
    live.tap("start")
    assert live.app.shell.current.running
    live.wait(0.1)
    assert not order
    go.set()
    live.until(lambda: live.app.shell.current.showing)
    # The old stream's own end closes it once more, whenever it comes to that.
    assert order.index("closed") < order.index("opened")


def test_the_end_of_the_app_gives_the_camera_back(live, cameras, start):
    start()
    assert cameras[0].closed


def test_in_the_background_nobody_is_filmed(live, cameras):
    assert live.app.on_pause()
    live.until(lambda: cameras[0].closed)
    cameras[0].closed = False
    live.app.on_resume()
    live.until(lambda: live.app.shell.current.showing)


def test_a_camera_that_is_taken_away(live, cameras):
    cameras[0].problem = CameraError("Camera 0: taken away")
    live.until(lambda: "taken away" in live.notice)
    assert not live.app.shell.current.running
    assert "The camera stopped" in live.texts()
    live.tap("gallery")  # and the app goes on


def test_what_the_studio_was_painting_is_painted_afterwards(studio, cameras, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(10)
    studio.tap("Bronze")
    studio.tap("live")
    go.set()
    opener.before_run = lambda: None
    studio.until(lambda: studio.app.shell.current.showing)
    studio.tap("Cobalt")
    assert not studio.session.current
    studio.tap("studio")
    studio.until(lambda: studio.session.current)
    assert studio.session.style.card.id == "cobalt"


@pytest.fixture
def measuring(app, cameras, opener):
    """The app in the middle of a benchmark, and what lets it go on."""
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    app.tap("benchmark")
    app.tap("measure")
    yield app, go
    go.set()


def test_while_the_benchmark_runs_the_camera_waits(measuring, cameras, opener):
    app, go = measuring
    app.tap("live")
    app.until(lambda: "The benchmark is running" in app.texts())
    assert not app.app.shell.current.running
    assert not app.there("start")
    go.set()
    app.until(lambda: app.app.shell.current.showing)
    opener.before_run = lambda: None
    app.tap("Bronze")
    app.tap("studio")
    assert not app.session.activity.text
    app.tap("first open")
    app.until(lambda: app.session.current)
    assert app.session.style.card.id == "bronze"


def test_a_camera_that_was_waited_for_in_vain_is_not_opened_later(measuring, platform):
    app, go = measuring
    app.tap("live")
    app.tap("studio")
    go.set()
    app.until(lambda: app.session.lent_to is None)
    app.wait(0.1)
    assert platform.awake == [True, False]  # the benchmark's


def test_live_leaves_the_benchmark_its_worker(measuring, opener, photo):
    """And a painting that waits for it says so, and can be given up."""
    app, go = measuring
    app.tap("live")
    app.tap("studio")
    app.tap("first open")
    app.until(lambda: app.session.activity.text == "The benchmark is running")
    app.tap("cancel")
    assert not app.session.activity.text
    app.tap("Bronze")
    app.until(lambda: app.session.activity.text == "The benchmark is running")
    go.set()
    app.until(lambda: app.session.current)
    assert app.session.style.card.id == "bronze"


def test_in_the_background_neither_camera_nor_benchmark_go_on(measuring, platform):
    app, go = measuring
    app.tap("live")
    app.app.on_pause()
    assert app.session.lent_to is None
    assert platform.awake == [True, False]
    go.set()
    app.app.on_resume()
    app.until(lambda: app.app.shell.current.showing)


def test_no_camera(app):
    app.tap("live")
    app.until(lambda: "No camera found" in app.texts())


@pytest.fixture
def searching(app, cameras, platform, monkeypatch):
    """Live while a slow driver looks for cameras, what lets it go on, and the threads it is on."""
    go, threads = threading.Event(), []
    look = platform.cameras

    def slow():
        threads.append(threading.current_thread())
        go.wait(20)
        return look()

    monkeypatch.setattr(platform, "cameras", slow)
    app.tap("live")
    yield app, go, threads
    go.set()


def test_a_slow_search_for_cameras_stops_no_window(searching):
    app, go, threads = searching
    app.until(lambda: threads)
    assert threading.main_thread() not in threads
    assert "Looking for cameras" in app.texts()
    assert not app.there("start")
    go.set()
    app.until(lambda: app.app.shell.current.showing)


@pytest.mark.parametrize("give_up", ["leave", "pause"])
def test_a_search_that_nobody_waits_for_opens_no_camera(searching, platform, give_up):
    app, go, threads = searching
    app.until(lambda: threads)
    if give_up == "leave":
        app.tap("gallery")
    else:
        app.app.on_pause()
    go.set()
    app.session.cameras.submit(lambda _job: None, on_done=threads.append, on_error=threads.append)
    app.until(lambda: None in threads)
    assert platform.awake == []
    assert platform.asked_side == 0
    if give_up == "leave":
        app.tap("live")
    else:
        app.app.on_resume()
    app.until(lambda: app.app.shell.current.showing)


def test_a_search_that_fails_is_told(app, platform, monkeypatch):
    def fail():
        raise CameraError("camera: libcamera cannot be asked")

    monkeypatch.setattr(platform, "cameras", fail)
    app.tap("live")
    app.until(lambda: "libcamera cannot be asked" in app.notice)
    assert "No camera found" in app.texts()


def test_a_camera_that_cannot_be_opened(app, platform):
    def fail():
        raise CameraError("Camera 0: in use by another program")

    platform.sources = [fail]
    app.tap("live")
    app.until(lambda: "in use" in app.notice)


def test_a_permission_that_is_refused(app, platform):
    platform.sources = [lambda: None]
    app.tap("live")
    app.until(lambda: any("may not be used" in text for text in app.texts()))


def test_pictures_as_a_camera(app, platform, photo):
    platform.sources = [lambda: Still([photo], "holiday")]
    app.tap("live")
    app.until(lambda: app.app.shell.current.showing)
