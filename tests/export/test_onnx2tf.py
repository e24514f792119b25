from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx as library
import pytest
from onnx import TensorProto, helper, numpy_helper

from edge_app.core.errors import ExportError
from edge_app.core.runtime import open_runtime
from edge_app.core.stylizer import stylize
from export import onnx2tf, parity
from export.build import export
from export.config import ExportConfig, Route
from export.recipes import USUAL
from training.network import Stylizer

in_its_environment = pytest.mark.skipif(
    not onnx2tf.versions(onnx2tf.ENVIRONMENT),
    reason="onnx2tf has no environment here: make env-onnx2tf",
)


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Path]:
    """Environments whose Python is a line of shell."""

    def make(script: str, *packages: str) -> Path:
        folder = tmp_path / "environment"
        (folder / "bin").mkdir(parents=True)
        python = folder / "bin" / "python"
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
        for name in packages or onnx2tf.LIBRARIES:
            info = folder / "lib" / "python3.11" / "site-packages" / f"{name}-1.2.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        return folder

    return make


@pytest.fixture(scope="module")
def content() -> bytes:
    """An ONNX model that takes 16 rows off both ends, then the last column."""
    bounds = {"sixteen": 16, "back": -16, "last": -1, "end": 2**63 - 1, "rows": 2, "columns": 3}
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "height", "width"])
        for name in ("image", "stylized")
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Slice", ["image", "sixteen", "back", "rows"], ["cut"], "cut"),
            helper.make_node("Slice", ["cut", "last", "end", "columns"], ["stylized"], "edge"),
        ],
        "slices",
        ends[:1],
        ends[1:],
        [numpy_helper.from_array(np.array([value]), name) for name, value in bounds.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    library.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("packages", [("pip",), ("onnx2tf",), ("tensorflow", "numpy")])
def test_an_environment_without_onnx2tf_says_how_to_make_one(environment, packages):
    folder = environment("exit 0", *packages)
    with pytest.raises(ExportError, match=rf"{folder} is none; .*make env-onnx2tf"):
        onnx2tf.find(folder)


def test_nothing_is_begun_without_the_environment(run: Path, tmp_path: Path):
    config = ExportConfig(
        run=run,
        out=tmp_path / "free.stylepack",
        route=Route.ONNX2TF,
        onnx2tf_env=tmp_path / "nowhere",
    )
    with pytest.raises(ExportError, match=r"nowhere is none; .*make env-onnx2tf"):
        export(config)
    assert not config.out.exists()


def test_an_environment_tells_its_versions(environment):
    folder = environment("exit 0")
    assert onnx2tf.find(folder) == folder
    assert onnx2tf.versions(folder) == {"onnx2tf": "1.2", "tensorflow": "1.2"}


def test_the_program_is_given_the_model_and_what_it_gets_wrong(environment, content, tmp_path):
    folder = environment(
        f'cp model.onnx slices.json "{tmp_path}"; echo "$@" > "{tmp_path}/words"\n'
        "mkdir out; printf model > out/model_float32.tflite"
    )
    assert onnx2tf.convert(content, folder) == b"model"
    assert (tmp_path / "model.onnx").read_bytes() == content
    assert "-m onnx2tf" in (tmp_path / "words").read_text()
    cut, edge = json.loads((tmp_path / "slices.json").read_text())["operations"]
    # Rows are TFLite's second axis, columns its third; a bit of a mask leaves a bound out.
    assert (cut["begin"], cut["end"]) == ([0, 16, 0, 0], [0, -16, 0, 0])
    assert (cut["begin_mask"], cut["end_mask"]) == (0b1101, 0b1101)
    assert (edge["begin"], edge["end"]) == ([0, 0, -1, 0], [0, 0, 0, 0])
    assert (edge["begin_mask"], edge["end_mask"]) == (0b1011, 0b1111)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo out of luck; exit 3", r"\(exit status 3\):\nout of luck"),
        ("echo unknown operator >&2", r"\(exit status 0\):\nunknown operator"),
        ("kill -9 $$", r"exit status -9"),
    ],
)
def test_a_program_that_fails_is_quoted(environment, content, script, message):
    with pytest.raises(ExportError, match=f"onnx2tf cannot convert the network .*{message}"):
        onnx2tf.convert(content, environment(script))


def test_a_program_that_does_not_end_is_ended(environment, content, monkeypatch):
    monkeypatch.setattr(onnx2tf, "TIMEOUT_S", 0.2)
    with pytest.raises(ExportError, match="did not end"):
        onnx2tf.convert(content, environment("exec sleep 60"))


@in_its_environment
@pytest.mark.slow
def test_one_file_of_each_recipe_takes_every_size(
    run: Path, stylizer: Stylizer, tmp_path: Path, rng: np.random.Generator
):
    config = ExportConfig(
        run=run,
        out=tmp_path / "free.stylepack",
        sizes=((64, 64),),
        route=Route.ONNX2TF,
        coreml=False,
        onnx=False,
    )
    pack = export(config)
    models = pack.manifest.models
    assert [model.path for model in models] == [f"tflite/{name}.tflite" for name in USUAL]
    for model in models:
        assert (model.size, model.size_multiple) == (None, 4)
        compared = "2 photographs at 192x256 and 260x196"
        assert all(gate.on.startswith(compared) for gate in model.gates)
        assert model.lint is not None
        assert "TILE" not in model.lint.operators
        assert model.lint.operators.get("MIRROR_PAD", 0) == 0
    versions = pack.manifest.provenance.versions
    assert versions["onnx2tf (export)"].startswith("1.")
    assert versions["tensorflow (export)"].startswith("2.")

    runtime = open_runtime(pack, recipe="fp32", threads=1)
    for size in [(32, 32), (36, 100), (128, 64)]:
        picture = rng.random((*size, 3), dtype=np.float32)
        assert np.allclose(runtime.run(picture), parity.by_torch(stylizer, picture), atol=1e-4)
    photo = rng.integers(0, 256, (75, 61, 3), dtype=np.uint8)
    assert stylize(runtime, photo).shape == photo.shape
    runtime.close()
