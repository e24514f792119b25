"""How a model file stores and computes its numbers, as named values, and how true it must stay.

A name reads `NUMBERS[-PART]`: the number format, and which part of the network has it (all of it,
where nothing is said).

    fp32             float32 throughout
    fp16             weights stored as float16. A CPU unpacks them to float32 when it loads the
                     file; a GPU or neural engine may compute in float16. Half the size, no faster
                     on a CPU
    int8-weights     weights of convolutions stored in 8 bits (a scale per channel) and unpacked to
                     float32 when the file is loaded. Half the size, no faster, hardly a difference
    int8-dynamic     ordinary convolutions in 8-bit integers; what goes into one is rounded anew for
                     every picture, what comes out is float32
    int8-conv        as int8-dynamic, but with ranges found beforehand on photographs, and results
                     in 8 bits too, except for the last convolution's. The fastest
    int8-full        everything that XNNPACK computes in integers and the quantizer knows, instance
                     norm too; float32 at both ends. To compare with: slower than int8-conv, and
                     the worst to look at
    mixed            int8-conv, in which the convolutions that cost most picture quality, by
                     measurement, are done as in int8-dynamic

What decides (docs/quantization.md has the figures): rounding the last convolution's result to 8
bits costs more than all other roundings together, for its numbers go through a sigmoid and straight
into the picture; int8-conv leaves only that result in float32. Depthwise convolutions stay in float
everywhere but in int8-full: they do so little arithmetic that integers gain nothing. Explicit
padding before a convolution is done in integers, where XNNPACK makes it part of the convolution.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from edge_app.core import recipe as recipe_choice
from edge_app.core.errors import ConfigError
from edge_app.core.manifest import AT_MOST, Metric


class Target(Enum):
    """The arithmetic that a graph is written for (export/graph.py)."""

    FLOATS = auto()
    """float32 on a CPU, or half precision on a GPU."""
    INTEGERS = auto()
    """Convolutions in 8-bit integers and the rest in float32, on a CPU. The convolutions are then
    so fast that what lies between them counts."""


class How(StrEnum):
    """What is done to an operator."""

    FLOAT16_WEIGHTS = "weights stored as float16"
    INT8_WEIGHTS = "weights stored in 8 bits"
    INT8_DYNAMIC = "8-bit integers in, ranges of each picture; float32 out"
    INT8_STATIC = "8-bit integers in and out, ranges from calibration"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One step of a recipe; a later rule wins over an earlier one."""

    how: How
    operators: tuple[str, ...]
    """TFLite operators; '*' for all that have weights."""
    layers: str = ".*"
    """Regular expression for the name of an operator's result: the path of its module in the
    graph."""


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
    rules: tuple[Rule, ...] = ()
    target: Target = Target.FLOATS
    thresholds: tuple[Threshold, ...]
    searched: bool = False
    """Whether rules are added by measuring the very network (export/search.py)."""

    @property
    def needs_calibration(self) -> bool:
        """Whether ranges of activations have to be found on photographs."""
        return any(rule.how is How.INT8_STATIC for rule in self.rules)

    @property
    def is_measured(self) -> bool:
        """Whether numbers of the file are measured on photographs, ranges or channels' scales.

        They come of float32 sums: a processor that adds in another order gives other last digits.
        """
        return self.needs_calibration or self.target is Target.INTEGERS

    def with_last(self, name: str) -> Recipe:
        """The same for a graph in which the last convolution's result has this name."""
        found = f"^{re.escape(name)}(;|$)"
        rules = (replace(r, layers=found) if r.layers == LAST else r for r in self.rules)
        return replace(self, rules=tuple(rules))


def _thresholds(psnr: float, ssim: float, change: float) -> tuple[Threshold, ...]:
    return (
        Threshold(metric="psnr", value=psnr),
        Threshold(metric="ssim", value=ssim),
        Threshold(metric="content_change", value=change),
        Threshold(metric="style_change", value=change),
    )


LAST = "FoldedLast|BlockedLast"
"""The last convolution's layers in export/layers.py."""

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")

_STATIC = Rule(how=How.INT8_STATIC, operators=("CONV_2D", "PAD"))
_LAST_DYNAMIC = Rule(how=How.INT8_DYNAMIC, operators=("CONV_2D",), layers=LAST)

