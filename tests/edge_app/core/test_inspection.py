from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_app.core.errors import PackError
from edge_app.core.inspection import delegate_text, differences, verify
from edge_app.core.manifest import Delegate
from edge_app.core.pack import open_pack, write_pack
from edge_app.core.vector import vector_file


def test_every_model_is_run(pack_at, tflite, onnx_file):
    files = {"tflite/fp32-32x48.tflite": tflite(), "onnx/fp32.onnx": onnx_file()}
    found = {model.path: how for model, how in verify(open_pack(pack_at(files)))}
    assert found["tflite/fp32-32x48.tflite"].startswith("litert ")
    assert found["onnx/fp32.onnx"].startswith("onnx ")


def test_a_model_that_gives_no_picture_is_an_error(pack_at, tflite):
    loud = tflite(matrix=np.eye(3, dtype=np.float32) * 255)
    with pytest.raises(PackError, match=r"fp32-32x48\.tflite: gave values outside \[0, 1\]"):
        list(verify(open_pack(pack_at({"tflite/fp32-32x48.tflite": loud}))))


def test_a_model_of_another_size_is_an_error(pack_at, tflite):
    """Whole by its hash, and not what the manifest says."""
    path = pack_at({"tflite/fp32-32x48.tflite": tflite((48, 32))})
    with pytest.raises(PackError, match=r"its input is float32 \[1, 32, 48, 3\]"):
        list(verify(open_pack(path)))


def test_every_style_of_a_trunk_is_drawn(trunk_at, tmp_path):
    ((_, how),) = verify(open_pack(trunk_at()))
    assert how.startswith("litert ")
    loud = {"styles/dusk.npy": vector_file(np.full(3, 2, np.float32))}
    with pytest.raises(PackError, match=r"gave values outside \[0, 1\]"):
        list(verify(rewritten(trunk_at(), loud, tmp_path)))


def test_a_damaged_vector_is_an_error(trunk_at, tmp_path):
    short = {"styles/dusk.npy": vector_file(np.ones(2, np.float32))}
    with pytest.raises(PackError, match=r"styles/dusk.npy: expected 3 numbers"):
        list(verify(rewritten(trunk_at(), short, tmp_path)))


def test_differences_of_trunks_name_the_style(trunk_at):
    first, second = open_pack(trunk_at()), open_pack(trunk_at(name="other.stylepack"))
    entries = list(second.manifest.styles)
    entries[1] = replace(entries[1], title="Night")
    second = replace(second, manifest=replace(second.manifest, styles=tuple(entries)))
    assert differences(first, second) == ["styles: dusk: title: Dusk -> Night"]


def rewritten(path, changes, folder):
    """A pack with other contents in it, whose hashes are right."""
    pack = open_pack(path)
    names = [*pack.manifest.files, *(model.path for model in pack.manifest.models)]
    files = {name: pack.read(name) for name in names}
    return write_pack(folder / "rewritten.stylepack", pack.manifest, files | changes)


def test_a_folder_is_not_run(tmp_path, manifest, model):
    package = tmp_path / "x.mlpackage"
    package.mkdir()
    (package / "Manifest.json").write_text("{}")
    path = tmp_path / "a.stylepack"
    files = {"coreml/fp16.mlpackage": package, "preview.jpg": b"preview"}
    write_pack(path, manifest(model("coreml/fp16.mlpackage", layout="image")), files)
    ((_, how),) = verify(open_pack(path))
    assert how.startswith("not run: a folder")


def test_equal_packs_do_not_differ(pack_at):
    first, second = (open_pack(pack_at(name=f"{name}.stylepack")) for name in "ab")
    assert differences(first, second) == []


def test_differences_name_the_file_and_the_key(pack_at, tflite, tmp_path, manifest, model):
    first = open_pack(pack_at())
    name = "tflite/fp32-32x48.tflite"
    other = manifest(model(name, threshold=50.0), title="Other")
    files = {name: tflite(matrix=np.eye(3)), "onnx/fp32.onnx": b"x", "preview.jpg": b"preview"}
    other = replace(other, models=(model("onnx/fp32.onnx"), *other.models))
    second = write_pack(tmp_path / "other.stylepack", other, files)
    lines = differences(first, second)
    starts = ["title: Whirl -> Other", f"{name}: sha256: ", "onnx/fp32.onnx: path: absent -> onnx"]
    for start in (*starts, f"{name}: gates: psnr: threshold: 60.0 -> 50.0"):
        assert any(line.startswith(start) for line in lines), (start, lines)
    assert not any(line.startswith("preview") for line in lines)


def test_a_difference_far_into_a_text_is_shown(pack_at):
    first, second = (open_pack(pack_at(name=f"{name}.stylepack")) for name in "ab")
    first, second = (
        replace(pack, manifest=replace(pack.manifest, description="far " * 40 + end))
        for pack, end in ((first, "a day"), (second, "a night"))
    )
    assert differences(first, second) == [
        "description: ... far far far a day -> ... far far far a night"
    ]


@pytest.mark.parametrize(
    ("delegate", "text"),
    [
        (Delegate(name="xnnpack", basis="measured", refused={}, pieces=1), "all, 1 piece (meas"),
        (
            Delegate(name="gpu", basis="list", refused={"CUMSUM": 2, "SORT": 1}),
            "gpu: all but 2 CUMSUM, 1 SORT (list)",
        ),
    ],
)
def test_delegates_are_told_in_one_line(delegate, text):
    assert text in delegate_text(delegate)
