from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from edge_app.core.errors import CameraError, ImageError, PhotoFolderError, StorageError
from edge_app.ui import desktop
from edge_app.ui.desktop import DesktopPlatform, open_file
from edge_app.ui.frames.still import Still
from edge_app.ui.platform import Camera, Platform


def saving(path):
    """What became of saving at a path: what `on_done` and `on_error` got."""
    told, errors, answered = [], [], threading.Event()
    DesktopPlatform(choose_place=lambda _name, answer: answer(path)).save_picture(
        b"content",
        "cat.jpg",
        lambda place: (told.append(place), answered.set()),
        lambda error: (errors.append(error), answered.set()),
    )
    assert answered.wait(20)
    return told, errors


def test_it_is_a_platform(tmp_path):
    platform: Platform = DesktopPlatform(settings=tmp_path)
    assert platform.name == "desktop"
    assert platform.device
    assert platform.settings_folder() == tmp_path
    assert platform.insets().top == 0


def test_saves_where_the_user_says(tmp_path):
    path = tmp_path / "new folder" / "cat.jpg"
    assert saving(path) == ([str(path)], [])
    assert path.read_bytes() == b"content"


def test_a_place_that_cannot_be_written_is_told_and_nothing_lost(tmp_path):
    (tmp_path / "file").write_text("old")
    told, (error,) = saving(tmp_path / "file" / "cat.jpg")
    assert not told
    assert isinstance(error, StorageError)
    assert (tmp_path / "file").read_text() == "old"


def test_nothing_is_saved_where_the_user_thinks_better_of_it():
    assert saving(None) == ([None], [])


def test_a_slow_disk_stops_no_window(tmp_path, monkeypatch):
    go, told = threading.Event(), []
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda *a: go.wait(20) and write(*a))
    platform = DesktopPlatform(choose_place=lambda name, answer: answer(tmp_path / name))
    platform.save_picture(b"content", "cat.jpg", told.append, pytest.fail)
    assert not told
    go.set()
    for thread in threading.enumerate():
        if thread.name == "save":
            thread.join(20)
    assert told == [str(tmp_path / "cat.jpg")]


@pytest.mark.parametrize(("chosen", "name"), [(Path("/a/b.jpg"), "b.jpg"), (None, None)])
def test_picks(chosen, name):
    told: list[object] = []
    platform = DesktopPlatform(choose_photo=lambda answer: answer(chosen))
    platform.pick_photo(told.append, pytest.fail)
    assert (told[0] and told[0].name) == name


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's places")
def test_settings_folder_follows_the_system(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert DesktopPlatform().settings_folder() == tmp_path / "edgestyle"


@pytest.mark.parametrize(
    ("variables", "languages"),
    [
        ({"LANG": "es_MX.UTF-8"}, ["es-MX"]),
        ({"LANGUAGE": "de:es", "LANG": "en_GB.UTF-8"}, ["de", "es", "en-GB"]),
        ({"LC_ALL": "es_ES@euro", "LANG": "en_US"}, ["es-ES"]),
        ({"LANG": "C"}, []),
        ({"LANG": "C.UTF-8"}, []),
    ],
)
def test_languages(monkeypatch, variables, languages):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert DesktopPlatform().languages() == languages


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_known_on_linux():
    assert 10**7 < DesktopPlatform().available_memory_bytes() < 10**13


def test_files_stand_in_for_a_camera(photo):
    platform = DesktopPlatform(frames=photo)
    camera = platform.cameras()[0]
    assert camera.label == photo.name
    opened, sources = threading.Event(), []
    platform.open_camera(camera, 256, lambda s: (sources.append(s), opened.set()), pytest.fail)
    assert opened.wait(10)
    assert sources[0].read(5).picture().shape == (48, 64, 3)
    sources[0].close()


def test_a_camera_that_cannot_be_opened_is_told(capfd):
    opened, errors = threading.Event(), []
    DesktopPlatform().open_camera(
        Camera(id="cv:97", label="Nowhere"),
        256,
        pytest.fail,
        lambda error: (errors.append(error), opened.set()),
    )
    assert opened.wait(20)
    assert isinstance(errors[0], CameraError)


def test_what_a_driver_does_wrong_is_told_too(monkeypatch):
    monkeypatch.setattr(desktop, "open_source", lambda *_: 1 / 0)
    opened, errors = threading.Event(), []
    DesktopPlatform().open_camera(
        Camera(id="cv:0", label="Odd"),
        256,
        pytest.fail,
        lambda error: (errors.append(error), opened.set()),
    )
    assert opened.wait(10)
    assert str(errors[0]) == "Odd: the camera cannot be opened (division by zero)"


def test_files_by_their_kind(photo, tmp_path):
    assert isinstance(open_file(photo), Still)
    assert open_file(photo.parent).label == photo.parent.name
    (tmp_path / "empty").mkdir()
    with pytest.raises(PhotoFolderError):
        open_file(tmp_path / "empty")
    with pytest.raises(ImageError):
        open_file(tmp_path / "gone.mp4")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /sys")
def test_cameras_of_linux(monkeypatch, tmp_path):
    """One node a camera; the codecs of a Raspberry Pi are none."""
    names = [("video0", "0", "HD Webcam: HD"), ("video1", "1", "HD Webcam: HD")]
    names += [("video10", "0", "bcm2835-codec-decode"), ("video20", "0", "Second")]
    for node, index, name in names:
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(index + "\n")
        (tmp_path / node / "name").write_text(name + "\n")
    monkeypatch.setattr(desktop, "Path", lambda path: tmp_path if "video4linux" in path else path)
    assert [(c.id, c.label) for c in desktop._v4l2_cameras()] == [
        ("cv:0", "HD Webcam"),
        ("cv:20", "Second"),
    ]
