"""How a model file stores and computes its numbers, as named values, and how true it must stay.

A name reads `NUMBERS[-PART]`: the number format, and which part of the network has it (all of it,
where nothing is said).

    fp32         float32 throughout
    fp16         weights stored as float16. A CPU unpacks them to float32 when it loads the file; a
                 GPU or neural engine may compute in float16. Half the size, no faster on a CPU
    int8-conv    the ordinary convolutions in 8-bit integers, weights (per channel) and activations
                 (ranges from calibration) alike; instance norm and everything else in float32,
                 also both ends of the model. Smaller and faster; costs some picture quality

Left in float by `int8-conv`: depthwise convolutions, which gain nothing (they do so little
arithmetic that converting their input costs as much as it saves) and lose 0.2 dB. Explicit padding
before a convolution is done in integers, where XNNPACK makes it part of the convolution; left in
float it took a fifth of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edge_app.core.errors import ConfigError
from edge_app.core.manifest import Metric


class Numbers(StrEnum):
    """A number format."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The worst that a file may show on any photograph, compared with the trained network."""

    metric: Metric
    value: float

    @property
    def unit(self) -> str:
        """'dB', or '1' for a plain number."""
        return "dB" if self.metric == "psnr" else "1"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One way to write the network into a file; see the module for what the names mean."""

    name: str
    weights: Numbers
    activations: Numbers = Numbers.FLOAT32
    operators: tuple[str, ...] = ("*",)
    """TFLite operators that are quantized; '*' for all that have weights."""
    thresholds: tuple[Threshold, ...]

    @property
    def needs_calibration(self) -> bool:
        """Whether ranges of activations have to be found on photographs."""
        return self.activations is Numbers.INT8


FP32 = Recipe(
    name="fp32",
    weights=Numbers.FLOAT32,
    # The order of additions is all that may differ: some 120 dB and 1e-5 are usual. A wrong
    # weight, range, channel order or axis is far beyond both.
    thresholds=(
        Threshold(metric="psnr", value=80.0),
        Threshold(metric="max_abs_diff", value=1e-3),
    ),
)
FP16 = Recipe(
    name="fp16",
    weights=Numbers.FLOAT16,
    # 50 dB is an error of 0.8 steps of 8 bits (root mean square): invisible. Usual are 70 to 90.
    thresholds=(Threshold(metric="psnr", value=50.0),),
)
INT8_CONV = Recipe(
    name="int8-conv",
    weights=Numbers.INT8,
    activations=Numbers.INT8,
    operators=("CONV_2D", "PAD"),
    # 30 dB is an error of 8 steps of 8 bits (root mean square): in flat areas the eye begins to
    # find it. Trained networks reach 37 to 45 dB and an SSIM of 0.95 to 0.99.
    thresholds=(Threshold(metric="psnr", value=30.0), Threshold(metric="ssim", value=0.9)),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (FP32, FP16, INT8_CONV)}
"""By name; TFLite knows them all."""

COREML_RECIPE = FP16
ONNX_RECIPE = FP32


def recipe(name: str) -> Recipe:
    """The recipe of that name, or ConfigError with the names there are."""
    if name not in RECIPES:
        raise ConfigError(f"unknown recipe '{name}'; there are: {', '.join(RECIPES)}")
    return RECIPES[name]
