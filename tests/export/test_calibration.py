from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edge_app.core.errors import PhotoFolderError
from export.calibration import (
    CALIBRATION_COUNT,
    PARITY_COUNT,
    SHORT_SIDE,
    at_size,
    representative,
)


@pytest.fixture
def folder(tmp_path: Path, photos: Path) -> Path:
    """Thirty photographs, every tenth of them broken."""
    sources = sorted(photos.iterdir())
    for i in range(30):
        path = tmp_path / f"{i:02}.jpg"
        if i % 10 == 0:
            path.write_bytes(b"not a photograph")
        else:
            shutil.copy(sources[i % len(sources)], path)
    return tmp_path


def test_takes_as_many_as_needed_and_counts_the_broken(folder: Path):
    found = representative(folder)
    assert (len(found.parity), len(found.calibration)) == (PARITY_COUNT, CALIBRATION_COUNT)
    assert {path.name for path in found.skipped} <= {"00.jpg", "10.jpg", "20.jpg"}
    assert found.skipped


def test_the_same_folder_gives_the_same_photographs(folder: Path):
    first, second = representative(folder), representative(folder)
    assert [name for name, _ in first.parity] == [name for name, _ in second.parity]


def test_compares_on_other_photographs_than_it_calibrates_on(photos: Path):
    found = representative(photos)
    for _, photo in found.parity:
        assert not any(np.array_equal(photo, other) for other in found.calibration)


@pytest.mark.parametrize("count", [20, 21, 30, 39, 45, 100])
def test_photographs_come_from_all_of_the_folder(tmp_path: Path, count: int):
    """Folders are often sorted by subject: the first twenty would be twenty of one."""
    for i in range(count):
        Image.new("RGB", (64, 64), (i, 0, 0)).save(tmp_path / f"{i:03}.png")
    found = representative(tmp_path)
    parity = [int(photo[0, 0, 0]) for _, photo in found.parity]
    every = sorted([*parity, *(int(photo[0, 0, 0]) for photo in found.calibration)])
    assert len(set(every)) == PARITY_COUNT + CALIBRATION_COUNT
    assert max(b - a for a, b in pairwise([*every, count])) <= count // len(every) + 1
    assert max(parity) >= count / 2


def test_large_photographs_are_made_smaller(tmp_path: Path):
    Image.new("RGB", (3000, 2000)).save(tmp_path / "a.png")
    (photo,) = representative(tmp_path).calibration
    assert photo.shape == (SHORT_SIDE, SHORT_SIDE * 3 // 2, 3)


def test_one_photograph_serves_for_both(tmp_path: Path, photos: Path):
    shutil.copy(next(photos.iterdir()), tmp_path)
    found = representative(tmp_path)
    assert (len(found.parity), len(found.calibration)) == (1, 1)


def test_a_folder_of_broken_photographs_says_so(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"")
    Image.new("RGB", (8, 8)).save(tmp_path / "b.png")
    with pytest.raises(PhotoFolderError, match="none of the 2 photographs in it can be used"):
        representative(tmp_path)


def test_a_folder_without_photographs_says_so(tmp_path: Path):
    with pytest.raises(PhotoFolderError, match="no photograph in it"):
        representative(tmp_path)
    with pytest.raises(PhotoFolderError, match="no such folder"):
        representative(tmp_path / "gone")


@given(
    photo=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_any_photograph_comes_at_any_size(photo, size):
    picture = at_size(np.full((*photo, 3), 51, np.uint8), size)
    assert picture.shape == (*size, 3)
    assert picture.dtype == np.float32
    assert np.allclose(picture, 0.2)


def test_the_middle_is_taken_and_nothing_is_squeezed():
    photo = np.zeros((10, 30, 3), np.uint8)
    photo[:, 10:20] = 255
    assert np.all(at_size(photo, (10, 10)) == 1)
