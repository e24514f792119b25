"""The files inside a style pack, be it a folder or a zip, and what they may not be.

A pack comes from anywhere. Before a byte of a file is read, every name is checked (none may leave
the pack, appear twice or collide on another system), every kind (plain files only) and every
declared size; and a zip gives no more bytes than it declares.
"""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from edge_app.core.errors import PackError
from edge_app.core.manifest import check_names

MAX_BYTES = 512 * 2**20
"""Largest pack, unpacked: a hundred times what a style needs, and no harm to a phone."""

MAX_FILES = 1000

AGAIN = "copy or download the pack again"
"""What helps against damage."""

# What zipfile and zlib raise on files that are damaged, encrypted or packed in other ways.
_DAMAGE = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    NotImplementedError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)


class Container(Protocol):
    """The files of a pack, wherever they lie."""

    def sizes(self) -> dict[str, int]:
        """Name -> size in bytes of every file, names and sizes checked."""

    def open(self, name: str) -> IO[bytes]:
        """One file, to be read."""


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def sizes(self) -> dict[str, int]:
        found = []
        for name, state in self._entries():
            if stat.S_ISLNK(state.st_mode):
                raise PackError(f"{self._path}: {name}: a link; packs hold plain files only")
            if stat.S_ISREG(state.st_mode):
                found.append((name, state.st_size))
            elif not stat.S_ISDIR(state.st_mode):
                raise PackError(f"{self._path}: {name}: neither a file nor a folder")
        return _checked(self._path, found)

    def _entries(self) -> Iterator[tuple[str, os.stat_result]]:
        count = 0
        for folder, subfolders, names in os.walk(self._path, onerror=_reraise):
            for name in (*subfolders, *names):
                entry = Path(folder, name)
                inside = entry.relative_to(self._path).as_posix()
                with naming(self._path, inside):
                    yield inside, entry.lstat()
                _check_count(self._path, count := count + 1)

    def open(self, name: str) -> IO[bytes]:
        return (self._path / name).open("rb")


class _Zip:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive

    def sizes(self) -> dict[str, int]:
        found = []
        _check_count(self._path, len(self._archive.infolist()))
        for entry in self._archive.infolist():
            # zipfile mends names; what was meant is in the original.
            name = entry.orig_filename
            where = f"{self._path}: {name!r}"
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if stat.S_ISLNK(kind):
                raise PackError(f"{where}: a link; packs hold plain files only")
            if name.endswith("/") and entry.file_size == 0:
                continue
            if kind not in {0, stat.S_IFREG}:
                raise PackError(f"{where}: neither a file nor a folder")
            if entry.flag_bits & 1:
                raise PackError(f"{where}: encrypted; packs are open")
            if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise PackError(f"{where}: compressed in a way other than deflate")
            found.append((name, entry.file_size))
        return _checked(self._path, found)

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(name)


@contextmanager
def open_container(path: Path) -> Iterator[Container]:
    """The files of the pack at `path`; a zip stays open inside the block.

    Raises:
        PackError: there is nothing at `path`, or it is neither a folder nor a zip.
    """
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise PackError(f"{path}: there is no such style pack") from error
    except _DAMAGE as error:
        if path.is_file() and path.stat().st_size == 0:
            raise PackError(f"{path}: not a style pack: the file is empty") from error
        raise PackError(
            f"{path}: not a style pack, or damaged: {error}; if it is one, {AGAIN}"
        ) from error
    with archive:
        yield _Zip(path, archive)


def _check_count(path: Path, count: int) -> None:
    if count > MAX_FILES:
        raise PackError(f"{path}: more than {MAX_FILES} files; a style pack holds a few")


def _checked(path: Path, found: list[tuple[str, int]]) -> dict[str, int]:
    try:
        check_names(name for name, _ in found)
    except PackError as error:
        raise PackError(f"{path}: {error}") from error
    total = 0
    for name, size in found:
        total += size
        if total > MAX_BYTES:
            raise PackError(
                f"{path}: {name} brings the pack to {total / 2**20:.0f} MiB, the limit is "
                f"{MAX_BYTES // 2**20} MiB"
            )
    return dict(found)


@contextmanager
def naming(path: Path, name: str) -> Iterator[None]:
    """Name the pack and the file in whatever goes wrong while the file is read."""
    try:
        yield
    except _DAMAGE as error:
        is_damaged = isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError))
        advice = f"; {AGAIN}" if is_damaged else ""
        raise PackError(f"{path}: {name}: cannot be read: {error}{advice}") from error


def _reraise(error: OSError) -> None:
    raise PackError(f"{error.filename}: cannot be read: {error.strerror}") from error
