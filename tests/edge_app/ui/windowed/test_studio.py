from __future__ import annotations

import io
import itertools
import threading

import numpy as np
import pytest
from PIL import Image

from app_styles import tinted, write_style
from edge_app.core.errors import RuntimeUnavailableError, StorageError
from edge_app.core.image import read_image, to_float, to_uint8
from edge_app.ui.frames.source import PlainFrame
from edge_app.ui.photo import for_screen
from edge_app.ui.settings import load_settings


def shown(driver):
    """The pixels inside the picture on the screen, scaled to 12x16."""
    comparison = driver.app.shell.current.ids.comparison
    (x, y), (width, height) = comparison.shown_pos, comparison.shown_size
    left, bottom = map(int, comparison.to_window(x, y))
    whole = driver.screenshot()
    top = whole.shape[0] - bottom - int(height)
    part = whole[top : top + int(height), left : left + int(width)]
    return np.asarray(Image.fromarray(part).resize((16, 12), Image.Resampling.BOX)).astype(int)


def expected(photo, style, strength=1.0):
    picture = to_float(read_image(photo))
    mixed = picture + np.float32(strength) * (tinted(style)(picture) - picture)
    image = Image.fromarray(to_uint8(mixed)).resize((16, 12), Image.Resampling.BOX)
    return np.asarray(image).astype(int)


def close(one, other, tolerance=10):
    return np.abs(one - other).mean() < tolerance


def test_the_picture_on_the_screen_is_the_stylized_photograph(studio, photo):
    assert close(shown(studio), expected(photo, "aurora"))


@pytest.mark.layout
def test_dragging_the_strength_mixes_at_once_and_runs_no_model(studio, photo, opener):
    runs = []
    opener.before_run = lambda: runs.append(1)
    track = studio.find("strength")
    y = track.center_y
    for share in (0.75, 0.5, 0.25, 0.0):
        x = track.x + track.padding + share * (track.width - 2 * track.padding)
        here = track.to_window(track.center_x, y), track.to_window(x, y)
        studio.drag(*here)
        assert studio.session.strength == pytest.approx(share, abs=0.02)
        assert close(shown(studio), expected(photo, "aurora", share))
    assert not runs


def test_another_style_paints_again(studio, photo):
    studio.tap("Bronze")
    studio.until(lambda: studio.session.current)
    assert close(shown(studio), expected(photo, "bronze"))


def test_another_size_paints_again(studio):
    studio.tap("64")
    studio.until(lambda: studio.session.current)
    assert max(studio.session.rendering.styled.shape) == 64
    studio.tap("128")
    studio.until(lambda: studio.session.current)
    assert max(studio.session.rendering.styled.shape) == 128


@pytest.mark.layout
def test_the_divider_parts_photograph_and_picture(studio, photo):
    studio.tap("compare")
    picture = shown(studio)
    before, after = expected(photo, "aurora", 0), expected(photo, "aurora")
    assert close(picture[:, :6], before[:, :6], 16)
    assert close(picture[:, 10:], after[:, 10:], 16)
    comparison = studio.find("picture")
    y = comparison.center_y
    end = comparison.shown_pos[0] + comparison.shown_size[0] * 0.9
    studio.drag(comparison.to_window(comparison.line_x, y), comparison.to_window(end, y))
    assert comparison.divider == pytest.approx(0.9, abs=0.02)
    assert close(shown(studio)[:, :13], before[:, :13], 16)
    studio.tap("compare")
    assert close(shown(studio), after)


def test_a_finger_on_the_picture_shows_the_photograph(studio, photo):
    from kivy.tests.common import UnitTestTouch

    comparison = studio.find("picture")
    touch = UnitTestTouch(*comparison.to_window(*comparison.center))
    touch.touch_down()
    studio.frames(2)
    assert close(shown(studio), expected(photo, "aurora", 0))
    touch.touch_up()
    studio.frames(2)
    assert close(shown(studio), expected(photo, "aurora"))


@pytest.mark.layout
def test_a_finger_is_felt_everywhere_on_the_picture(studio):
    """What is not shown, the first "Open" and "Cancel", takes no touch away."""
    from kivy.tests.common import UnitTestTouch

    comparison = studio.find("picture")
    (x, y), (width, height) = comparison.shown_pos, comparison.shown_size
    for across, up in itertools.product(range(1, 20), range(1, 20)):
        touch = UnitTestTouch(x + width * across / 20, y + height * up / 20)
        touch.touch_down()
        assert comparison.hidden, (across, up)
        touch.touch_up()


