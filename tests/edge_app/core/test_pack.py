from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from damage import damaged
from edge_app.core import container
from edge_app.core import pack as packs
from edge_app.core.errors import PackError, StorageError
from edge_app.core.manifest import Format
from edge_app.core.pack import open_pack, write_pack

MODEL = "tflite/fp32-32x48.tflite"


@pytest.fixture(params=["zip", "folder"])
def good(request, pack_at):
    return pack_at(name="whirl.stylepack" if request.param == "zip" else "whirl")


@pytest.fixture
def zipped(pack_at):
    return pack_at()


@pytest.fixture
def folder(pack_at):
    return pack_at(name="whirl")


def test_round_trip(good, tflite):
    pack = open_pack(good)
    assert pack.path == good
    assert pack.manifest.title == "Whirl"
    assert pack.read(MODEL) == tflite()
    assert pack.read("preview.jpg") == b"preview"
    (entry,) = pack.manifest.models
    assert entry.size_bytes == len(tflite())
    assert entry.sha256 == hashlib.sha256(tflite()).hexdigest()
    assert pack.sha256 == hashlib.sha256(pack.read("manifest.json")).hexdigest()


def test_folder_and_zip_are_the_same_pack(pack_at):
    assert open_pack(pack_at()).sha256 == open_pack(pack_at(name="folder")).sha256


def test_the_same_contents_give_the_same_bytes(zipped, pack_at, monkeypatch):
    again = pack_at(name="again.stylepack")
    assert again.read_bytes() == zipped.read_bytes()


def test_members_are_stored_sorted_and_without_dates(zipped):
    with zipfile.ZipFile(zipped) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == ["manifest.json", "preview.jpg", MODEL]
    for entry in entries:
        assert entry.compress_type == zipfile.ZIP_STORED
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert stat.filemode(entry.external_attr >> 16) == "-rw-r--r--"


def test_models_by_wish(tmp_path, model, manifest):
    entries = [
        model("tflite/a", size=(8, 8)),
        model("tflite/b", size=(8, 4), recipe="fp16"),
        model("onnx/c", size=None),
    ]
    files = {entry.path: b"x" for entry in entries}
    pack = write_pack(tmp_path / "p.zip", manifest(*entries), {**files, "preview.jpg": b"p"})

    def paths(**wish):
        return [found.path for found in pack.models(**wish)]

    assert paths() == ["tflite/a", "tflite/b", "onnx/c"]
    assert paths(format=Format.TFLITE) == ["tflite/a", "tflite/b"]
    assert paths(recipe="fp32") == ["tflite/a", "onnx/c"]
    assert paths(size=(8, 4)) == ["tflite/b"]
    assert paths(format=Format.ONNX, size=(8, 4)) == []


# A model that is a folder


@pytest.fixture
def mlpackage(tmp_path):
    path = tmp_path / "made" / "x.mlpackage"
    (path / "Data" / "weights").mkdir(parents=True)
    (path / "Manifest.json").write_bytes(b"{}")
    (path / "Data" / "weights" / "weight.bin").write_bytes(b"12345")
    (path / "Data" / "model").write_bytes(b"abc")
    return path


@pytest.mark.parametrize("name", ["p.stylepack", "p"])
def test_a_model_that_is_a_folder(tmp_path, mlpackage, model, manifest, name):
    inside = "coreml/fp16.mlpackage"
    entry = model(inside, gates=(), not_run="prediction needs macOS")
    made = write_pack(
        tmp_path / name, manifest(entry), {inside: mlpackage, "preview.jpg": b"preview"}
    )
    assert made == open_pack(tmp_path / name)
    (written,) = made.manifest.models
    lines = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {path}\n"
        for path, data in [
            ("Data/model", b"abc"),
            ("Data/weights/weight.bin", b"12345"),
            ("Manifest.json", b"{}"),
        ]
    )
    assert written.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert written.size_bytes == 10
    path = made.extract(written, tmp_path / "out")
    assert path == tmp_path / "out" / inside
    assert sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()) == [
        "Data/model",
        "Data/weights/weight.bin",
        "Manifest.json",
    ]
    assert (path / "Data" / "weights" / "weight.bin").read_bytes() == b"12345"
    with pytest.raises(PackError, match=r"there is no file 'coreml/fp16.mlpackage'"):
        made.read(inside)


