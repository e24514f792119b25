"""ONNX: float32 with free height and width, by torch's own exporter."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch

from edge_app.core.errors import ExportError
from export.card import Card
from export.graph import PortableGraph
from export.quiet import quiet

OPSET = 18
"""The first whose Resize, Pad and InstanceNormalization every current runtime has."""


def convert(graph: PortableGraph, *, multiple: int, card: Card) -> bytes:
    """A model on (1, 3, height, width) in [0, 1], both sides any multiple of `multiple`.

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
        example = torch.zeros(1, 3, 8 * multiple, 12 * multiple)
        height, width = torch.export.Dim("rows", min=2), torch.export.Dim("columns", min=2)
        try:
            program = torch.onnx.export(
                graph,
                (example,),
                dynamo=True,
                opset_version=OPSET,
                dynamic_shapes=({2: multiple * height, 3: multiple * width},),
                input_names=["image"],
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
    for end in (*graph.input, *graph.output):
        for axis, name in ((2, "height"), (3, "width")):
            end.type.tensor_type.shape.dim[axis].dim_param = name
