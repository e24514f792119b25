"""ONNX: free height and width, by torch's own exporter; 8 bits by ONNX Runtime's quantizer."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge_app.core.errors import ExportError
from edge_app.core.image import Picture
from export.card import Card
from export.graph import PortableGraph
from export.quiet import quiet
from export.styled import StyledGraph

INPUT, STYLE = "image", "style"

OPSET = 18
"""The first whose Resize, Pad and InstanceNormalization every current runtime has."""


def convert(graph: PortableGraph | StyledGraph, *, multiple: int, card: Card) -> bytes:
    """A model on (1, 3, height, width) in [0, 1], both sides any multiple of `multiple`.

    Of a StyledGraph it takes a style besides, (1, style_length, 1, 1).

    Args:
        graph: the network.
        multiple: what both sides are multiples of.
        card: put into the file's metadata.

    Raises:
        ExportError: torch cannot export the network, or onnx.checker refuses the result.
    """
    with quiet():
        import onnx

        # Where an equal size is traced, the exporter takes height and width for one and the same.
        examples = [torch.zeros(1, 3, 8 * multiple, 12 * multiple)]
        fixed: list[None] = []
        if isinstance(graph, StyledGraph):
            examples.append(torch.zeros(1, graph.style_length, 1, 1))
            fixed.append(None)
        height, width = torch.export.Dim("rows", min=2), torch.export.Dim("columns", min=2)
        try:
            program = torch.onnx.export(
                graph,
                tuple(examples),
                dynamo=True,
                opset_version=OPSET,
                dynamic_shapes=({2: multiple * height, 3: multiple * width}, *fixed),
                input_names=[INPUT, STYLE][: len(examples)],
                output_names=["stylized"],
                verbose=False,
            )
            assert program is not None
            model = program.model_proto
            _clean(model, card)
            onnx.checker.check_model(model, full_check=True)
        except Exception as error:  # torch's and onnx's classes derive from nothing narrower
            raise ExportError(f"torch cannot export the network to ONNX: {error}") from error
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def quantize(content: bytes, pictures: Sequence[Picture]) -> bytes:
    """A model that `convert` gave, with 8-bit convolutions, by ONNX Runtime's quantizer.

    In float32 stay the last convolution, whose numbers go straight into the picture, and the
    depthwise ones, which do little.

    Args:
        content: the float32 model.
        pictures: of any one size, for the ranges of the activations.

    Raises:
        ExportError: onnxruntime cannot quantize it.
    """
    with quiet(prints=True), tempfile.TemporaryDirectory(prefix="edgestyle-") as folder:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_static

        model = onnx.load_from_string(content)
        convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
        floats = [node.name for node in convolutions if _groups(node) > 1]
        written = Path(folder) / "int8.onnx"
        try:
            quantize_static(
                model,
                written,
                _Reader(pictures),
                per_channel=True,
                # Weights in 7 bits: x86 without VNNI adds two products of 8 bits in 16 and cuts off
                # what does not fit, so that one file would draw two pictures on two processors.
                reduce_range=True,
                activation_type=QuantType.QInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["Conv"],
                nodes_to_exclude=[*floats, convolutions[-1].name],
                # The mean of the pictures' ranges, as for TFLite.
                extra_options={"CalibMovingAverage": True},
            )
            quantized = onnx.load(written)
            quantized.producer_name, quantized.producer_version = "edgestyle", ""
            onnx.checker.check_model(quantized, full_check=True)
        except OSError:
            raise
        except Exception as error:  # the libraries' own classes derive from nothing narrower
            raise ExportError(f"onnxruntime cannot quantize the network: {error}") from error
        result: bytes = quantized.SerializeToString(deterministic=True)
    return result


class _Reader:
    """What onnxruntime calls a CalibrationDataReader: one input after the other, then None."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = iter(pictures)

    def get_next(self) -> dict[str, Picture] | None:
        picture = next(self._pictures, None)
        if picture is None:
            return None
        return {INPUT: np.ascontiguousarray(picture.transpose(2, 0, 1)[np.newaxis])}


def _groups(node: Any) -> int:  # noqa: ANN401 - onnx.NodeProto
    return next((attribute.i for attribute in node.attribute if attribute.name == "group"), 1)


def _clean(model: Any, card: Card) -> None:  # noqa: ANN401 - onnx.ModelProto
    """Take out the exporter's notes (they hold stack traces with local paths), put in the card."""
    graph = model.graph
    values = (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for noted in (model, graph, *graph.node, *values):
        del noted.metadata_props[:]
    for node in graph.node:
        node.doc_string = ""
    model.producer_name, model.producer_version = "edgestyle", ""
    for key, value in dataclasses.asdict(card).items():
        model.metadata_props.add(key=key, value=value)
    for end in (graph.input[0], *graph.output):
        for axis, name in ((2, "height"), (3, "width")):
            end.type.tensor_type.shape.dim[axis].dim_param = name
