"""Where a model's time goes: every operator of its graph, timed by the library that runs it.

The library rewrites the graph before it runs it: XNNPACK fuses, splits and renames, so the kernels
here are what was computed, not a list of the network's layers.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.timing import Series
from edge_app.core.errors import ConfigError


class Kind(StrEnum):
    """What a kernel does, for people."""

    CONVOLUTION = "convolution"
    POINTWISE = "1x1 convolution"
    DEPTHWISE = "depthwise convolution"
    NORM = "norms, sums and products"
    ACTIVATION = "activations"
    MOVING = "padding and copies"
    CONVERSION = "to and from 8 bits"
    OTHER = "other"


_KINDS = (
    (r"DWConv|^DEPTHWISE_CONV", Kind.DEPTHWISE),
    (r"^Fully Connected|^FULLY_CONNECTED", Kind.POINTWISE),
    (r"^(Dec|C)onvolution|^CONV_2D|^TRANSPOSE_CONV", Kind.CONVOLUTION),
    (r"^Convert|^(DE)?QUANTIZE", Kind.CONVERSION),
    (r"^(Clamp|Sigmoid|Tanh|ELU|Leaky|HardSwish)|^(RELU|LOGISTIC|TANH|ELU|LEAKY)", Kind.ACTIVATION),
    (r"^(Mean|Sum|Subtract|Add|Multiply|Divide|Square|Reciprocal)", Kind.NORM),
    (r"^(MEAN|SUM|SUB|ADD|MUL|DIV|RSQRT|SQUARED_DIFFERENCE)", Kind.NORM),
    # A maximum with minus infinity is how an edge's pixels are repeated (export/padding.py).
    (r"^(Slice|Copy|Maximum|Static|Constant Pad|Transpose|Depth To|Space To|Concat)", Kind.MOVING),
    (r"^(SLICE|CONCAT|MAXIMUM|RESHAPE|(MIRROR_)?PAD|TRANSPOSE|DEPTH_TO|SPACE_TO)", Kind.MOVING),
    (r"^(RESIZE_|STRIDED_SLICE)", Kind.MOVING),
)
"""Beginnings of kernels' names, XNNPACK's and LiteRT's -> kind; the first that fits counts."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One kernel of the graph, in the order of running."""

    kernel: str
    """Its name in the library: "Convolution (NHWC, F32) IGEMM", "RESIZE_NEAREST_NEIGHBOR"."""
    delegated: bool
    """Timed by the accelerator that took it; otherwise by LiteRT, which ran it itself."""
    samples_us: tuple[int, ...]
    """Microseconds, a run each; the library counts in whole ones."""

    @property
    def median_us(self) -> float:
        """Half of the runs took no longer."""
        return statistics.median(self.samples_us)

    @property
    def kind(self) -> Kind:
        """What it does."""
        return next((kind for name, kind in _KINDS if re.search(name, self.kernel)), Kind.OTHER)


@dataclass(frozen=True, kw_only=True)
class Share:
    """Several operators together."""

    name: str
    kind: Kind
    count: int
    """How many of them a run has."""
    sum_ms: float
    """The operators' medians together."""
    share: float
    """Of all operators' time, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The operators of one model in runs of their own, slowed down a little by being watched."""

    source: str
    """Who timed it: "LiteRT 2.3.0's profiler"."""
    threads: int
    whole: Series
    """The same runs from outside, in milliseconds."""
    operators: tuple[Operator, ...]

    def __post_init__(self) -> None:
        """Refuse a profile whose parts are not of the same runs."""
        runs = len(self.whole.samples_ms)
        for operator in self.operators:
            if len(operator.samples_us) != runs:
                raise ConfigError(
                    f"{operator.kernel}: {len(operator.samples_us)} samples in {runs} runs"
                )

    @property
    def inside_ms(self) -> float:
        """The operators' medians together.

        What `whole` took beyond it is the library's own, and interruptions: those hit one operator
        or another of a run, hardly a median.
        """
        return _sum_ms(self.operators)

    @property
    def by_kind(self) -> tuple[Share, ...]:
        """What is done, the longest first."""
        return self._shares({kind: [o for o in self.operators if o.kind is kind] for kind in Kind})

    @property
    def by_kernel(self) -> tuple[Share, ...]:
        """The kernels by name, the longest first."""
        groups: dict[str, list[Operator]] = {}
        for operator in self.operators:
            groups.setdefault(operator.kernel, []).append(operator)
        return self._shares(groups)

    def _shares(
        self, groups: dict[str, list[Operator]] | dict[Kind, list[Operator]]
    ) -> tuple[Share, ...]:
        whole = self.inside_ms
        found = [
            Share(
                name=str(name),
                kind=members[0].kind,
                count=len(members),
                sum_ms=(took := _sum_ms(members)),
                share=took / whole if whole else 0.0,
            )
            for name, members in groups.items()
            if members
        ]
        return tuple(sorted(found, key=lambda share: -share.sum_ms))


def largest(shares: Sequence[Share], count: int) -> tuple[Share, ...]:
    """The first `count` shares, and what the others come to as one more."""
    if len(shares) <= count + 1:
        return tuple(shares)
    rest = shares[count:]
    together = Share(
        name="others",
        kind=Kind.OTHER,
        count=sum(share.count for share in rest),
        sum_ms=sum(share.sum_ms for share in rest),
        share=sum(share.share for share in rest),
    )
    return (*shares[:count], together)


def _sum_ms(operators: Iterable[Operator]) -> float:
    return sum(operator.median_us for operator in operators) / 1000