def test_saves_what_is_shown(studio, platform, photo):
    track = studio.find("strength")
    studio.tap(track)  # its middle
    studio.tap("save")
    studio.until(lambda: platform.saved)
    name, content = platform.saved[0]
    assert name == "holiday-aurora.jpg"
    with Image.open(io.BytesIO(content)) as image:
        picture = np.asarray(image.resize((16, 12), Image.Resampling.BOX)).astype(int)
    assert close(picture, expected(photo, "aurora", 0.5), 6)
    studio.until(lambda: "Pictures/holiday-aurora.jpg" in studio.notice)


def test_a_second_tap_on_save_asks_no_second_time(studio, platform, monkeypatch):
    go = threading.Event()
    monkeypatch.setattr("edge_app.ui.session.encode_jpeg", lambda *_: go.wait(20) and b"jpeg")
    studio.tap("save")
    studio.tap("save")
    go.set()
    studio.until(lambda: platform.saved)
    studio.wait(0.1)
    assert len(platform.saved) == 1
    studio.tap("save")
    studio.until(lambda: len(platform.saved) == 2)


def test_shares(studio, platform):
    studio.tap("share")
    studio.until(lambda: platform.shared)
    assert platform.shared[0][0] == "holiday-aurora.jpg"


def test_a_full_disk_is_told_and_the_picture_stays(studio, platform):
    platform.problem = StorageError("cannot write /sd/x.jpg: No space left on device")
    studio.tap("save")
    studio.until(lambda: "No space left" in studio.notice)
    assert studio.session.current
    platform.problem = None
    studio.tap("save")
    studio.until(lambda: platform.saved)


def test_the_window_goes_on_while_a_model_runs_and_cancel_drops_it(studio, opener, photo):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    studio.tap("Cobalt")
    assert not studio.session.current
    assert studio.find("save").disabled
    studio.until(lambda: studio.session.activity.text)  # after half a second it says so
    assert studio.find("cancel")
    before = studio.session.activity.share
    studio.wait(0.3)  # frames are drawn, the bar moves
    assert studio.session.activity.share != before or studio.session.activity.share == -1
    studio.tap("cancel")
    assert not studio.session.activity.text
    go.set()
    studio.wait(0.3)
    assert not studio.session.current, "a cancelled run gave its picture"
    studio.tap("Bronze")
    studio.until(lambda: studio.session.current)
    assert close(shown(studio), expected(photo, "bronze"))