FP32 = Recipe(
    name="fp32",
    # The order of additions is all that may differ: some 120 dB and 1e-5 are usual. A wrong
    # weight, range, channel order or axis is far beyond both. Content and style are judged of
    # finished pictures, in which such a difference turns a value by one step of 8 bits now and
    # then.
    thresholds=(
        *_thresholds(100.0, 0.9999, 0.001),
        Threshold(metric="max_abs_diff", value=1e-4),
    ),
)
FP16 = Recipe(
    name="fp16",
    rules=(Rule(how=How.FLOAT16_WEIGHTS, operators=("*",)),),
    # 50 dB is an error of 0.8 steps of 8 bits (root mean square): invisible. Usual are 70 to 90.
    # Where a picture is flat, such an error alone takes SSIM down to 0.99.
    thresholds=_thresholds(50.0, 0.99, 0.01),
)
INT8_WEIGHTS = Recipe(
    name="int8-weights",
    rules=(Rule(how=How.INT8_WEIGHTS, operators=CONVOLUTIONS),),
    thresholds=_thresholds(42.0, 0.98, 0.02),
)
INT8_DYNAMIC = Recipe(
    name="int8-dynamic",
    target=Target.INTEGERS,
    rules=(Rule(how=How.INT8_DYNAMIC, operators=("CONV_2D",)),),
    thresholds=_thresholds(36.0, 0.95, 0.05),
)
INT8_CONV = Recipe(
    name="int8-conv",
    target=Target.INTEGERS,
    rules=(_STATIC, _LAST_DYNAMIC),
    # 30 dB is an error of 8 steps of 8 bits (root mean square): in flat areas the eye begins to
    # find it. Trained networks reach 38 to 46 dB and an SSIM of 0.98 to 0.99.
    thresholds=_thresholds(30.0, 0.9, 0.1),
)
INT8_FULL = Recipe(
    name="int8-full",
    rules=(
        Rule(
            how=How.INT8_STATIC,
            operators=(
                *("CONV_2D", "DEPTHWISE_CONV_2D", "PAD", "ADD", "SUB", "MUL", "MEAN"),
                *("CONCATENATION", "RESHAPE", "SLICE", "LOGISTIC"),
            ),
        ),
    ),
    # Worse than this it is another picture.
    thresholds=_thresholds(25.0, 0.8, 0.3),
)
MIXED = Recipe(
    name="mixed",
    target=Target.INTEGERS,
    rules=(_STATIC, _LAST_DYNAMIC),
    searched=True,
    thresholds=_thresholds(32.0, 0.92, 0.1),
)

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (FP32, FP16, INT8_WEIGHTS, INT8_DYNAMIC, INT8_CONV, INT8_FULL, MIXED)
}
"""By name; TFLite knows them all."""

PALETTE_WEIGHTS = Recipe(
    name="palette-weights",
    # A trained network reached 43 dB.
    thresholds=_thresholds(34.0, 0.94, 0.1),
)

COREML: dict[str, Recipe] = {
    recipe.name: recipe for recipe in (FP16, INT8_WEIGHTS, PALETTE_WEIGHTS)
}
"""What Core ML knows, by name: computed in float16, the weights stored as float16, in 8 bits (a
scale per channel), or as 6-bit indices into a table of each layer."""

_ONNX_INT8_CONV = replace(
    INT8_CONV,
    # Its channels are not brought to one scale (export/rescale.py): instance norm is one operator.
    thresholds=_thresholds(28.0, 0.9, 0.1),
)

ONNX: dict[str, Recipe] = {recipe.name: recipe for recipe in (FP32, _ONNX_INT8_CONV)}
"""What ONNX knows, by name."""

ONNX2TF: dict[str, Recipe] = {
    recipe.name: recipe for recipe in (FP32, FP16, INT8_WEIGHTS, INT8_DYNAMIC, INT8_CONV)
}
"""What the route onnx2tf knows, by name. `mixed` is searched for at one size, and operators that
int8-full is made for are not those that onnx2tf writes."""

USUAL = ("fp32", "fp16", "int8-conv")
"""What a pack holds unless asked otherwise."""

TRUNK = ("fp32", "fp16", "int8-weights", "int8-dynamic", "int8-conv")
"""What a trunk's TFLite files can be. int8-conv's ranges are wide enough for each of the styles,
which costs precision; int8-full would round the styles' vectors, scales and shifts of all norms, to
one range; and what mixed and auto find out holds for the style that they measure."""

TRUNK_ONNX = ("fp32",)
"""What its ONNX files can be: ONNX Runtime's quantizer takes the mean of the samples' ranges, which
is no style's."""

GOOD_ENOUGH = tuple(Threshold(metric=m, value=v) for m, v in recipe_choice.GOOD_ENOUGH.items())
"""What `auto` asks of a recipe on every photograph, here as on the device that runs the pack."""


def stricter(thresholds: Sequence[Threshold], others: Sequence[Threshold]) -> tuple[Threshold, ...]:
    """What both ask for: of every metric that either names, the harder value."""
    found: dict[Metric, float] = {}
    for each in (*thresholds, *others):
        harder = min if each.metric in AT_MOST else max
        found[each.metric] = harder(each.value, found.get(each.metric, each.value))
    return tuple(Threshold(metric=metric, value=value) for metric, value in found.items())


AUTO = "auto"
"""In place of a recipe: the fastest one here whose pictures are good enough (export/choice.py)."""


def recipe(name: str, known: Mapping[str, Recipe] = RECIPES) -> Recipe:
    """The recipe of that name, or ConfigError with the names there are."""
    if name not in known:
        raise ConfigError(f"unknown recipe '{name}'; there are: {', '.join(known)}")
    return known[name]
