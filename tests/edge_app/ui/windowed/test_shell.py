from __future__ import annotations

import itertools
import threading
import time

import pytest
from kivy.base import ExceptionManager
from kivy.clock import Clock

from edge_app.core.errors import CameraError, StorageError
from edge_app.ui import theme as colour
from edge_app.ui.notices import Question
from edge_app.ui.platform import Insets
from edge_app.ui.shell import ICONS


def test_every_screen_by_touch(app):
    for name in ICONS:
        app.tap(name)
        assert app.app.shell.screen == name


def test_every_screen_by_key(app):
    for number, name in enumerate(ICONS, 1):
        app.key(str(number))
        assert app.app.shell.screen == name


def test_a_whole_job_without_touching(app, platform):
    app.key("2")
    app.key("o")
    app.until(lambda: app.session.current)
    for _ in range(40):
        if app.find("Bronze").focused:
            break
        app.key("tab")
    assert app.find("Bronze").focused
    app.key("enter")
    app.until(lambda: app.session.current)
    assert app.session.style.card.id == "bronze"
    for _ in range(40):
        if app.find("strength").focused:
            break
        app.key("tab")
    app.key("left")
    app.key("left")
    assert app.session.strength == pytest.approx(0.9)
    app.key("home")
    assert app.session.strength == 0
    app.key("c")
    assert app.find("picture").dividing
    app.key("s")
    app.until(lambda: platform.saved)
    app.key("escape")
    assert app.app.shell.screen == "gallery"


def test_tab_reaches_everything_that_can_be_pressed(app):
    for name in ICONS:
        app.tap(name)
        wanted = {
            w.label
            for w in app.widgets()
            if hasattr(w, "on_key") and not w.disabled and getattr(w, "focusable", True)
        }
        reached = set()
        for _ in range(len(wanted) + 3):
            app.key("tab")
            reached |= {w.label for w in app.widgets() if getattr(w, "focused", False)}
        assert reached == wanted, name


def test_shift_tab_goes_back(app):
    app.key("tab")
    first = [w for w in app.widgets() if getattr(w, "focused", False)]
    app.key("tab")
    app.key("tab", "shift")
    assert [w for w in app.widgets() if getattr(w, "focused", False)] == first


def test_arrows_go_where_they_point(app):
    app.key("tab")
    app.find("Aurora")
    for _ in range(20):
        if app.find("Aurora").focused:
            break
        app.key("tab")
    app.key("right")
    assert app.find("Bronze").focused
    app.key("left")
    assert app.find("Aurora").focused


def test_another_language_everywhere_at_once(studio, start):
    studio.tap("about")
    studio.tap("Español")
    for name, word in (("gallery", "Elige un estilo"), ("studio", "Guardar"), ("live", "Parar")):
        studio.tap(name)
        assert word in studio.texts()
    again = start()
    assert "Elige un estilo" in again.texts()


def test_it_speaks_the_systems_language(start, platform):
    platform.wishes = ["es-AR"]
    assert "Galería" in start().texts()


@pytest.mark.layout
@pytest.mark.parametrize(("language", "scale"), [("en", "100 %"), ("es", "150 %")])
def test_nothing_is_cut_off_at_any_text_size(start, platform, scale, language):
    """Buttons hold their words, and no control leaves the window or lies on another."""
    platform.wishes = [language]
    app = start()
    app.tap("about")
    app.tap(scale)
    app.wait(0.1)
    app.tap("studio")
    app.tap("first open")
    app.until(lambda: app.session.current)
    for name in ("studio", "live", "benchmark"):
        app.tap(name)
        app.frames(5)
        controls = [w for w in app.widgets() if hasattr(w, "on_key") and w.label != "picture"]
        controls = [w for w in controls if w.label != "camera" and not _scrolled(w)]
        boxes = {w.label: _box(w) for w in controls}
        for label, (left, bottom, right, top) in boxes.items():
            assert left >= -1, (name, label)
            assert bottom >= -1, (name, label)
            assert right <= app.window.width + 1, (name, label)
            assert top <= app.window.height + 1, (name, label)
        for (one, a), (other, b) in itertools.combinations(boxes.items(), 2):
            overlap = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            assert min(overlap) <= 2, (name, one, other)
        for widget in app.widgets():
            if type(widget).__name__ == "Label" and widget.text and widget.parent is not None:
                box = widget.parent if hasattr(widget.parent, "on_key") else widget
                assert widget.texture_size[0] <= box.width + 2, (name, widget.text)


@pytest.mark.layout
def test_touch_targets_are_large_enough(studio):
    from kivy.metrics import dp

    for widget in studio.widgets():
        if hasattr(widget, "on_key"):
            assert widget.height >= dp(38), widget.label
            assert widget.width >= dp(38), widget.label


@pytest.mark.layout
def test_notices_can_be_read_and_sent_away(studio, platform):
    platform.problem = StorageError("cannot write it: " + "for many reasons, " * 12)
    studio.tap("save")
    studio.until(lambda: studio.notice)
    notice = studio.app.shell.ids.notices.children[0]
    assert notice.ids.text.texture_size[1] <= notice.height
    assert notice.top <= studio.window.height
    studio.tap(notice)
    assert not studio.notice


def test_a_problem_outlives_good_news_and_other_screens(app):
    app.session.fail(StorageError("the disk is full"))
    app.session.tell(lambda words: words.saved.format(place="cat.jpg"))
    app.frames(3)
    app.tap("about")
    app.tap("gallery")
    assert [each.text for each in app.app.shell.ids.notices.children] == ["the disk is full"]
    app.session.fail(CameraError("the camera has gone"))
    app.frames(3)
    assert [each.text for each in app.app.shell.ids.notices.children] == ["the camera has gone"]


