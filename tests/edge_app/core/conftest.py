"""Models of a few hundred bytes and packs around them, made without a converter or torch."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.core.manifest import Format, Gate, Manifest, ModelFile, Provenance
from edge_app.core.pack import write_pack

# red' = 1 - blue, green' = 0.5 red, blue' = green: a mix that shows every swap of channels.
MIX = np.array([[0, 0, -1], [0.5, 0, 0], [0, 1, 0]], np.float32)
SHIFT = np.array([1, 0, 0], np.float32)


def mixed(picture: np.ndarray) -> np.ndarray:
    """What the tiny models do: float32 (h, w, 3) in [0, 1] to the same."""
    return picture @ MIX.T + SHIFT


def build_tflite(
    size: tuple[int, int] = (32, 48),
    *,
    operators: Sequence[str] = ("conv",),
    dtype: str = "float32",
    output_size: tuple[int, int] | None = None,
) -> bytes:
    """A TFLite file: 1x1 convolutions with MIX ("conv", which XNNPACK takes) and nearest-neighbour
    resizing ("resize", which it refuses; to `output_size`), one after the other."""
    from ai_edge_litert import schema_py_generated as schema
    from flatbuffers import Builder  # type: ignore[import-untyped]

    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.description = 3, "tiny"
    model.subgraphs, model.buffers = [graph], [schema.BufferT()]
    graph.tensors, graph.operators = [], []
    codes = {"conv": schema.BuiltinOperator.CONV_2D}
    codes["resize"] = schema.BuiltinOperator.RESIZE_NEAREST_NEIGHBOR
    model.operatorCodes = []
    for code in codes.values():
        entry = schema.OperatorCodeT()
        entry.builtinCode = entry.deprecatedBuiltinCode = code
        entry.version = 1
        model.operatorCodes.append(entry)

    def tensor(shape: Sequence[int], kind: str, values: np.ndarray | None = None) -> int:
        made = schema.TensorT()
        made.shape, made.name = list(shape), f"t{len(graph.tensors)}".encode()
        made.type = getattr(schema.TensorType, kind.upper())
        made.buffer = 0
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.tobytes(), np.uint8)
            model.buffers.append(buffer)
            made.buffer = len(model.buffers) - 1
        graph.tensors.append(made)
        return len(graph.tensors) - 1

    weights = tensor((3, 1, 1, 3), "float32", MIX.reshape(3, 1, 1, 3))
    bias = tensor((3,), "float32", SHIFT)
    end = output_size or size
    target = tensor((2,), "int32", np.array(end, np.int32))
    current = tensor((1, *size, 3), dtype)
    graph.inputs = [current]
    for name in operators:
        operator = schema.OperatorT()
        operator.opcodeIndex = list(codes).index(name)
        if name == "conv":
            operator.inputs = [current, weights, bias]
            operator.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
            operator.builtinOptions = schema.Conv2DOptionsT()
            operator.builtinOptions.strideH = operator.builtinOptions.strideW = 1
        else:
            operator.inputs = [current, target]
            operator.builtinOptionsType = schema.BuiltinOptions.ResizeNearestNeighborOptions
            operator.builtinOptions = schema.ResizeNearestNeighborOptionsT()
        shape = end if name == "resize" else tuple(graph.tensors[current].shape[1:3])
        current = tensor((1, *shape, 3), dtype)
        operator.outputs = [current]
        graph.operators.append(operator)
    graph.outputs = [current]
    builder = Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def build_onnx(
    height: int | str = "height", width: int | str = "width", *, layout: str = "NCHW"
) -> bytes:
    """An ONNX file: one 1x1 convolution with MIX, or for NHWC the matrix product; sides that are
    names are free."""
    from onnx import TensorProto, checker, helper, numpy_helper

    sides = [1, 3, height, width] if layout == "NCHW" else [1, height, width, 3]
    if layout == "NCHW":
        nodes = [helper.make_node("Conv", ["in", "weights", "bias"], ["out"])]
        weights = MIX.reshape(3, 3, 1, 1)
    else:
        nodes = [
            helper.make_node("MatMul", ["in", "weights"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["out"]),
        ]
        weights = np.ascontiguousarray(MIX.T)
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, sides)],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(SHIFT, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def describe(
    path: str, *, size: tuple[int, int] | None = (32, 48), recipe: str = "fp32", **more: Any
) -> ModelFile:
    """A model's entry in a manifest, by its path; its gate holds."""
    onnx = path.startswith("onnx/")
    gate = Gate(
        metric="psnr",
        unit="dB",
        threshold=60.0,
        worst=70.0,
        median=80.0,
        samples=(70.0, 90.0),
        on="x",
    )
    values: dict[str, Any] = {
        "format": Format(path.split("/", maxsplit=1)[0]),
        "layout": "NCHW" if onnx else "NHWC",
        "dtype": "float32",
        "value_range": (0.0, 1.0),
        "size_multiple": 4,
        "gates": (gate,),
    }
    return ModelFile(path=path, recipe=recipe, size=size, **(values | more))


