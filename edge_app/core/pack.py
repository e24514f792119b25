"""The style pack on disk: a folder or a zip of manifest.json, models, previews and vectors.

Packs come from anywhere, so they are data and nothing else: every file is declared, hashed and of
bounded size before any of it is used, and nothing in one is ever executed or unpickled. A zip is
read in place, never unpacked as a whole.
"""

from __future__ import annotations

import io
import shutil
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from edge_app.core import strict_json
from edge_app.core.container import AGAIN, Container, naming, open_container
from edge_app.core.digest import sha256
from edge_app.core.errors import PackError, StorageError
from edge_app.core.files import replacing, replacing_folder
from edge_app.core.manifest import MANIFEST, Format, Manifest, ModelFile, check_names
from edge_app.core.size import Size

SUFFIX = ".stylepack"

MAX_MANIFEST_BYTES = 4 * 2**20

Source = bytes | Path


@dataclass(frozen=True, kw_only=True)
class StylePack:
    """An opened, verified pack; `open_pack` makes it. Holds no file open."""

    path: Path
    """The folder or zip."""
    manifest: Manifest
    sha256: str
    """Of manifest.json's bytes. It names every other file's hash, so it identifies the pack."""
    _hashes: Mapping[str, str] = field(repr=False)

    def read(self, name: str) -> bytes:
        """The bytes of one file of the pack.

        Raises:
            PackError: no such file in it, or it has changed since the pack was opened.
        """
        if name not in self._hashes:
            raise PackError(f"{self.path}: there is no file {name!r} in it")
        with (
            open_container(self.path) as files,
            naming(self.path, name),
            files.open(name) as stream,
        ):
            data = stream.read()
        if sha256(data).hexdigest() != self._hashes[name]:
            raise PackError(f"{self.path}: {name} has changed since the pack was opened")
        return data

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all files in it; of a model that is a folder, those below it."""
        return tuple(self._hashes)

    def extract(self, model: ModelFile, folder: Path) -> Path:
        """Write a model below `folder`, for libraries that want a path; gives that path.

        Raises:
            PackError: as for `read`.
            StorageError: the folder cannot be written.
        """
        for name in self._hashes:
            if _belongs(name, model.path):
                with replacing(folder / name) as beside:
                    beside.write_bytes(self.read(name))
        return folder / model.path

    def models(
        self,
        *,
        format: Format | None = None,  # noqa: A002 - the manifest's word
        recipe: str | None = None,
        size: Size | None = None,
    ) -> tuple[ModelFile, ...]:
        """The models that match everything that is given, in the manifest's order."""
        return tuple(
            model
            for model in self.manifest.models
            if (format is None or model.format == format)
            and (recipe is None or model.recipe == recipe)
            and (size is None or model.size == size)
        )


def open_pack(path: Path) -> StylePack:
    """Read the manifest of a pack and verify every file against it.

    Raises:
        PackError: there is no pack; it is damaged; a file is missing, undeclared, of another
            hash, too large, a link, or named so that it would leave the pack or collide; the
            manifest breaks its schema or is of a newer one. The text names the file and the
            reason.
    """
    with open_container(path) as files:
        sizes = files.sizes()
        text = _read_manifest(path, files, sizes)
        manifest = Manifest.from_json(text, where=f"{path}: {MANIFEST}")
        _check_declared(path, manifest, set(sizes))
        hashes = {}
        for name in sorted(sizes):
            with naming(path, name), files.open(name) as stream:
                hashes[name] = _sha256(stream)
    for model in manifest.models:
        size_bytes, sha256 = _fingerprint(model.path, sizes, hashes)
        if size_bytes != model.size_bytes:
            raise PackError(
                f"{path}: {model.path}: {size_bytes} bytes, the manifest says {model.size_bytes}"
            )
        _check_sha256(f"{path}: {model.path}", sha256, model.sha256)
    for name, declared in manifest.files.items():
        _check_sha256(f"{path}: {name}", hashes[name], declared)
    return StylePack(path=path, manifest=manifest, sha256=hashes[MANIFEST], _hashes=hashes)