def test_what_is_waited_for_follows_the_language(studio, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    studio.tap("Cobalt")
    studio.until(lambda: "Painting" in studio.texts())
    studio.session.remember(language="es")
    studio.frames(3)
    assert "Pintando" in studio.texts()
    go.set()
    studio.until(lambda: studio.session.current)
    assert "Pintando" not in studio.texts()


@pytest.mark.parametrize("again", ["Cobalt", "128"])
def test_a_cancelled_choice_can_be_made_again(studio, opener, photo, again):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    studio.tap("Cobalt")
    studio.until(lambda: studio.session.activity.text)
    studio.tap("cancel")
    go.set()
    studio.tap(again)
    studio.until(lambda: studio.session.current)
    assert close(shown(studio), expected(photo, "cobalt"))


def test_a_choice_that_failed_can_be_made_again(studio, opener, photo):
    opener.problem = RuntimeUnavailableError("the library is busy")
    studio.tap("Cobalt")
    studio.until(lambda: "busy" in studio.notice)
    studio.tap("Cobalt")
    studio.until(lambda: studio.session.current)
    assert close(shown(studio), expected(photo, "cobalt"))


def test_the_chosen_style_is_not_painted_twice(studio, opener):
    runs = []
    opener.before_run = lambda: runs.append(1)
    for name in ("Bronze", "Bronze", "128"):
        studio.tap(name)
    studio.until(lambda: studio.session.current)
    studio.tap("Bronze")
    studio.wait(0.2)
    assert runs == [1]


def test_a_painting_that_made_way_for_a_photograph_goes_on_when_that_is_cancelled(
    studio, opener, photo, monkeypatch
):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    monkeypatch.setattr("edge_app.ui.session.read_photo", lambda _path: go.wait(20))
    studio.tap("Cobalt")
    studio.tap("open")
    studio.until(lambda: studio.session.activity.text == "Opening")
    studio.tap("cancel")
    go.set()
    studio.until(lambda: studio.session.current)
    assert studio.session.photo_name == "holiday.png"
    assert close(shown(studio), expected(photo, "cobalt"))


def test_in_the_background_a_painting_goes_on(studio, opener, photo):
    go, done = threading.Event(), threading.Event()
    opener.before_run = lambda: go.wait(20) and done.set()
    studio.tap("Cobalt")
    assert studio.app.on_pause()
    go.set()
    assert done.wait(20)  # while Kivy draws no frame
    assert not studio.session.current
    studio.app.on_resume()
    studio.until(lambda: studio.session.current)
    assert close(shown(studio), expected(photo, "cobalt"))


def test_of_many_taps_the_last_one_counts(studio, photo):
    for name in ("Bronze", "Cobalt", "Aurora", "Bronze", "Cobalt"):
        studio.tap(name)
    studio.until(lambda: studio.session.current)
    assert close(shown(studio), expected(photo, "cobalt"))


def test_few_styles_begin_at_the_top_and_of_many_the_chosen_one_is_seen(start, styles, photo):
    app = start(photo=photo, screen="studio")  # the styles come after the screen
    app.until(lambda: app.session.current)
    strip = app.app.shell.current.ids.strip
    first = app.find("Aurora")
    assert strip.to_window(0, strip.top)[1] - first.to_window(0, first.top)[1] < 40
    for number in range(27):
        write_style(styles / f"x{number:02}.stylepack", f"x{number:02}")
    app = start(screen="studio")
    app.session.choose_style(next(s for s in app.session.styles if getattr(s, "name", "") == "x26"))
    app.wait(0.3)
    strip, last = app.app.shell.current.ids.strip, app.find("X26")
    (left, bottom), (right, top) = (
        last.to_window(last.x, last.y),
        last.to_window(last.right, last.top),
    )
    assert strip.to_window(strip.x, 0)[0] <= left < right <= strip.to_window(strip.right, 0)[0]
    assert strip.to_window(0, strip.y)[1] <= bottom < top <= strip.to_window(0, strip.top)[1]


def test_too_little_memory_is_foreseen_and_a_smaller_size_offered(studio, platform, styles):
    write_style(styles / "dune.stylepack", "dune", sizes=(64, 2048), network="paper")
    studio.session.load_styles()
    studio.until(lambda: not studio.session.loading)
    platform.memory = 400_000_000
    studio.session.choose_style(
        next(s for s in studio.session.styles if getattr(s, "name", "") == "dune")
    )
    studio.until(lambda: studio.session.current)
    for _ in range(2):  # thought better of, and asked for again
        studio.tap("2048")
        studio.await_control("Cancel")
        assert any("400 MB are free" in text for text in studio.texts())
        studio.tap("Cancel")
        studio.until(lambda: not studio.there("Cancel"))
    studio.tap("2048")
    studio.await_control("Use 64 px")
    studio.tap("Use 64 px")
    studio.until(lambda: studio.session.current)
    assert max(studio.session.rendering.styled.shape) == 64


def test_a_device_of_one_gigabyte(start, platform, styles, opener, photo):
    """Android leaves an app a third of it: the large size is not begun, a warning closes models."""
    platform.memory = 330_000_000
    for name in ("dune", "ember"):
        write_style(styles / f"{name}.stylepack", name, sizes=(256, 512, 1024), network="small")
    app = start(photo=photo, screen="studio")
    app.until(lambda: app.session.current)
    app.tap("Dune")
    app.tap("512")
    app.until(lambda: app.session.current)
    app.tap("1024")
    app.await_control("Use 512 px")
    app.tap("Use 512 px")
    app.until(lambda: app.session.current)
    app.tap("Ember")
    app.until(lambda: app.session.current)
    assert sum(not runtime._closed for runtime in opener.opened) == 2
    app.window.dispatch("on_memorywarning")
    app.until(lambda: sum(not runtime._closed for runtime in opener.opened) == 1)
    for name in ("Dune", "Ember"):
        app.tap(name)
        app.until(lambda: app.session.current)
        assert sum(not runtime._closed for runtime in opener.opened) == 1
    assert max(app.session.rendering.styled.shape) == 512


def test_running_out_of_memory_is_survived(studio, opener):
    def exhausted() -> None:
        raise MemoryError

    opener.before_run = exhausted
    studio.tap("Bronze")
    studio.until(lambda: "not enough memory" in studio.notice)
    opener.before_run = lambda: None
    studio.tap("Cobalt")
    studio.until(lambda: studio.session.current)


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_a_photograph_that_cannot_be_read(studio, platform, tmp_path, content):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(content)
    platform.photo = bad
    studio.tap("open")
    studio.until(lambda: "bad.jpg" in studio.notice)
    assert studio.session.current, "the picture before is lost"
    assert studio.session.photo_name == "holiday.png"


def test_a_bad_photograph_in_the_middle_of_a_run_loses_nothing(studio, platform, tmp_path, opener):
    go = threading.Event()
    opener.before_run = lambda: go.wait(20)
    studio.tap("Cobalt")
    platform.photo = tmp_path / "gone.jpg"
    studio.tap("open")
    studio.until(lambda: "gone.jpg" in studio.notice)
    go.set()
    studio.until(lambda: studio.session.current)
    assert studio.session.photo_name == "holiday.png"


def test_why_it_is_slow_is_told_once(studio, opener):
    opener.note = "the GPU drew a wrong picture"
    studio.tap("Bronze")
    studio.until(lambda: "wrong picture" in studio.notice)
    studio.tap(studio.app.shell.ids.notices.children[0])
    studio.tap("Cobalt")
    studio.until(lambda: studio.session.current)
    assert not studio.notice


def test_a_photograph_that_vanishes(studio, platform, tmp_path):
    platform.photo = tmp_path / "gone.jpg"
    studio.tap("open")
    studio.until(lambda: "there is no such file" in studio.notice)


def test_a_style_that_vanishes(studio, styles):
    for path in styles.iterdir():
        path.unlink()
    # Fakes read no file; a real one finds the file gone.
    from edge_app.core.runtime import open_runtime

    studio.session.atelier._open = open_runtime
    studio.tap("Bronze")
    studio.until(lambda: studio.notice)
    assert "bronze.stylepack" in studio.notice


@pytest.mark.parametrize("way", ["first camera", "camera tool", "p"])
def test_the_camera_is_a_way_to_a_photograph(app, platform, way):
    frame = np.zeros((720, 1280, 3), np.uint8)

    class Camera:
        label, ended = "fake", False

        def read(self, timeout_s):
            return PlainFrame(frame.copy())

        def close(self):
            self.ended = True

    platform.sources = [Camera]
    app.tap("studio")
    app.key(way) if way == "p" else app.tap(way)
    app.until(lambda: app.app.shell.current.showing)
    app.tap("take picture")
    app.until(lambda: app.session.current)
    assert app.app.shell.screen == "studio"
    assert app.session.photo.shape == (720, 1280, 3)


def test_a_large_photograph_is_reduced_beside_the_window(studio, platform, tmp_path, monkeypatch):
    reduced_on = []

    def reduce(photo):
        reduced_on.append(threading.current_thread())
        return for_screen(photo)

    monkeypatch.setattr("edge_app.ui.session.for_screen", reduce)
    Image.new("RGB", (3000, 2000)).save(tmp_path / "large.jpg")
    platform.photo = tmp_path / "large.jpg"
    studio.tap("open")
    studio.until(lambda: studio.session.photo_name == "large.jpg")
    assert reduced_on[0] is not threading.main_thread()
    assert studio.session.photo.shape == (2000, 3000, 3)
    assert studio.session.photo_on_screen.shape == (1067, 1600, 3)


def test_dropping_a_file_on_the_window(app, photo):
    app.window.dispatch("on_drop_file", str(photo).encode(), 10, 10)
    app.until(lambda: app.session.current)
    assert app.app.shell.screen == "studio"


@pytest.mark.layout
def test_turning_the_window_keeps_everything(studio, photo):
    width, height = studio.window.size
    studio.find("strength").value = 0.5
    studio.resize(int(height), int(width))
    assert close(shown(studio), expected(photo, "aurora", 0.5))
    for label in ("open", "save", "compare", "strength", "64", "Aurora", "gallery"):
        widget = studio.find(label)
        left, bottom = widget.to_window(widget.x, widget.y)
        assert left >= -1
        assert bottom >= -1
        assert left + widget.width <= studio.window.width + 1
    studio.resize(int(width), int(height))
    assert close(shown(studio), expected(photo, "aurora", 0.5))


def test_remembers_style_strength_and_size(studio, start, platform):
    studio.tap("Cobalt")
    studio.tap("64")
    studio.tap("strength")
    studio.until(lambda: studio.session.current)
    studio.wait(0.2)
    kept = load_settings(platform.settings_folder())
    assert (kept.style, kept.size) == ("cobalt", 64)
    again = start()
    assert again.session.style.card.id == "cobalt"
    assert again.session.size == 64
    assert again.session.strength == pytest.approx(0.5, abs=0.02)


def test_settings_that_cannot_be_kept_are_told(studio, platform):
    platform.folder = platform.photo  # a file
    studio.tap("strength")
    studio.until(lambda: "could not be kept" in studio.notice)
