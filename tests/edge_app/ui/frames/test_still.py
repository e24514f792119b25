from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image

from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.ui.frames.still import Still


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.full((40, 50, 3), 50 * number, np.uint8)).save(folder / f"{number}.png")
    return folder


def test_gives_each_picture_in_turn(folder):
    source = Still(sorted(folder.iterdir()), "photos", rate_hz=500, seconds_each=0.05)
    seen: list[int] = []
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        frame = source.read(0.1)
        value = None if frame is None else int(frame.picture()[0, 0, 0])
        if value is not None and value not in seen[-1:]:
            seen.append(value)
    assert {0, 50, 100} <= set(seen)
    for now, then in zip(seen[1:], seen):
        assert now == (then + 50) % 150


def test_frames_are_copies(folder):
    source = Still.folder(folder)
    first = source.read(1).picture()
    first[:] = 77
    assert (source.read(1).picture() != 77).all()


def test_keeps_its_pace(folder):
    source = Still([folder / "0.png"], "one", rate_hz=50)
    begin = time.monotonic()
    for _ in range(6):
        assert source.read(1) is not None
    assert time.monotonic() - begin > 0.08
    assert source.read(0.001) is None


def test_a_broken_picture_is_left_out(folder):
    (folder / "0.png").write_bytes(b"broken")
    source = Still(sorted(folder.iterdir()), "photos")
    assert source.read(1).picture()[0, 0, 0] == 50


def test_nothing_that_can_be_read_is_an_error(folder):
    for path in folder.iterdir():
        path.write_bytes(b"broken")
    with pytest.raises(ImageError, match="no picture can be read"):
        Still.folder(folder).read(1)


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(PhotoFolderError):
        Still.folder(tmp_path)


def test_closing_ends_it(folder):
    source = Still.folder(folder)
    source.close()
    source.close()
    assert source.ended
    assert source.read(5) is None
