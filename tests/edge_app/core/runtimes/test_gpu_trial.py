from __future__ import annotations

import pytest

from edge_app.core.runtimes.gpu_trial import ALLOWED, MARK, GpuTrial


def crash(folder):
    """A trial whose process ends in it."""
    GpuTrial(folder).__enter__()


def test_remembers_crashes_until_it_ends_well(tmp_path):
    folder = tmp_path / "code_cache"
    for crashes in range(ALLOWED + 1):
        assert not GpuTrial(folder).failed_before, crashes
        crash(folder)
    assert GpuTrial(folder).failed_before
    with GpuTrial(folder):  # who insists
        pass
    assert not GpuTrial(folder).failed_before
    assert not (folder / MARK).exists()


def test_an_error_is_no_crash(tmp_path):
    for _ in range(5):
        with pytest.raises(ValueError), GpuTrial(tmp_path):
            raise ValueError
    assert not GpuTrial(tmp_path).failed_before


@pytest.mark.parametrize("content", [b"", b"many", b"\xff\xfe"])
def test_a_damaged_mark_counts_as_none(tmp_path, content):
    (tmp_path / MARK).write_bytes(content)
    assert not GpuTrial(tmp_path).failed_before


def test_a_folder_that_cannot_be_written_keeps_nobody_from_the_gpu(tmp_path):
    (tmp_path / "file").touch()
    for _ in range(3):
        crash(tmp_path / "file")
    assert not GpuTrial(tmp_path / "file").failed_before


def test_without_a_folder_nothing_is_remembered():
    for _ in range(3):
        crash(None)
    assert not GpuTrial(None).failed_before
