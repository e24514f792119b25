"""TFLite: conversion by litert-torch, quantization by ai-edge-quantizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from edge_app.core.errors import ExportError
from edge_app.core.image import Picture, Size
from export.graph import EdgeGraph
from export.quiet import quiet
from export.recipes import Numbers, Recipe

INPUT = "args_0"
"""litert-torch's name for the first argument."""

SIGNATURE = "serving_default"


def convert(graph: EdgeGraph, size: Size) -> bytes:
    """A float32 model of one fixed size, (1, height, width, 3) in [0, 1] at both ends.

    Its tensors still have their names, which `quantize` needs; `finish` takes them away.

    Raises:
        ExportError: litert-torch cannot convert the network.
    """
    with quiet():
        import litert_torch

        try:
            example = torch.zeros(1, *size, 3)
            content: bytes = litert_torch.convert(graph, (example,)).model_content()
        except Exception as error:  # the converter's own classes derive from nothing narrower
            raise ExportError(f"litert-torch cannot convert the network: {error}") from error
    return content


def quantize(content: bytes, recipe: Recipe, pictures: Sequence[Picture]) -> bytes:
    """A model that `convert` gave, by a recipe.

    Args:
        content: the float32 model.
        recipe: what to do.
        pictures: of the model's size, for the ranges of the activations; not looked at where the
            recipe needs no calibration.

    Raises:
        ExportError: ai-edge-quantizer cannot apply the recipe.
    """
    if recipe.weights is Numbers.FLOAT32:
        return content
    with quiet(prints=True):
        try:
            return _quantized(content, recipe, pictures)
        except Exception as error:  # as above
            raise ExportError(f"ai-edge-quantizer cannot apply {recipe.name}: {error}") from error


def finish(content: bytes) -> bytes:
    """The same model without the tensors' names, which are a third of a small file.

    The signature stays: by it programs find input and output.
    """
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            tensor.name = None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _quantized(content: bytes, recipe: Recipe, pictures: Sequence[Picture]) -> bytes:
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer.quantizer import AlgorithmName, Quantizer

    quantizer: Any = Quantizer(bytearray(content))
    if recipe.weights is Numbers.FLOAT16:
        halved = qtyping.OpQuantizationConfig(
            weight_tensor_config=qtyping.TensorQuantizationConfig(
                num_bits=16, dtype=qtyping.TensorDataType.FLOAT
            ),
            compute_precision=qtyping.ComputePrecision.FLOAT,
            explicit_dequantize=True,
        )
        for operator in recipe.operators:
            quantizer.update_quantization_recipe(
                ".*", qtyping.TFLOperationName(operator), halved, AlgorithmName.FLOAT_CASTING
            )
        return bytes(quantizer.quantize().quantized_model)
    assert recipe.activations is Numbers.INT8, f"{recipe.name}: weights alone are not written yet"
    for operator in recipe.operators:
        quantizer.add_static_config(".*", qtyping.TFLOperationName(operator), 8, 8)
    ranges = _mean_ranges(content, quantizer, pictures)
    return bytes(quantizer.quantize(ranges).quantized_model)


def _mean_ranges(content: bytes, quantizer: Any, pictures: Sequence[Picture]) -> Any:  # noqa: ANN401
    """Smallest and largest value of every tensor, averaged over the pictures.

    The widest range over all pictures would spend most of the 8 bits on the outliers of one of
    them (measured: 4 dB worse); the quantizer's own moving average follows the first picture.
    """
    from ai_edge_quantizer.calibrator import Calibrator

    share = 1.0

    def averaged(mean: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        return {key: mean[key] + (new[key] - mean[key]) * share for key in ("min", "max")}

    calibrator: Any = Calibrator(content, num_threads=1, qsv_update_func=averaged)
    for i, picture in enumerate(pictures, 1):
        share = 1 / i
        sample = {INPUT: np.ascontiguousarray(picture[np.newaxis])}
        calibrator.calibrate({SIGNATURE: [sample]}, quantizer._recipe_manager)
    return calibrator.get_model_qsvs()
