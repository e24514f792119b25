"""Models of a few hundred bytes and manifests around them, made without a converter or torch.

Tests get at these through the fixtures of tests/conftest.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edge_app.core.manifest import Format, Gate, Manifest, ModelFile, Provenance, TrunkStyle
from edge_app.core.vector import vector_file

# red' = 1 - blue, green' = 0.5 red, blue' = green: a mix that shows every swap of channels.
MIX = np.array([[0, 0, -1], [0.5, 0, 0], [0, 1, 0]], np.float32)
SHIFT = np.array([1, 0, 0], np.float32)


def mixed(picture: np.ndarray) -> np.ndarray:
    """What the tiny models do: float32 (h, w, 3) in [0, 1] to the same."""
    return picture @ MIX.T + SHIFT


def build_tflite(
    size: tuple[int, int] = (32, 48),
    *,
    matrix: np.ndarray = MIX,
    operators: Sequence[str] = ("conv",),
    dtype: str = "float32",
    output_size: tuple[int, int] | None = None,
    free: bool = False,
) -> bytes:
    """A TFLite file: 1x1 convolutions with `matrix` and SHIFT ("conv", which XNNPACK takes),
    nearest-neighbour resizing ("resize", which it refuses; to `output_size`), and multiplication by
    a style of 3 numbers, a second input ("style"), one after the other. Free: it takes any size.
    """
    from ai_edge_litert import schema_py_generated as schema
    from flatbuffers import Builder

    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.description = 3, "tiny"
    model.subgraphs, model.buffers = [graph], [schema.BufferT()]
    graph.tensors, graph.operators = [], []
    codes = {"conv": schema.BuiltinOperator.CONV_2D}
    codes["resize"] = schema.BuiltinOperator.RESIZE_NEAREST_NEIGHBOR
    codes["style"] = schema.BuiltinOperator.MUL
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

    weights = tensor((3, 1, 1, 3), "float32", np.asarray(matrix, np.float32))
    bias = tensor((3,), "float32", SHIFT)
    end = output_size or size
    target = tensor((2,), "int32", np.array(end, np.int32))
    current = tensor((1, *((1, 1) if free else size), 3), dtype)
    graph.tensors[current].shapeSignature = [1, -1, -1, 3] if free else None
    graph.inputs = [current]
    style = tensor((1, 1, 1, 3), "float32")
    if "style" in operators:
        graph.inputs.append(style)
    for name in operators:
        operator = schema.OperatorT()
        operator.opcodeIndex = list(codes).index(name)
        if name == "conv":
            operator.inputs = [current, weights, bias]
            operator.builtinOptionsType = schema.BuiltinOptions.Conv2DOptions
            operator.builtinOptions = schema.Conv2DOptionsT()
            operator.builtinOptions.strideH = operator.builtinOptions.strideW = 1
        elif name == "style":
            operator.inputs = [current, style]
            operator.builtinOptionsType = schema.BuiltinOptions.MulOptions
            operator.builtinOptions = schema.MulOptionsT()
        else:
            operator.inputs = [current, target]
            operator.builtinOptionsType = schema.BuiltinOptions.ResizeNearestNeighborOptions
            operator.builtinOptions = schema.ResizeNearestNeighborOptionsT()
        shape = end if name == "resize" else tuple(graph.tensors[current].shape[1:3])
        signature = graph.tensors[current].shapeSignature
        current = tensor((1, *shape, 3), dtype)
        graph.tensors[current].shapeSignature = signature
        operator.outputs = [current]
        graph.operators.append(operator)
    graph.outputs = [current]
    builder = Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def build_onnx(
    height: int | str = "height",
    width: int | str = "width",
    *,
    layout: str = "NCHW",
    styled: bool = False,
) -> bytes:
    """An ONNX file: one 1x1 convolution with MIX, or for NHWC the matrix product; sides that are
    names are free. Styled: the result is multiplied by a style of 3 numbers, a second input."""
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
    inputs = [helper.make_tensor_value_info("in", TensorProto.FLOAT, sides)]
    if styled:
        pixel = [1, 3, 1, 1] if layout == "NCHW" else [1, 1, 1, 3]
        inputs.append(helper.make_tensor_value_info("style", TensorProto.FLOAT, pixel))
        nodes[-1].output[0] = "plain"
        nodes.append(helper.make_node("Mul", ["plain", "style"], ["out"]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, sides)],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(SHIFT, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def describe(path: str, *, threshold: float = 60.0, **changes: Any) -> ModelFile:
    """A model's entry in a manifest; its PSNR gate holds.

    Args:
        path: "tflite/RECIPE-HxW.tflite" or "onnx/RECIPE.onnx" say recipe and size; any other name
            is fp32 at 32x48.
        threshold: of the gate, in dB.
        changes: other values of the entry.
    """
    folder, _, name = path.partition("/")
    told = re.fullmatch(r"(fp32|fp16|int8(?:-conv)?)(?:-(\d+)x(\d+))?\.\w+", name)
    size: tuple[int, int] | None = (32, 48)
    if told:
        size = (int(told[2]), int(told[3])) if told[2] else None
    gate = Gate(
        metric="psnr",
        unit="dB",
        threshold=threshold,
        worst=threshold + 5,
        median=threshold + 8,
        samples=(threshold + 5, threshold + 11),
        on="2 photographs",
    )
    values: dict[str, Any] = {
        "format": Format(folder),
        "recipe": told[1] if told else "fp32",
        "size": size,
        "size_multiple": 4,
        "layout": "NCHW" if folder == Format.ONNX else "NHWC",
        "dtype": "float32",
        "value_range": (0.0, 1.0),
        "gates": (gate,),
    }
    return ModelFile(path=path, **(values | changes))


VECTORS = {
    "dawn": np.array([1.0, 0.5, 0.25], np.float32),
    "dusk": np.array([0.25, 0.5, 0.75], np.float32),
}
"""The styles of `make_trunk`: what the tiny model's channels are multiplied by."""

PHOTOGRAPH = np.array([1.0, 1.0, 0.875], np.float32)
"""What leaves the photograph as it is, there."""


def make_trunk(
    *models: ModelFile, vectors: Mapping[str, np.ndarray] = VECTORS, **changes: Any
) -> tuple[Manifest, dict[str, bytes]]:
    """A manifest of some styles and a photograph, and the files besides the models."""
    styles = tuple(
        TrunkStyle(
            id=name,
            title=name.capitalize(),
            artist="A. Nobody",
            year=str(1900 + i),
            licence="CC0-1.0",
            description="One of two.",
            vector=f"styles/{name}.npy",
            preview=f"styles/{name}.jpg",
            quality={},
        )
        for i, name in enumerate(vectors)
    )
    values = {
        "id": "day",
        "title": "A day",
        "styles": styles,
        "photograph": "styles/photograph.npy",
    }
    manifest = make_manifest(*models, **(values | changes))
    files = {"preview.jpg": b"preview", "styles/photograph.npy": vector_file(PHOTOGRAPH)}
    for name, vector in vectors.items():
        files |= {f"styles/{name}.npy": vector_file(vector), f"styles/{name}.jpg": b"preview"}
    return manifest, files


def make_manifest(*models: ModelFile, **changes: Any) -> Manifest:
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
    return Manifest(models=models, **(values | changes))
