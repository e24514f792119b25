"""TFLite: conversion by litert-torch, quantization by ai-edge-quantizer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from edge_app.core.errors import ExportError
from edge_app.core.image import Picture
from edge_app.core.runtimes.litert import without_greeting
from edge_app.core.size import Size
from edge_app.core.vector import NO_STYLE, Vector
from export import depth_to_space
from export.graph import EdgeGraph
from export.metadata import ModelMetadata, embed
from export.quiet import quiet
from export.recipes import How, Recipe
from export.styled import StyledGraph, arguments

SIGNATURE = "serving_default"

WITHIN = 0.75
"""Share of the pictures whose values a range is to hold."""

Ranges = Mapping[str, Any]
"""Tensor name -> its smallest and largest value, as ai-edge-quantizer has them."""


def convert(graph: EdgeGraph | StyledGraph, size: Size) -> bytes:
    """A float32 model of one fixed size, (1, height, width, 3) in [0, 1] at both ends.

    Of a StyledGraph it takes a style besides, (1, 1, 1, style_length). Its tensors still have their
    names, which `quantize` needs; `finish` takes them away.

    Raises:
        ExportError: litert-torch cannot convert the network.
        OSError: one of its temporary files cannot be written.
    """
    with quiet():
        import litert_torch

        try:
            picture = np.zeros((*size, 3), np.float32)
            length = graph.style_length if isinstance(graph, StyledGraph) else 0
            example = arguments(picture, np.zeros(length, np.float32))
            content: bytes = litert_torch.convert(graph, example).model_content()
            return depth_to_space.merge(content)
        except OSError:
            raise
        except Exception as error:  # the converter's own classes derive from nothing narrower
            raise ExportError(f"litert-torch cannot convert the network: {error}") from error


def quantize(
    content: bytes,
    recipe: Recipe,
    pictures: Sequence[Picture],
    ranges: Ranges | None = None,
    *,
    styles: Sequence[Vector] = (NO_STYLE,),
) -> bytes:
    """A model that `convert` gave, by a recipe.

    Args:
        content: the float32 model.
        recipe: what to do.
        pictures: of the model's size, for the ranges of the activations; not looked at where the
            recipe needs no calibration.
        ranges: what `calibrate` found for the same model and a recipe of the same static rules, to
            spare finding them again.
        styles: that the pictures are drawn in to find them.

    Raises:
        ExportError: ai-edge-quantizer cannot apply the recipe.
        OSError: one of its temporary files cannot be written.
    """
    if not recipe.rules:
        return content
    with _quantizing(recipe):
        quantizer = _quantizer(content, recipe)
        if recipe.needs_calibration and ranges is None:
            ranges = _common_ranges(content, quantizer, pictures, styles)
        return bytes(quantizer.quantize(ranges).quantized_model)


def calibrate(content: bytes, recipe: Recipe, pictures: Sequence[Picture]) -> Ranges:
    """The ranges of the activations that a recipe's static rules need; raises as `quantize`."""
    with _quantizing(recipe):
        return _common_ranges(content, _quantizer(content, recipe), pictures, (NO_STYLE,))


def convolutions(content: bytes) -> list[str]:
    """The names of the ordinary convolutions' results, in their order; as a Rule's `layers`."""
    from ai_edge_litert.schema_py_generated import BuiltinOperator
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    (graph,) = model.subgraphs
    return [
        graph.tensors[operator.outputs[0]].name.decode()
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode == BuiltinOperator.CONV_2D
    ]


def finish(content: bytes, metadata: ModelMetadata) -> bytes:
    """The same model with its metadata, and without the tensors' names, a third of a small file.

    The signature stays: by it programs find input and output.
    """
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    model.description = metadata.description
    embed(model, metadata)
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            tensor.name = None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _inputs(content: bytes) -> list[str]:
    """What the signature calls the picture that goes in, and the style."""
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    (signature,) = model.signatureDefs
    return [each.name.decode() for each in signature.inputs]


@contextmanager
def _quantizing(recipe: Recipe) -> Iterator[None]:
    with quiet(prints=True):
        try:
            yield
        except OSError:
            raise
        except Exception as error:  # the quantizer's own classes derive from nothing narrower
            raise ExportError(f"ai-edge-quantizer cannot apply {recipe.name}: {error}") from error


def _quantizer(content: bytes, recipe: Recipe) -> Any:  # noqa: ANN401 - ai-edge-quantizer's
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer.quantizer import AlgorithmName, Quantizer

    quantizer: Any = Quantizer(bytearray(content))
    halved = qtyping.OpQuantizationConfig(
        weight_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=16, dtype=qtyping.TensorDataType.FLOAT
        ),
        compute_precision=qtyping.ComputePrecision.FLOAT,
        explicit_dequantize=True,
    )
    for rule in recipe.rules:
        for operator in map(qtyping.TFLOperationName, rule.operators):
            match rule.how:
                case How.FLOAT16_WEIGHTS:
                    quantizer.update_quantization_recipe(
                        rule.layers, operator, halved, AlgorithmName.FLOAT_CASTING
                    )
                case How.INT8_WEIGHTS:
                    quantizer.add_weight_only_config(rule.layers, operator, 8)
                case How.INT8_DYNAMIC:
                    quantizer.add_dynamic_config(rule.layers, operator, 8)
                case How.INT8_STATIC:
                    quantizer.add_static_config(rule.layers, operator, 8, 8)
    return quantizer


def _common_ranges(
    content: bytes,
    quantizer: Any,  # noqa: ANN401 - ai-edge-quantizer's
    pictures: Sequence[Picture],
    styles: Sequence[Vector],
) -> Ranges:
    """Ranges of every tensor that are wide enough for each of the styles."""
    found = [_ranges_in(content, quantizer, pictures, style) for style in styles]
    return {
        name: {
            end: widest([each[name][end] for each in found])
            for end, widest in (("min", np.minimum.reduce), ("max", np.maximum.reduce))
        }
        for name in found[0]
    }


def _ranges_in(
    content: bytes,
    quantizer: Any,  # noqa: ANN401 - ai-edge-quantizer's
    pictures: Sequence[Picture],
    style: Vector,
) -> Ranges:
    """Smallest and largest value of every tensor that three quarters of the pictures stay within.

    The widest range of all pictures would spend most of the 8 bits on the outliers of one of them
    (measured: 2 dB worse on the usual picture, and on the worst); the median, and percentiles of
    the values, cut off so much of some pictures that their norms go wrong (2 and 10 dB worse).
    """
    from ai_edge_quantizer.calibrator import Calibrator

    found = []
    names = _inputs(content)
    for picture in pictures:
        given = (np.ascontiguousarray(picture[np.newaxis]), style.reshape(1, 1, 1, -1))
        sample = dict(zip(names, given))  # a model of one style has one input
        with without_greeting():
            calibrator: Any = Calibrator(content, num_threads=1)
            calibrator.calibrate({SIGNATURE: [sample]}, quantizer._recipe_manager)
        found.append(calibrator.get_model_qsvs())
    return {
        name: {
            end: np.quantile([each[name][end] for each in found], share, axis=0).astype(np.float32)
            for end, share in (("min", 1 - WITHIN), ("max", WITHIN))
        }
        for name in found[0]
    }