def make_manifest(*models: ModelFile, **more: Any) -> Manifest:
    """A manifest that names no file but these models and a preview."""
    values: dict[str, Any] = {
        "id": "whirl",
        "title": "Whirl",
        "artist": "nobody",
        "year": "2026",
        "licence": "CC0-1.0",
        "description": "A test.",
        "network": "nano",
        "quality": {"content": 0.9},
        "provenance": Provenance(
            trainer="edgestyle 0.1.0",
            config={"steps": 2, "network": {"channels": [8, 16, 32]}},
            teacher="vgg19-lite",
            photos="four",
            photo_count=4,
            steps=2,
            seed=0,
            versions={"torch": "2"},
        ),
    }
    return Manifest(models=models, **(values | more))


@pytest.fixture(scope="session")
def tflite() -> Callable[..., bytes]:
    """The maker of TFLite files."""
    return build_tflite


@pytest.fixture(scope="session")
def onnx_file() -> Callable[..., bytes]:
    """The maker of ONNX files; skips where onnx is not installed."""
    pytest.importorskip("onnx")
    return build_onnx


@pytest.fixture(scope="session")
def mix() -> Callable[[np.ndarray], np.ndarray]:
    """What the tiny models do."""
    return mixed


@pytest.fixture(scope="session")
def model() -> Callable[..., ModelFile]:
    """The maker of a model's entry in a manifest."""
    return describe


@pytest.fixture(scope="session")
def manifest() -> Callable[..., Manifest]:
    """The maker of manifests."""
    return make_manifest


@pytest.fixture
def pack_at(tmp_path: Path) -> Callable[..., Path]:
    """Writes a good pack, by default one TFLite model with a preview, and gives its path."""

    def write(name: str = "whirl.stylepack", **contents: bytes) -> Path:
        path = tmp_path / name
        files = {"tflite/fp32-32x48.tflite": build_tflite()} | contents
        models = [describe(inside) for inside in files]
        write_pack(path, make_manifest(*models), {**files, "preview.jpg": b"preview"})
        return path

    return write


@pytest.fixture
def rezip(tmp_path: Path) -> Callable[..., Path]:
    """Copies a zip with changes, past all our checks: contents by name, None leaves one out."""

    def copy(source: Path, changes: dict[str, bytes | None], name: str = "bad.stylepack") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
            files = {**{name: old.read(name) for name in old.namelist()}, **changes}
            for inside, data in files.items():
                if data is not None:
                    new.writestr(inside, data)
        return path

    return copy


@pytest.fixture
def edit(rezip: Callable[..., Path]) -> Callable[..., Path]:
    """Copies a zipped pack with its manifest changed by a function on the parsed JSON."""

    def copy(source: Path, change: Callable[[dict[str, Any]], object]) -> Path:
        with zipfile.ZipFile(source) as archive:
            values = json.loads(archive.read("manifest.json"))
        change(values)
        return rezip(source, {"manifest.json": json.dumps(values).encode()})

    return copy