def test_a_notice_follows_the_language(app):
    app.session.fail(CameraError("webcam: it has gone"))
    app.frames(3)
    app.session.remember(language="es")
    app.frames(3)
    assert app.notice == "La cámara no se puede usar (webcam: it has gone)"


def test_enter_gives_the_answer_that_is_proposed(app):
    given = []
    answers = [(word, lambda word=word: given.append(word)) for word in ("Replace", "Cancel")]
    Question("Replace the file?", "It is there already.", answers).open()
    app.key("enter")  # the one that led here, as far as anybody can tell
    assert not given
    app.await_control("Replace")
    app.key("enter")
    assert given == ["Replace"]
    app.until(lambda: not app.there("Replace"))


def test_ctrl_q_ends_it_whatever_is_open(app, monkeypatch):
    ended = []
    monkeypatch.setattr(app.app._focus, "_on_quit", lambda: ended.append(app.app))
    app.key("q")
    assert not ended
    Question("Replace the file?", "", [("Cancel", lambda: None)]).open()
    app.key("q", "ctrl")
    assert ended == [app.app]


def test_an_error_that_nobody_foresaw_is_told_and_the_app_goes_on(app, caplog, monkeypatch):
    def fail(_elapsed):
        raise ZeroDivisionError("seldom")

    def run(_app):
        for _ in range(3):
            Clock.schedule_once(fail)
            app.frames(2)
        assert ExceptionManager.handle_exception(KeyboardInterrupt()) == ExceptionManager.RAISE

    monkeypatch.setattr("kivy.app.App.run", run)
    app.app.run()
    assert "ZeroDivisionError: seldom" in app.notice
    assert caplog.text.count("in fail\n") == 1  # the traceback, and not at every frame
    Clock.schedule_once(fail)
    with pytest.raises(ZeroDivisionError):  # nothing is hidden from a test
        app.frames(2)


@pytest.mark.layout
def test_what_the_system_covers_stays_free(start, platform):
    platform.covered = Insets(left=10, top=60, right=20, bottom=40)
    app = start()
    for widget in app.widgets():
        if hasattr(widget, "on_key") and not _scrolled(widget):
            left, bottom, right, top = _box(widget)
            assert left >= 10
            assert bottom >= 40
            assert right <= app.window.width - 20
            assert top <= app.window.height - 60


def test_a_camera_hole_that_changes_sides_is_followed(start, platform):
    """From landscape to landscape upside down: the window's size stays as it is."""
    platform.covered = Insets(left=60)
    app = start()
    platform.covered = Insets(right=60)
    app.until(lambda: app.app.shell.edges == [0, 0, 60, 0], 5)
    app.frames(2)
    for widget in app.widgets():
        if hasattr(widget, "on_key") and not _scrolled(widget):
            assert _box(widget)[2] <= app.window.width - 60
    bar = app.app.shell.ids.bar
    assert bar.to_window(*bar.pos)[0] == 0


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """WCAG 2.1's, of two opaque colours."""

    def light(colour_: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour_[:3]]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear))

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.layout
def test_what_cannot_be_pressed_can_be_read(app):
    """Colours as they are drawn: Kivy has a colour of its own for what is disabled."""
    seen = set()
    for name in ("studio", "live", "benchmark"):
        app.tap(name)
        for widget in app.widgets():
            if type(widget).__name__ == "Label" and widget.disabled and widget.text:
                drawn, above = list(widget.disabled_color), widget
                while above is not app.window and above.parent is not above:
                    drawn[3] *= above.opacity
                    above = above.parent
                shown = [c * drawn[3] + g * (1 - drawn[3]) for c, g in zip(drawn, colour.WALL[:3])]
                assert contrast(tuple(shown), colour.WALL) >= 4.5, widget.text
                seen.add(widget.text)
    assert {"Compare", "Save", "Share", "Stop", "Export"} <= seen


def test_contrast():
    grounds = (colour.INK, colour.WALL, colour.RAISED)
    for ground in grounds:
        for text in (colour.PAPER, colour.MUTED, colour.ACCENT, colour.ALERT, colour.FAINT):
            assert contrast(text, ground) >= 4.5
    assert contrast(colour.ON_ACCENT, colour.ACCENT) >= 4.5
    assert contrast(colour.INK, colour.PAPER) >= 4.5
    assert contrast(colour.PAPER, colour.PRESSED) >= 4.5


def test_no_thread_is_left_after_the_end(studio, start):
    start()  # ends the first
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("edgestyle models") == 0  # it starts with the first picture
    assert names.count("edgestyle files") == 1


def test_the_window_is_gone_before_the_last_run_has_ended(app, monkeypatch):
    order = []
    monkeypatch.setattr(type(app.window), "hide", lambda _window: order.append("hidden"))
    monkeypatch.setattr(app.session, "close", lambda: order.append("closed"))
    monkeypatch.setattr("kivy.app.App.run", lambda each: each.dispatch("on_stop"))
    app.app.run()
    monkeypatch.undo()
    assert order == ["hidden", "closed"]


def test_it_ends_in_the_middle_of_a_run(studio, start, opener):
    opener.before_run = lambda: time.sleep(0.3)
    studio.tap("Bronze")
    begin = time.monotonic()
    start()
    assert time.monotonic() - begin < 8
    for runtime in opener.opened:
        assert runtime._closed


def _scrolled(widget):
    from kivy.uix.scrollview import ScrollView

    above = widget.parent
    while above is not None and above is not above.parent:
        if isinstance(above, ScrollView):
            return True
        above = above.parent
    return False


def _box(widget):
    left, bottom = widget.to_window(widget.x, widget.y)
    return left, bottom, left + widget.width, bottom + widget.height