def test_extract_of_a_file(good, tmp_path, tflite):
    pack = open_pack(good)
    path = pack.extract(pack.manifest.models[0], tmp_path / "out")
    assert path == tmp_path / "out" / MODEL
    assert path.read_bytes() == tflite()


def test_extract_takes_only_what_belongs_to_the_model(tmp_path, mlpackage, model, manifest):
    entries = [model("coreml/a"), model("coreml/a2")]
    pack = write_pack(
        tmp_path / "p.zip",
        manifest(*entries),
        {"coreml/a": mlpackage, "coreml/a2": b"x", "preview.jpg": b"preview"},
    )
    pack.extract(entries[0], tmp_path / "out")
    assert [p.name for p in (tmp_path / "out" / "coreml").iterdir()] == ["a"]


# What a pack may not be; every error names the pack, the file and the reason


def refused(path, message):
    with pytest.raises(PackError, match=message) as caught:
        open_pack(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_nothing_there(tmp_path):
    refused(tmp_path / "none.stylepack", "there is no such style pack")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b"some text", "not a style pack, or damaged: File is not a zip")],
)
def test_no_zip(tmp_path, content, message):
    path = tmp_path / "p.stylepack"
    path.write_bytes(content)
    refused(path, message)


def test_a_folder_of_something_else(tmp_path):
    refused(tmp_path, "not a style pack: there is no manifest.json in it")


def test_truncated(zipped, tmp_path):
    path = tmp_path / "half.stylepack"
    path.write_bytes(zipped.read_bytes()[:-200])
    refused(path, "damaged: File is not a zip file; if it is one, copy or download the pack again")


def test_missing_model(zipped, rezip):
    refused(rezip(zipped, {MODEL: None}), f"{MODEL} is missing")


def test_missing_preview(zipped, rezip):
    refused(rezip(zipped, {"preview.jpg": None}), "preview.jpg is missing")


def test_missing_manifest(zipped, rezip):
    refused(rezip(zipped, {"manifest.json": None}), "there is no manifest.json")


@pytest.mark.parametrize("name", [MODEL, "preview.jpg"])
def test_wrong_hash(zipped, rezip, name):
    with zipfile.ZipFile(zipped) as archive:
        data = archive.read(name)
    refused(rezip(zipped, {name: data[:-1] + b"?"}), f"{name}: its sha256 is .* was changed or dam")


def test_wrong_size(zipped, rezip):
    refused(rezip(zipped, {MODEL: b"short"}), f"{MODEL}: 5 bytes, the manifest says")


@pytest.mark.parametrize("extra", ["run.py", "tflite/other.tflite", MODEL + ".py"])
def test_undeclared_files(zipped, folder, rezip, extra):
    refused(rezip(zipped, {extra: b"x"}), f"{extra} is not declared in the manifest")
    (folder / extra).write_bytes(b"x")
    refused(folder, f"{extra} is not declared in the manifest")


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", "C:\\evil", "a\\..\\evil"]
)
def test_paths_that_leave_the_pack(zipped, rezip, name):
    refused(rezip(zipped, {name: b"x"}), "evil")


def test_names_that_end_early_for_some(zipped, tmp_path):
    entry = zipfile.ZipInfo("x")
    entry.filename = "evil.py\0.txt"  # zipfile would read it as evil.py
    path = with_entry(zipped, tmp_path / "p.zip", entry)
    refused(path, "evil.py.x00.txt': the path has a character")


def test_a_declared_path_that_leaves_the_pack(zipped, edit):
    path = edit(zipped, lambda values: values["models"][0].update(path="../evil"))
    refused(path, r"manifest.json: models\[0\]: '../evil': a path inside the pack was expected")


def test_names_that_collide_on_other_systems(zipped, rezip):
    refused(rezip(zipped, {MODEL.upper(): b"x"}), f"there twice .the other is '{MODEL}'")


