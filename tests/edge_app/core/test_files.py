from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path

import pytest

from edge_app.core.errors import StorageError
from edge_app.core.files import check_place, replacing, replacing_folder, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_after(path: Path, text: str, error: BaseException) -> None:
    path.write_text(text)
    raise error


def test_writes_and_makes_the_folder(tmp_path):
    write_text(tmp_path / "a" / "b" / "c.txt", "ü\r\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "ü\r\n".encode()
    assert names(tmp_path / "a" / "b") == ["c.txt"]


def test_the_temporary_file_is_beside_with_the_same_suffix(tmp_path):
    with replacing(tmp_path / "x.png") as beside:
        assert beside.parent == tmp_path
        assert beside.suffix == ".png"
        assert beside.name.startswith(".")
        assert names(tmp_path) == [beside.name]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(1)])
def test_a_failure_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "x.txt"
    write_text(path, "old")
    with pytest.raises(type(error)), replacing(path) as beside:
        fail_after(beside, "half", error)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["x.txt"]


def test_a_full_disk(tmp_path):
    path = tmp_path / "x.txt"
    write_text(path, "old")
    with (
        pytest.raises(StorageError, match=f"cannot write {path}: No space left on device"),
        replacing(path),
    ):
        raise OSError(28, "No space left on device")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["x.txt"]


def test_a_disk_that_is_full_only_when_the_data_reaches_it(tmp_path, monkeypatch):
    path = tmp_path / "x.txt"
    write_text(path, "old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["x.txt"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    for name in ("file/x.txt", "file/a/x.txt"):
        path = tmp_path / name
        reason = f"cannot write {path}: {tmp_path}/file is a file, a folder was expected"
        for write in (check_place, partial(write_text, text="new")):
            with pytest.raises(StorageError, match=reason):
                write(path)
    assert names(tmp_path) == ["file"]


def test_a_place_is_checked_without_a_trace(tmp_path):
    (tmp_path / "x.txt").write_text("old")
    check_place(tmp_path / "x.txt")
    check_place(tmp_path / "a" / "b" / "c.txt")
    with pytest.raises(StorageError, match="it exists and is not a file"):
        check_place(tmp_path)
    assert names(tmp_path) == ["x.txt"]
    assert (tmp_path / "x.txt").read_text() == "old"


def test_a_read_only_folder(tmp_path, monkeypatch):
    def denied(self, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", denied)
    with pytest.raises(StorageError, match="Permission denied"):
        write_text(tmp_path / "x.txt", "new")
    assert names(tmp_path) == []


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    with pytest.raises(StorageError, match="it exists and is not a file"):
        write_text(tmp_path, "new")
    assert names(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_device_or_pipe_is_not_renamed_away(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StorageError, match="it exists and is not a file"):
        write_text(tmp_path / "pipe", "new")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "there" / "real.txt")
    for text in ("first", "second"):  # the first through a link that dangles
        write_text(link, text)
        assert link.is_symlink()
        assert (tmp_path / "there" / "real.txt").read_text() == text
    assert names(tmp_path / "there") == ["real.txt"]


def test_files_are_as_readable_as_others(tmp_path):
    write_text(tmp_path / "ours", "x")
    (tmp_path / "other").write_text("x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "other").stat().st_mode
    with replacing(tmp_path / "ours") as beside:  # as safetensors does it
        beside.unlink()
        beside.touch(mode=0o600)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_long_names(tmp_path):
    path = tmp_path / ("x" * 250 + ".txt")
    write_text(path, "new")
    assert path.read_text() == "new"


def test_relative_paths(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text(Path("x.txt"), "new")
    assert (tmp_path / "x.txt").read_text() == "new"


@pytest.fixture
def old_folder(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old").write_text("old")
    return path


def test_a_folder_is_replaced_whole(old_folder):
    with replacing_folder(old_folder) as beside:
        assert names(beside) == []
        (beside / "new").write_text("new")
    assert names(old_folder) == ["new"]
    assert names(old_folder.parent) == ["folder"]


def test_a_new_folder(tmp_path):
    with replacing_folder(tmp_path / "a" / "b") as beside:
        (beside / "new").write_text("new")
    assert names(tmp_path / "a") == ["b"]
    assert names(tmp_path / "a" / "b") == ["new"]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_folder(old_folder, error):
    with pytest.raises(type(error)), replacing_folder(old_folder) as beside:
        fail_after(beside / "half", "", error)
    assert names(old_folder) == ["old"]
    assert names(old_folder.parent) == ["folder"]


@pytest.mark.parametrize("error", [OSError(5, "I/O error"), KeyboardInterrupt()])
def test_the_old_folder_is_put_back_when_the_new_one_cannot_take_its_place(
    old_folder, monkeypatch, error
):
    rename = Path.replace

    def failing(self, target):
        if self.name.startswith(".") and (self / "new").exists():
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    expected = StorageError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected), replacing_folder(old_folder) as beside:
        (beside / "new").write_text("new")
    assert names(old_folder) == ["old"]
    assert names(old_folder.parent) == ["folder"]


def test_a_folder_that_cannot_stand_there(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StorageError, match="cannot write"),
        replacing_folder(tmp_path / "file" / "folder"),
    ):
        raise AssertionError("the block was entered")


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_file_that_a_library_made_private_can_be_read_by_others(tmp_path):
    with replacing(tmp_path / "weights") as beside:
        beside.unlink()
        os.close(os.open(beside, os.O_CREAT | os.O_WRONLY, 0o600))
    (tmp_path / "plain").touch()
    assert (tmp_path / "weights").stat().st_mode == (tmp_path / "plain").stat().st_mode
