"""Which convolutions of a network had better not be rounded beforehand, found by measuring.

Each convolution is put into 8-bit integers alone and its picture compared with the float model's.
Roundings of different layers hardly know of each other, so their squared errors add up; from the
worst on, convolutions are done as in int8-dynamic until what is left is small enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge_app.core.image import Picture
from edge_app.core.manifest import Format, ModelFile
from edge_app.core.runtime import load_runtime
from export import tflite
from export.recipes import How, Recipe, Rule

AIM_DB = 46.0
"""PSNR that the convolutions still rounded beforehand are to leave together. An error of 1.3 steps
of 8 bits (root mean square) is hard to see even where the picture is flat."""

PICTURES = 3
"""Photographs that every single convolution is measured on."""


def search(content: bytes, recipe: Recipe, pictures: Sequence[Picture]) -> Recipe:
    """The recipe with rules for the convolutions that cost most.

    Args:
        content: the float32 model, by `tflite.convert`.
        recipe: its static rules tell which convolutions may be rounded beforehand.
        pictures: of the model's size.

    Raises:
        ExportError: ai-edge-quantizer cannot apply the recipe.
    """
    ranges = tflite.calibrate(content, recipe, pictures)
    shown = pictures[:PICTURES]
    expected = _run(content, shown)
    kept = [name for name in tflite.convolutions(content) if _last_rule(recipe, name)]
    errors = {}
    for name in kept:
        alone = replace(
            recipe,
            rules=(Rule(how=How.INT8_STATIC, operators=("CONV_2D",), layers=_only(name)),),
        )
        rounded = _run(tflite.quantize(content, alone, pictures, ranges), shown)
        errors[name] = float(np.mean([np.square(a - b).mean() for a, b in zip(rounded, expected)]))
    freed = _freed(errors, 10 ** (-AIM_DB / 10))
    rules = (
        Rule(how=How.INT8_DYNAMIC, operators=("CONV_2D",), layers=_only(name)) for name in freed
    )
    return replace(recipe, rules=(*recipe.rules, *rules))


def _freed(errors: dict[str, float], limit: float) -> list[str]:
    """The fewest names without which the errors sum up to no more than the limit, worst first."""
    left = sum(errors.values())
    freed = []
    for name, error in sorted(errors.items(), key=lambda item: -item[1]):
        if left <= limit:
            break
        freed.append(name)
        left -= error
    return freed


def _last_rule(recipe: Recipe, name: str) -> bool:
    """Whether a convolution is rounded beforehand: the last rule that fits it says."""
    fits = [r for r in recipe.rules if "CONV_2D" in r.operators and re.search(r.layers, name)]
    return bool(fits) and fits[-1].how is How.INT8_STATIC


def _only(name: str) -> str:
    # The quantizer searches a rule's expression in 'NAME;', names of several results joined.
    return f"^{re.escape(name)}(;|$)"


def _run(content: bytes, pictures: Sequence[Picture]) -> list[Picture]:
    height, width = pictures[0].shape[:2]
    model = ModelFile(
        path="search.tflite",
        format=Format.TFLITE,
        recipe="search",
        size=(height, width),
        layout="NHWC",
        dtype="float32",
        value_range=(0.0, 1.0),
    )
    runtime = load_runtime(model, content, threads=1, backend="litert")
    try:
        return [runtime.run(picture) for picture in pictures]
    finally:
        runtime.close()