def test_names_that_are_there_twice(zipped, tmp_path):
    path = tmp_path / "twice.stylepack"
    shutil.copy(zipped, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(MODEL, b"another")
    refused(path, f"'{MODEL}': there twice")


def test_a_file_below_a_file(zipped, rezip):
    refused(rezip(zipped, {"preview.jpg/x": b"x"}), "'preview.jpg/x': lies inside 'preview.jpg'")


def with_entry(source, path, entry, data=b"x"):
    shutil.copy(source, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, data)
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [(stat.S_IFLNK, "a link; packs hold plain files only"), (stat.S_IFIFO, "neither a file nor")],
)
def test_special_entries(zipped, tmp_path, kind, message):
    entry = zipfile.ZipInfo("tflite/special")
    entry.create_system = 3
    entry.external_attr = (kind | 0o777) << 16
    path = with_entry(zipped, tmp_path / "p.stylepack2", entry, b"/etc/passwd")
    refused(path, f"'tflite/special': {message}")


def test_folder_entries_are_no_files(zipped, tmp_path):
    path = with_entry(zipped, tmp_path / "p.zip", zipfile.ZipInfo("tflite/"), b"")
    assert open_pack(path).manifest.id == "whirl"


def test_compressed_packs_are_fine_if_deflated(zipped, tmp_path):
    for kind, fine in [(zipfile.ZIP_DEFLATED, True), (zipfile.ZIP_BZIP2, False)]:
        path = tmp_path / f"{kind}.zip"
        with zipfile.ZipFile(zipped) as old, zipfile.ZipFile(path, "w", kind) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
        if fine:
            assert open_pack(path).sha256 == open_pack(zipped).sha256
        else:
            refused(path, "compressed in a way other than deflate")


def patch_entries(path, offset_in_central, data):
    """Overwrite bytes of every central directory entry."""
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    while at >= 0:
        raw[at + offset_in_central : at + offset_in_central + len(data)] = data
        at = raw.find(b"PK\x01\x02", at + 4)
    path.write_bytes(raw)


def test_encrypted(zipped):
    patch_entries(zipped, 8, struct.pack("<H", 1))
    refused(zipped, "encrypted; packs are open")


def test_absurd_declared_sizes(zipped):
    patch_entries(zipped, 24, struct.pack("<I", 0x7FFFFFFF))
    refused(zipped, "brings the pack to 2048 MiB, the limit is 512 MiB")


def test_a_bomb_is_not_unpacked(zipped, rezip, tmp_path, monkeypatch):
    """A megabyte of zeros packs to a kilobyte: refused by what it declares, never inflated."""
    monkeypatch.setattr(container, "MAX_BYTES", 2**20)
    path = tmp_path / "bomb.zip"
    shutil.copy(zipped, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(2**21))

    def read(*args):
        raise AssertionError("the bomb was opened")

    monkeypatch.setattr(zipfile.ZipFile, "open", read)
    refused(path, "zeros brings the pack to 2 MiB, the limit is 1 MiB")


def test_a_bomb_that_lies_about_its_size_gives_no_more_than_it_declares(zipped, tmp_path):
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(zipped) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, bytes(2**24) if name == MODEL else old.read(name))
    size = len(zipfile.ZipFile(zipped).read(MODEL))
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", size)
    path.write_bytes(raw)
    refused(path, f"{MODEL}: ")


def test_too_many_files(zipped, folder, rezip, monkeypatch):
    monkeypatch.setattr(container, "MAX_FILES", 20)
    refused(rezip(zipped, {f"x{i}": b"" for i in range(30)}), "more than 20 files")
    for i in range(30):
        (folder / f"x{i}").mkdir()
    refused(folder, "more than 20 files")


def test_an_enormous_manifest(zipped, rezip, monkeypatch):
    monkeypatch.setattr(packs, "MAX_MANIFEST_BYTES", 100)
    refused(zipped, "manifest.json is [0-9]+ bytes, the limit")


def test_links_in_a_folder(folder, tmp_path):
    model = folder / MODEL
    model.rename(tmp_path / "elsewhere")
    model.symlink_to(tmp_path / "elsewhere")
    refused(folder, f"{MODEL}: a link; packs hold plain files only")


def test_linked_folders_in_a_folder(folder, tmp_path):
    (folder / "more").symlink_to(tmp_path, target_is_directory=True)
    refused(folder, "more: a link")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_in_a_folder(folder):
    os.mkfifo(folder / "pipe")
    refused(folder, "pipe: neither a file nor a folder")


