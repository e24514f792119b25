"""How much a TFLite model has to compute and to move: what a roofline is drawn with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from edge_app.core.runtimes.litert import LibraryBuilder
from edge_app.core.size import Size

Shape = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one run of a model asks for, counted in its file."""

    multiply_adds: int
    """Of the convolutions and matrix products; sums, norms and activations are not counted."""
    traffic_bytes: int
    """If every operator read its inputs and weights from memory and wrote its output there, once
    each: caches make it less."""

    @property
    def intensity(self) -> float:
        """Multiply-adds a byte."""
        return self.multiply_adds / self.traffic_bytes


_MULTIPLY_ADDS: dict[str, Callable[[Shape, Shape, Shape], int]] = {
    # Of input, weights and output; TFLite's layouts of weights are OHWI, 1HWO and OI.
    "CONV_2D": lambda _given, weights, made: prod(made) * prod(weights[1:]),
    "DEPTHWISE_CONV_2D": lambda _given, weights, made: prod(made) * prod(weights[1:3]),
    "FULLY_CONNECTED": lambda _given, weights, made: prod(made) * weights[-1],
}

_FREE = {"RESHAPE", "DELEGATE"}
"""Move nothing, or stand for others in the list."""


def count_work(content: bytes, size: Size) -> Work | None:
    """Count what a TFLite model computes and moves.

    Args:
        content: the model's file.
        size: (height, width) of its picture, to which a model of free size is brought.

    Returns:
        None where the installed LiteRT does not list a model's operators, or the model computes
        nothing that is counted.

    Raises:
        ValueError: not a TFLite model, or not of this size.
        RuntimeUnavailableError: LiteRT is not installed.
    """
    interpreter: Any = LibraryBuilder()(content, threads=1, xnnpack=False)
    picture = interpreter.get_input_details()[0]
    # Of a fixed size the shapes stand in the file, and a large model's memory is not needed.
    if tuple(map(int, picture["shape"][1:3])) != size:
        interpreter.resize_tensor_input(picture["index"], (1, *size, 3))
        interpreter.allocate_tensors()
    listed = getattr(interpreter, "_get_ops_details", None)
    if listed is None:
        return None
    operators: Sequence[Mapping[str, Any]] = listed()
    shapes: dict[int, Shape] = {}
    sizes: dict[int, int] = {}
    for tensor in interpreter.get_tensor_details():
        shapes[tensor["index"]] = tuple(map(int, tensor["shape"]))
        sizes[tensor["index"]] = prod(shapes[tensor["index"]]) * np.dtype(tensor["dtype"]).itemsize
    multiply_adds = traffic = 0
    for operator in operators:
        if operator["op_name"] in _FREE:
            continue
        # An input that is left out has the index -1.
        inputs, outputs = ([int(i) for i in operator[end]] for end in ("inputs", "outputs"))
        traffic += sum(sizes.get(i, 0) for i in (*inputs, *outputs))
        if (count := _MULTIPLY_ADDS.get(operator["op_name"])) is not None:
            multiply_adds += count(shapes[inputs[0]], shapes[inputs[1]], shapes[outputs[0]])
    return Work(multiply_adds=multiply_adds, traffic_bytes=traffic) if multiply_adds else None
