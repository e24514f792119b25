"""Writing files so that nobody ever meets a half-written one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_app.core.errors import StorageError


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Within the block, what the system refuses is a StorageError that names `path`."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write {path}: {_reason(path, error)}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes `path`'s place in one step.

    The parent folder is made if it is missing. When the block raises, the temporary file is
    removed and whatever stood at `path` before is untouched. Of a symbolic link the file that it
    points to is replaced, the link stays.

    Raises:
        StorageError: the folder cannot be made or written, the disk is full, or `path` is
            something else than a file.
    """
    target = _real(path)
    beside = _beside(target)
    try:
        with storage_errors(path):
            _check_not_taken(path, target)
            target.parent.mkdir(parents=True, exist_ok=True)
            beside.touch(exist_ok=False)
            mode = beside.stat().st_mode
            yield beside
            if beside.stat().st_mode != mode:
                # Some writers (safetensors) put a file of their own there, for its owner only.
                beside.chmod(mode)
            with beside.open("r+b") as written:
                os.fsync(written.fileno())
            beside.replace(target)
    finally:
        with suppress(OSError):  # where nothing could be written there is nothing to remove
            beside.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """As `replacing`, for a folder: give an empty folder beside `path` that takes its place.

    A folder cannot be replaced in one step: for an instant nothing stands at `path`. Should
    taking its place fail then, the old folder is put back.

    Raises:
        StorageError: the folder cannot be made or written, or the disk is full.
    """
    target = _real(path)
    beside, old = _beside(target), _beside(target)
    try:
        with storage_errors(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            beside.mkdir()
            yield beside
            try:
                if target.exists():
                    target.replace(old)
                beside.replace(target)
            except BaseException:  # Ctrl-C too
                if old.exists() and not target.exists():
                    old.replace(target)
                raise
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path` through `replacing`; line ends stay as they are."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def check_place(path: Path) -> None:
    """Find out before long work whether a file can be written at `path` after it.

    Nothing is made: where folders are missing, the nearest one that exists is tried.

    Raises:
        StorageError: as `replacing` would; only a full disk is not foreseen.
    """
    target = _real(path)
    with storage_errors(path):
        _check_not_taken(path, target)
        with tempfile.TemporaryFile(dir=_nearest(target)):
            pass


def _check_not_taken(path: Path, target: Path) -> None:
    if target.exists() and not target.is_file():
        # A device or a pipe would be renamed away, for root even /dev/null.
        raise StorageError(f"cannot write {path}: it exists and is not a file")


def _reason(path: Path, error: OSError) -> str:
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        nearest = _nearest(path)
        if not nearest.is_dir():
            return f"{nearest} is a file, a folder was expected"
    return error.strerror or str(error)


def _nearest(path: Path) -> Path:
    """The first of the folders above `path` that exists, which may turn out to be a file."""
    return next(folder for folder in (*path.parents, Path()) if folder.exists())


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _beside(path: Path) -> Path:
    # The suffix stays: some writers choose the format by it. The stem is cut, for a long name
    # with the random part would pass the file system's limit.
    return path.with_name(f".{path.stem[:32]}-{os.urandom(6).hex()}{path.suffix}")