def test_a_folder_that_may_not_be_listed(folder, monkeypatch):
    def scandir(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    refused(folder, "cannot be read: Permission denied")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(schema_version=5), "made by a newer edgestyle"),
        (lambda v: v.update(colour="red"), "colour: unknown key"),
        (lambda v: v["models"][0].update(colour="red"), r"models\[0\].colour: unknown key"),
        (lambda v: v.pop("title"), "title: the key is missing"),
        (lambda v: v.update(title=3), "title: expected a text, got 3"),
        (lambda v: v["models"][0].update(format="pickle"), r"models\[0\].format: expected one of"),
        (lambda v: v["models"][0].update(size=[32]), r"models\[0\].size: expected a list of 2"),
        (lambda v: v["models"][0]["gates"][0].update(worst=10), "fails its own gate"),
        (lambda v: v["models"][0].update(gates=[]), "expected gates, or not_run"),
        (lambda v: v["models"][0].update(sha256="0" * 64), "its sha256 is"),
        (lambda v: v["models"][0].update(size_bytes=1), "the manifest says 1$"),
        (lambda v: v.update(preview="manifest.json"), "'manifest.json': there twice"),
    ],
)
def test_manifests_that_break_the_schema(zipped, edit, change, message):
    refused(edit(zipped, change), message)


def test_a_manifest_that_is_no_json(zipped, rezip):
    refused(rezip(zipped, {"manifest.json": b"{'a'}"}), "manifest.json: not readable as JSON")


def test_a_crc_error_names_the_file(zipped):
    raw = zipped.read_bytes()
    assert b"preview.jpgpreview" in raw  # a name and, stored right behind it, its contents
    zipped.write_bytes(raw.replace(b"preview.jpgpreview", b"preview.jpgPreview"))
    refused(zipped, "preview.jpg: cannot be read: Bad CRC-32 .*; copy or download the pack again")


@given(st.data())
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_no_damage_gets_through(tmp_path_factory, manifest, model, data):
    """Whatever bytes are changed: a PackError, or the very same contents."""
    path = tmp_path_factory.mktemp("damage") / "p.stylepack"
    files = {"tflite/a": b"model" * 4, "preview.jpg": b"preview"}
    good = write_pack(path, manifest(model("tflite/a")), files)
    path.write_bytes(damaged(path.read_bytes(), data))
    message = ""
    try:
        pack = open_pack(path)
    except PackError as error:
        message = str(error)
    if message:
        assert str(path) in message
        return
    for name, content in files.items():
        assert pack.read(name) == content
    assert pack.manifest.models == good.manifest.models


# Between opening and reading


def test_a_change_after_opening_is_noticed(folder):
    pack = open_pack(folder)
    (folder / MODEL).write_bytes(b"another")
    with pytest.raises(PackError, match=f"{MODEL} has changed since"):
        pack.read(MODEL)
    (folder / MODEL).unlink()
    with pytest.raises(PackError, match=f"{MODEL}: cannot be read"):
        pack.read(MODEL)


def test_a_pack_that_vanishes(zipped):
    pack = open_pack(zipped)
    zipped.unlink()
    with pytest.raises(PackError, match="there is no such style pack"):
        pack.read(MODEL)


OPEN_FILES = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="no list of open files here")
def test_no_file_stays_open(good):
    before = len(list(OPEN_FILES.iterdir()))
    pack = open_pack(good)
    pack.read(MODEL)
    assert len(list(OPEN_FILES.iterdir())) == before


# Writing


def test_the_old_pack_stays_if_the_new_one_is_wrong(good, model, manifest, tmp_path):
    before = open_pack(good)
    entry = model(MODEL)
    with pytest.raises(PackError, match=f"{MODEL}: no contents were given"):
        write_pack(good, manifest(entry), {"preview.jpg": b"p"})
    with pytest.raises(PackError, match="extra: the manifest has no such file"):
        write_pack(good, manifest(entry), {MODEL: b"x", "preview.jpg": b"p", "extra": b"x"})
    with pytest.raises(PackError, match=f"{MODEL}: cannot be read: .*No such file"):
        write_pack(good, manifest(entry), {MODEL: tmp_path / "none", "preview.jpg": b"p"})
    with pytest.raises(PackError, match="expected gates"):
        write_pack(good, manifest(model(MODEL, gates=())), {MODEL: b"x", "preview.jpg": b"p"})
    with pytest.raises(PackError, match="size_bytes: expected 1 or more"):
        write_pack(good, manifest(entry), {MODEL: b"", "preview.jpg": b"p"})
    assert open_pack(good) == before
    assert [path.name for path in good.parent.iterdir()] == [good.name]


