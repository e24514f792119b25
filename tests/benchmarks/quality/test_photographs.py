from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality.photographs import read_photographs, square
from edge_app.core.errors import PhotoFolderError


def test_the_chosen_are_spread_evenly_and_the_rest_is_kept_apart(many_photos):
    found = read_photographs(many_photos, count=4, side=64)
    assert [photo.name for photo in found.judged] == [
        "astronaut-3",
        "chelsea-3",
        "coffee-3",
        "rocket-3",
    ]
    assert len(found.rest) == 20
    assert not {path.stem for path in found.rest} & {photo.name for photo in found.judged}
    assert all(photo.picture.shape == (64, 64, 3) for photo in found.judged)
    assert all(photo.aspect == 0.75 for photo in found.judged)


def test_more_than_there_are_gives_each_once(many_photos):
    found = read_photographs(many_photos, count=1000, side=64)
    assert len({photo.name for photo in found.judged}) == 24
    assert not found.rest


def test_names_of_subfolders_tell_files_apart(tmp_path, real):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.fromarray(real["coffee"]).save(tmp_path / folder / "0001.png")
    found = read_photographs(tmp_path, count=2, side=64)
    assert [photo.name for photo in found.judged] == ["a/0001", "b/0001"]


def test_a_broken_file_is_skipped_and_told(tmp_path, real):
    Image.fromarray(real["coffee"]).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    found = read_photographs(tmp_path, count=2, side=64)
    assert [photo.name for photo in found.judged] == ["a"]
    assert "b.png" in found.skipped[0]


def test_nothing_but_broken_files_is_an_error(tmp_path):
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(PhotoFolderError, match=r"b\.png"):
        read_photographs(tmp_path, count=2, side=64)


def test_a_square_is_the_middle_undistorted():
    picture = np.zeros((40, 100, 3), np.uint8)
    picture[:, 30:70] = 200
    assert (square(picture, 40) == 200).all()
