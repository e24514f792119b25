from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge_app.ui.desktop import DesktopPlatform


@pytest.fixture
def folder(tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "Pictures" / "2026").mkdir(parents=True)
    for name in ("b.jpg", "A.png"):
        Image.fromarray(np.full((40, 60, 3), 128, np.uint8)).save(home / "Pictures" / name)
    (home / "Pictures" / "2026" / "deep.jpg").write_bytes(b"no picture")
    (home / "Pictures" / "notes.txt").write_text("")
    (home / "Pictures" / ".hidden.jpg").write_bytes(b"")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    return home / "Pictures"


@pytest.fixture
def desktop(app, platform, folder, tmp_path):
    """The app with the real dialogs."""
    real = DesktopPlatform(settings=tmp_path / "settings")
    platform.pick_photo = real.pick_photo
    platform.save_picture = real.save_picture
    app.tap("studio")
    return app


def entries(driver):
    return [w.name for w in driver.widgets() if type(w).__name__ == "Entry"]


def test_lists_folders_and_pictures_and_opens_one(desktop, folder):
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    assert set(entries(desktop)) == {"2026", "A.png", "b.jpg"}
    assert "~/Pictures" in desktop.texts()
    desktop.until(lambda: desktop.find("A.png").texture is not None)
    desktop.tap("b.jpg")
    desktop.until(lambda: desktop.session.current)
    assert desktop.session.photo_name == "b.jpg"
    assert desktop.session.settings.folder == str(folder)


def test_walks_into_folders_and_out(desktop):
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    desktop.tap("2026")
    desktop.until(lambda: entries(desktop) == ["deep.jpg"])
    desktop.tap("up")
    desktop.await_control("b.jpg")
    desktop.tap("home")
    desktop.until(lambda: entries(desktop) == ["Pictures"])


def test_escape_and_the_cross_choose_nothing(desktop):
    for close in (lambda: desktop.key("escape"), lambda: desktop.tap("close")):
        desktop.tap("first open")
        desktop.await_control("up")
        close()
        desktop.until(lambda: not desktop.there("up"))
        assert desktop.session.photo is None
        assert desktop.app.shell.screen == "studio"


def test_by_keyboard(desktop):
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    for _ in range(8):
        desktop.key("tab")
        if desktop.find("b.jpg").focused:
            break
    desktop.key("enter")
    desktop.until(lambda: desktop.session.current)


def test_a_folder_that_cannot_be_read(desktop, folder, monkeypatch):
    desktop.tap("first open")
    desktop.await_control("b.jpg")

    def refuse(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("edge_app.ui.browser.os.scandir", refuse)
    desktop.tap("2026")
    desktop.until(lambda: "This folder cannot be read" in desktop.texts())
    monkeypatch.undo()
    desktop.tap("up")
    desktop.await_control("b.jpg")


def test_a_folder_that_takes_its_time_stops_no_window(desktop, monkeypatch):
    go, scandir = threading.Event(), os.scandir
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    monkeypatch.setattr(
        "edge_app.ui.browser.os.scandir", lambda path: go.wait(20) and scandir(path)
    )
    desktop.tap("2026")
    desktop.wait(0.1)
    assert "~/Pictures/2026" in desktop.texts()
    desktop.tap("up")  # thought better of it
    go.set()
    desktop.await_control("b.jpg")
    desktop.wait(0.1)
    assert "deep.jpg" not in entries(desktop)


def test_thumbnails_that_nobody_sees_keep_no_photograph_waiting(desktop, monkeypatch):
    go, made = threading.Event(), []
    monkeypatch.setattr(
        "edge_app.ui.browser.read_thumbnail", lambda path, _: go.wait(20) and made.append(path)
    )
    desktop.tap("first open")
    desktop.await_control("b.jpg")  # both thumbnails are asked for
    desktop.tap("b.jpg")
    go.set()
    desktop.until(lambda: desktop.session.current)
    assert len(made) == 1


def test_nothing_that_is_not_shown_lies_over_the_pictures(desktop, folder):
    for number in range(60):
        shutil.copy(folder / "b.jpg", folder / f"c{number:02}.jpg")
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    desktop.tap(desktop.window.children[0].ids.accept)  # of the dialog for saving
    desktop.until(lambda: desktop.session.current)


def test_saves_under_a_name_and_asks_before_it_replaces(desktop, folder):
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    desktop.tap("b.jpg")
    desktop.until(lambda: desktop.session.current)
    desktop.tap("save")
    desktop.await_control("save here")
    desktop.tap("save here")
    desktop.until(lambda: "b-aurora.jpg" in desktop.notice)
    desktop.until(lambda: not desktop.there("save here"))
    saved = folder / "b-aurora.jpg"
    first = saved.read_bytes()
    assert first.startswith(b"\xff\xd8")
    saved.write_bytes(b"precious")
    desktop.tap("save")
    desktop.await_control("save here")
    desktop.tap("save here")
    desktop.await_control("Cancel")
    desktop.tap("Cancel")
    desktop.until(lambda: not desktop.there("Cancel"))
    assert saved.read_bytes() == b"precious"
    desktop.tap("save here")
    desktop.await_control("Replace")
    desktop.tap("Replace")
    desktop.until(lambda: saved.read_bytes() == first)


def test_the_ending_is_that_of_the_format(desktop, folder):
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    desktop.tap("b.jpg")
    desktop.until(lambda: desktop.session.current)
    for typed, written in (
        ("mine.png", "mine.png.jpg"),
        ("mine", "mine.jpg"),
        ("m.JPEG", "m.JPEG"),
    ):
        desktop.tap("save")
        desktop.await_control("save here")
        for widget in desktop.widgets():
            if type(widget).__name__ == "TextInput":
                widget.text = typed
        desktop.tap("save here")
        desktop.until(lambda written=written: written in desktop.notice)
        desktop.until(lambda: not desktop.there("save here"))
        assert (folder / written).read_bytes().startswith(b"\xff\xd8")


def test_a_name_that_is_too_long_is_told(desktop, folder):
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    desktop.tap("b.jpg")
    desktop.until(lambda: desktop.session.current)
    desktop.tap("save")
    desktop.await_control("save here")
    desktop.window.children[0].ids.file_name.text = "long" * 100
    desktop.tap("save here")
    desktop.until(lambda: "File name too long" in desktop.notice)


def test_a_last_folder_that_may_not_be_searched_is_left(desktop, folder, monkeypatch):
    desktop.session.remember(folder="/root/pictures")
    is_dir = Path.is_dir

    def refused(path):
        if str(path).startswith("/root"):
            raise PermissionError(13, "Permission denied")
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", refused)
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    assert "~/Pictures" in desktop.texts()


def test_a_folder_that_cannot_be_written(desktop, folder):
    desktop.tap("first open")
    desktop.await_control("b.jpg")
    desktop.tap("b.jpg")
    desktop.until(lambda: desktop.session.current)
    desktop.tap("save")
    desktop.await_control("save here")
    for widget in desktop.widgets():
        if type(widget).__name__ == "TextInput":
            widget.text = "A.png/inside.jpg"
    desktop.tap("save here")
    desktop.until(lambda: "a folder was expected" in desktop.notice)