def test_the_old_pack_is_replaced_by_a_good_one(good, model, manifest):
    entry = model("onnx/new.onnx", size=None)
    new = write_pack(good, manifest(entry), {"onnx/new.onnx": b"new", "preview.jpg": b"p"})
    assert open_pack(good) == new
    assert new.read("onnx/new.onnx") == b"new"
    assert [path.name for path in good.parent.iterdir()] == [good.name]


def test_a_full_disk_leaves_the_old_pack(good, model, manifest, monkeypatch):
    before = open_pack(good)

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(StorageError, match=f"cannot write {good}: No space left on device"):
        write_pack(good, manifest(model(MODEL)), {MODEL: b"x", "preview.jpg": b"p"})
    assert open_pack(good) == before
    assert [path.name for path in good.parent.iterdir()] == [good.name]


def test_what_is_no_pack_is_not_replaced(tmp_path, model, manifest):
    painting = tmp_path / "painting.jpg"
    painting.write_bytes(b"precious")
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(b"precious")
    page = tmp_path / "page"
    page.mkdir()
    (page / "manifest.json").write_text('{"name": "a web page", "icons": []}')
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as photos:
        photos.writestr("one.jpg", b"precious")
    before = archive.read_bytes()
    for path in (painting, folder, page, archive):
        with pytest.raises(
            StorageError, match="what is there already is no style pack; name anoth"
        ):
            write_pack(path, manifest(model(MODEL)), {MODEL: b"x", "preview.jpg": b"p"})
    assert painting.read_bytes() == (folder / "one.jpg").read_bytes() == b"precious"
    assert archive.read_bytes() == before
    assert [path.name for path in page.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize(
    "change", [lambda m: m.update(schema_version=99, hologram=1), lambda m: m["models"].clear()]
)
def test_a_pack_that_cannot_be_read_is_replaced(zipped, edit, model, manifest, change):
    """Of a newer schema, or damaged: to export again is how it is mended."""
    path = edit(zipped, change)
    with pytest.raises(PackError):
        open_pack(path)
    write_pack(path, manifest(model(MODEL)), {MODEL: b"x", "preview.jpg": b"p"})
    assert open_pack(path).read(MODEL) == b"x"


def test_an_empty_folder_and_a_new_one_become_folders(tmp_path, model, manifest):
    files = {MODEL: b"x", "preview.jpg": b"p"}
    empty = tmp_path / "empty.d"
    empty.mkdir()
    for path in (empty, tmp_path / "deep" / "new"):
        write_pack(path, manifest(model(MODEL)), files)
        assert json.loads((path / "manifest.json").read_text())["id"] == "whirl"
        assert (path / MODEL).read_bytes() == b"x"


def test_where_no_folder_can_be(tmp_path, model, manifest):
    (tmp_path / "file").write_bytes(b"")
    for name in ("p.stylepack", "p"):
        with pytest.raises(StorageError, match="cannot write"):
            write_pack(
                tmp_path / "file" / name,
                manifest(model(MODEL)),
                {MODEL: b"x", "preview.jpg": b"p"},
            )


def test_contents_from_files(tmp_path, model, manifest):
    source = tmp_path / "model.bin"
    source.write_bytes(b"from a file")
    pack = write_pack(
        tmp_path / "p.zip", manifest(model(MODEL)), {MODEL: source, "preview.jpg": b"p"}
    )
    assert pack.read(MODEL) == b"from a file"
    with zipfile.ZipFile(io.BytesIO((tmp_path / "p.zip").read_bytes())) as archive:
        assert archive.testzip() is None


def test_a_zip_without_a_suffix_stays_a_zip(zipped, tmp_path, model, manifest):
    path = tmp_path / "bare"
    zipped.rename(path)
    write_pack(path, manifest(model(MODEL)), {MODEL: b"x", "preview.jpg": b"p"})
    assert zipfile.is_zipfile(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["bare"]
