"""Timing a function: every sample is kept, warm-ups stay apart."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from edge_app.core.errors import ConfigError

TESTS = 5
"""What the ResNet-IN paper averages over: tests of a style in its Table II, of a method in its
Table III."""

UNSTABLE_CV = 0.10
"""Coefficient of variation from which samples are called unstable. Quiet machines stay under 0.03;
beyond a tenth the mean of five says more about the machine's other work than about the model."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """Raw samples of one measurement in milliseconds, in the order they were taken.

    Every figure is derived from `samples_ms`; the warm-ups only show how the samples came about.
    """

    warmups_ms: tuple[float, ...]
    samples_ms: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a series of which no figure can be given."""
        if not self.samples_ms:
            raise ConfigError("a series of timings needs at least one sample, got none")

    @property
    def mean_ms(self) -> float:
        """Arithmetic mean: the paper's "average time"."""
        return statistics.fmean(self.samples_ms)

    @property
    def median_ms(self) -> float:
        """Half of the samples took no longer."""
        return statistics.median(self.samples_ms)

    @property
    def p90_ms(self) -> float:
        """Nine in ten took no longer; of five samples it lies just below the slowest."""
        return self.percentile_ms(90)

    @property
    def p99_ms(self) -> float:
        """Ninety-nine in a hundred took no longer; of fewer samples it is nearly the slowest."""
        return self.percentile_ms(99)

    @property
    def min_ms(self) -> float:
        """The quickest sample."""
        return min(self.samples_ms)

    @property
    def max_ms(self) -> float:
        """The slowest sample."""
        return max(self.samples_ms)

    @property
    def variation(self) -> float:
        """Coefficient of variation: sample standard deviation over mean; 0 for one sample."""
        if len(self.samples_ms) < 2 or self.mean_ms == 0:
            return 0.0
        return statistics.stdev(self.samples_ms) / self.mean_ms

    @property
    def is_steady(self) -> bool:
        """Whether the samples vary by no more than UNSTABLE_CV."""
        return self.variation <= UNSTABLE_CV

    def percentile_ms(self, share: float) -> float:
        """Linear interpolation between the two nearest samples, as numpy's default.

        Args:
            share: 0 (minimum) to 100 (maximum).
        """
        ordered = sorted(self.samples_ms)
        place = (len(ordered) - 1) * share / 100
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - below)

    def followed_by(self, later: Series) -> Series:
        """The samples of both, these first; the warm-ups likewise."""
        return Series(
            warmups_ms=self.warmups_ms + later.warmups_ms,
            samples_ms=self.samples_ms + later.samples_ms,
        )


@dataclass(frozen=True, kw_only=True)
class Times:
    """Everything that is timed of one model, each thing apart from the others."""

    cold_load_ms: float
    """Opening the model for the first time, importing the inference library included."""
    load_ms: float
    """Opening it again in the same process: what changing the style costs."""
    first_run_ms: float
    """The model's very first run, in which the library still prepares its weights."""
    decode: Series
    """Photograph file -> pixels, at the photograph's own size."""
    model: Series
    """The model alone: float picture in, float picture out."""
    end_to_end: Series
    """Photograph file -> stylized picture: decode, fit, pad, model, crop, 8 bits."""


def measure(
    function: Callable[[], object],
    *,
    runs: int = 5,
    warmups: int = 2,
    on_sample: Callable[[float], None] | None = None,
    clock_ns: Callable[[], int] = time.perf_counter_ns,
) -> Series:
    """Call `function` `warmups` + `runs` times, one sample a call.

    The garbage is collected once beforehand, so that the samples do not pay for earlier work; the
    collector then stays on, as it is in the app.

    Args:
        function: what is timed; its result is dropped.
        runs: samples to take.
        warmups: samples to take before, kept apart.
        on_sample: told each of them in milliseconds as soon as it is taken, warm-ups too.
        clock_ns: a monotonic clock in nanoseconds.

    Raises:
        ConfigError: `runs` is below 1 or `warmups` below 0.
        Exception: whatever `function` raises, unchanged.
    """
    check_counts(runs, warmups)
    gc.collect()
    times: list[float] = []
    for _ in range(warmups + runs):
        times.append(time_once(function, clock_ns=clock_ns))
        if on_sample is not None:
            on_sample(times[-1])
    return Series(warmups_ms=tuple(times[:warmups]), samples_ms=tuple(times[warmups:]))


def time_once(
    function: Callable[[], object], *, clock_ns: Callable[[], int] = time.perf_counter_ns
) -> float:
    """Milliseconds that one call takes."""
    begin = clock_ns()
    function()
    return (clock_ns() - begin) / 1e6


def check_counts(runs: int, warmups: int) -> None:
    """Raise ConfigError unless `runs` is at least 1 and `warmups` at least 0."""
    if runs < 1:
        raise ConfigError(f"runs: expected at least 1, got {runs}")
    if warmups < 0:
        raise ConfigError(f"warmups: expected 0 or more, got {warmups}")