def write_pack(path: Path, manifest: Manifest, files: Mapping[str, Source]) -> StylePack:
    """Write a pack beside `path`, verify it, and rename it into place.

    The same manifest and files give the same bytes: names sorted, no dates, nothing compressed
    (weights hardly shrink, and a stored model can be mapped into memory).

    Args:
        path: with a suffix ('.stylepack'): a zip; without one: a folder. A pack that is there
            already is replaced by one of its kind.
        manifest: hashes and sizes in it are filled in here.
        files: path inside the pack -> contents, for every model and all of `manifest.files`; a
            model that is a folder is given by the folder's Path.

    Raises:
        PackError: the files are not those that the manifest declares, cannot be read, or the
            manifest is not complete (see `Manifest.check_complete`); nothing is written.
        StorageError: `path` cannot be written, or is something else than a pack.
    """
    declared = {*manifest.files, *(model.path for model in manifest.models)}
    if odd := sorted(declared ^ files.keys()):
        reason = "no contents were given" if odd[0] in declared else "the manifest has no such file"
        raise PackError(f"{path}: {odd[0]}: {reason}")
    members = dict(sorted(_members(files)))
    check_names([MANIFEST, *members])
    sizes, hashes = {}, {}
    for name, source in members.items():
        with naming(path, name), _stream(source) as stream:
            hashes[name] = _sha256(stream)
            sizes[name] = stream.tell()
    models = []
    for model in manifest.models:
        size_bytes, sha256 = _fingerprint(model.path, sizes, hashes)
        models.append(replace(model, size_bytes=size_bytes, sha256=sha256))
    manifest = replace(manifest, models=tuple(models)).with_hashes(hashes)
    manifest.check_complete()
    members = {MANIFEST: manifest.to_json().encode("utf-8"), **members}
    check_replaceable(path)
    if path.is_dir() or not (path.suffix or path.exists()):
        with replacing_folder(path) as beside:
            _write_folder(beside, members)
            pack = open_pack(beside)
    else:
        with replacing(path) as beside:
            _write_zip(beside, members)
            pack = open_pack(beside)
    return replace(pack, path=path)


def check_replaceable(path: Path) -> None:
    """Raise StorageError where something else than a pack is: a painting's path is soon given.

    Archives of other things and web pages' folders with a manifest.json of their own are no packs.
    A pack of a newer schema is one, and one whose files are damaged: exporting again mends it.
    """
    is_free = not any(path.iterdir()) if path.is_dir() else not path.exists()
    if not (is_free or _holds_manifest(path)):
        raise StorageError(
            f"cannot write {path}: what is there already is no style pack; name another place, or "
            "remove it first"
        )


def _holds_manifest(path: Path) -> bool:
    """Whether the manifest.json there is a style pack's, whatever else is wrong with it."""
    try:
        with open_container(path) as files:
            text = _read_manifest(path, files, files.sizes())
        raw = strict_json.load(text, where=str(path), error=PackError)
    except PackError:
        return False
    return isinstance(raw, dict) and {"schema_version", "models"} <= raw.keys()


def _read_manifest(path: Path, files: Container, sizes: Mapping[str, int]) -> bytes:
    if MANIFEST not in sizes:
        raise PackError(f"{path}: not a style pack: there is no {MANIFEST} in it")
    if sizes[MANIFEST] > MAX_MANIFEST_BYTES:
        raise PackError(f"{path}: {MANIFEST} is {sizes[MANIFEST]} bytes, the limit is 4 MiB")
    with naming(path, MANIFEST), files.open(MANIFEST) as stream:
        return stream.read()


def _check_declared(path: Path, manifest: Manifest, names: set[str]) -> None:
    declared = [MANIFEST, *manifest.files, *(model.path for model in manifest.models)]
    for name in declared:
        if not any(_belongs(found, name) for found in names):
            raise PackError(f"{path}: {name} is missing; the manifest declares it")
    for found in sorted(names):
        if not any(_belongs(found, name) for name in declared):
            raise PackError(f"{path}: {found} is not declared in the manifest")


def _check_sha256(where: str, found: str, declared: str) -> None:
    if found != declared:
        raise PackError(
            f"{where}: its sha256 is {found[:12]}..., the manifest says {declared[:12]}...; "
            f"the file was changed or damaged; {AGAIN}"
        )


def _sha256(stream: IO[bytes]) -> str:
    digest = sha256()
    while chunk := stream.read(2**20):
        digest.update(chunk)
    return digest.hexdigest()


def _belongs(name: str, model_path: str) -> bool:
    return name == model_path or name.startswith(model_path + "/")


def _fingerprint(
    model_path: str, sizes: Mapping[str, int], hashes: Mapping[str, str]
) -> tuple[int, str]:
    """Size in bytes and sha256 of a model, be it a file or a folder."""
    if model_path in hashes:
        return sizes[model_path], hashes[model_path]
    below = sorted(name for name in hashes if _belongs(name, model_path))
    lines = "".join(f"{hashes[name]}  {name[len(model_path) + 1 :]}\n" for name in below)
    return sum(sizes[name] for name in below), sha256(lines.encode()).hexdigest()


def _members(files: Mapping[str, Source]) -> Iterator[tuple[str, Source]]:
    for name, source in files.items():
        if isinstance(source, Path) and source.is_dir():
            for below in source.rglob("*"):
                if below.is_file():
                    yield f"{name}/{below.relative_to(source).as_posix()}", below
        else:
            yield name, source


def _stream(source: Source) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _write_folder(folder: Path, members: Mapping[str, Source]) -> None:
    for name, source in members.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with _stream(source) as stream, target.open("wb") as out:
            shutil.copyfileobj(stream, out)


def _write_zip(path: Path, members: Mapping[str, Source]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, source in members.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix on every machine, for equal bytes
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            with _stream(source) as stream, archive.open(entry, "w") as out:
                shutil.copyfileobj(stream, out)
