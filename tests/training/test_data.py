from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import training.data
from edge_app.core.errors import PhotoFolderError
from edge_app.core.image import image_paths
from training.data import PhotoCrops, to_picture, to_tensor


def crops(folder: Path, **changes: int) -> PhotoCrops:
    return PhotoCrops(image_paths(folder), **({"crop": 64, "seed": 3} | changes))


def test_batches_are_pictures(photos):
    batch = crops(photos).batch(0, 3)
    assert batch.shape == (3, 3, 64, 64)
    assert batch.dtype == torch.float32
    assert 0 <= batch.min() < batch.max() <= 1
    assert batch.std() > 0.05


def test_a_batch_depends_on_seed_and_step_alone(photos):
    straight = list(crops(photos).batches(0, 5, 2))
    resumed = list(crops(photos).batches(3, 5, 2))
    assert len(straight) == 5
    assert torch.equal(straight[3], resumed[0])
    assert torch.equal(straight[4], resumed[1])
    assert not torch.equal(straight[0], straight[1])
    assert not torch.equal(straight[0], crops(photos, seed=4).batch(0, 2))


def test_waiting_for_photographs_is_told(photos, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(training.data.time, "monotonic", lambda: float(next(ticks)))
    some = crops(photos)
    for _ in some.batches(0, 5, 1):
        next(ticks)  # a step, which is no waiting
    assert some.waited_s == 5


def test_the_memory_cap_changes_no_crop(photos):
    capped, free = crops(photos, cache_mb=0), crops(photos)
    for step in range(4):
        assert torch.equal(capped.batch(step, 2), free.batch(step, 2))
    assert not capped._cache
    assert free._cache


def test_broken_photographs_are_skipped_once_with_their_reason(photos, tmp_path):
    (tmp_path / "good.jpg").write_bytes((photos / "coffee.jpg").read_bytes())
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "cut.jpg").write_bytes((photos / "coffee.jpg").read_bytes()[:900])
    some = crops(tmp_path)
    some.batch(0, 24)
    assert {path.name for path in some.skipped} == {"empty.jpg", "text.png", "cut.jpg"}
    assert "empty" in some.skipped[tmp_path / "empty.jpg"]


def test_a_folder_of_broken_photographs_is_an_error(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.jpg").write_bytes(b"nothing")
    with pytest.raises(PhotoFolderError, match="none of the 2 photographs"):
        crops(tmp_path).batch(0, 1)


def test_a_folder_without_photographs_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(PhotoFolderError, match="no photograph in it"):
        crops(tmp_path)
    with pytest.raises(PhotoFolderError, match="no such folder"):
        crops(tmp_path / "missing")


def test_photographs_smaller_than_a_crop_are_enlarged(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 30, 3), np.uint8)).save(
        tmp_path / "small.png"
    )
    assert crops(tmp_path).batch(0, 1).shape == (1, 3, 64, 64)


def test_pictures_and_tensors_round_trip():
    picture = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    assert np.array_equal(to_picture(to_tensor(picture)), picture)
