"""How much slower one series is than another, with an interval that small samples deserve."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Literal

LEVEL = 0.95

EXACT_UP_TO = 2_500
"""Pairs of samples up to which the distribution is counted out; beyond it the normal one fits."""

RESOLUTION_MS = 1e-6
"""A nanosecond: what Python's clock counts in. Coarser clocks may tell 0."""

FEWEST_PROCESSES = 4
"""From so many on both sides their medians are what is compared: samples of one process resemble
each other more than those of the next (where its memory lies, which core it got), so an interval
from one process's samples is too narrow. Of three against three no 95% interval can be given."""

TOO_NARROW = (
    "Intervals are from the runs of too few processes to know how processes differ, so they are "
    "narrower than they should be"
)
"""What to say of intervals whose `units` are runs; a sentence to go on."""


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The second series' time over the first's."""

    value: float
    """Ratio of the medians; above 1 the second is slower."""
    low: float | None
    """The true ratio lies between these with LEVEL; None where there are too few samples to say."""
    high: float | None
    chance: float
    """How probable it is that two series of one and the same distribution differ as much: the
    two-sided p-value of the Mann-Whitney test, at most 1 - LEVEL where the interval spares 1."""
    units: Literal["processes", "runs"]
    """What was compared one with another."""

    @property
    def is_slower(self) -> bool:
        """Whether the second is slower beyond chance."""
        return self.low is not None and self.low > 1

    @property
    def is_faster(self) -> bool:
        """Whether the second is faster beyond chance."""
        return self.high is not None and self.high < 1

    @property
    def text(self) -> str:
        """For people: "1.042 (1.031 to 1.055)"."""
        if self.low is None or self.high is None:
            return f"{self.value:.3f} (too few samples for an interval)"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def ratio(
    first_ms: Sequence[float],
    second_ms: Sequence[float],
    *,
    first_processes: int = 1,
    second_processes: int = 1,
) -> Ratio:
    """Compare two series of times; what took less than RESOLUTION_MS counts as that.

    The interval is the one that belongs to the Mann-Whitney test on the logarithms (Hodges and
    Lehmann 1963): it assumes that one distribution is the other one scaled, nothing of its shape,
    and a few outliers do not move it. It is widened to the ratio of the medians where that lies
    outside.

    Args:
        first_ms: the base; those of several processes one after the other, equally many from each.
        second_ms: likewise.
        first_processes: how many processes they come from.
        second_processes: likewise.
    """
    first_ms, second_ms = (
        [max(time_ms, RESOLUTION_MS) for time_ms in side] for side in (first_ms, second_ms)
    )
    value = statistics.median(second_ms) / statistics.median(first_ms)
    units: Literal["processes", "runs"] = "runs"
    if min(first_processes, second_processes) >= FEWEST_PROCESSES:
        units = "processes"
        first_ms = _medians(first_ms, first_processes)
        second_ms = _medians(second_ms, second_processes)
    logarithms = [[math.log(time_ms) for time_ms in side] for side in (first_ms, second_ms)]
    steps = sorted(b - a for a in logarithms[0] for b in logarithms[1])
    # Ties count for chance, on both sides.
    against = min(sum(step <= 0 for step in steps), sum(step >= 0 for step in steps))
    chance = min(1.0, 2 * _at_most(against, len(first_ms), len(second_ms)))
    cut = _cut(len(first_ms), len(second_ms))
    if cut == 0:
        return Ratio(value=value, low=None, high=None, chance=chance, units=units)
    low, high = math.exp(steps[cut - 1]), math.exp(steps[-cut])
    return Ratio(
        value=value, low=min(low, value), high=max(high, value), chance=chance, units=units
    )


def beyond_chance(chances: Sequence[float]) -> list[bool]:
    """Which of several differences are more than chance, if all were looked at together.

    Of twenty lines that are all the same one lies outside its 95% interval. Holm's procedure (*A
    simple sequentially rejective multiple test procedure*, 1979) keeps the probability that even
    one of them is called different at 1 - LEVEL, however they depend on one another.

    Args:
        chances: each one's `Ratio.chance`.
    """
    order = sorted(range(len(chances)), key=lambda i: chances[i])
    found = [False] * len(chances)
    for rank, i in enumerate(order):
        if chances[i] > (1 - LEVEL) / (len(chances) - rank):
            break
        found[i] = True
    return found


def fewest_processes(lines: int) -> int:
    """On each side, so that the clearest difference of one line among `lines` is beyond chance."""
    return next(
        each
        for each in count(FEWEST_PROCESSES)
        if 2 / math.comb(2 * each, each) <= (1 - LEVEL) / lines
    )


def _medians(samples: Sequence[float], processes: int) -> list[float]:
    each, rest = divmod(len(samples), processes)
    assert rest == 0, "every process takes equally many samples"
    return [statistics.median(samples[i * each : (i + 1) * each]) for i in range(processes)]


@cache
def _cut(first: int, second: int) -> int:
    """The k for which the k-th smallest and k-th largest of all pairs bound the interval.

    The largest k with P(U < k) of at most half of what LEVEL leaves, U being Mann and Whitney's
    statistic of samples from one and the same distribution; 0 if even k = 1 has more.
    """
    allowed = (1 - LEVEL) / 2
    pairs = first * second
    if pairs > EXACT_UP_TO:
        spread = math.sqrt(pairs * (first + second + 1) / 12)
        return max(0, int(pairs / 2 + statistics.NormalDist().inv_cdf(allowed) * spread))
    total, seen = math.comb(first + second, first), 0
    for k, ways in enumerate(_counts(first, second)):
        seen += ways
        if seen > allowed * total:
            return k
    raise AssertionError("all arrangements together are more than half of what LEVEL leaves")


def _at_most(value: int, first: int, second: int) -> float:
    """The probability of a U of at most `value`; exact and approximate as in `_cut`."""
    pairs = first * second
    if pairs > EXACT_UP_TO:
        spread = math.sqrt(pairs * (first + second + 1) / 12)
        return statistics.NormalDist().cdf((value + 1 - pairs / 2) / spread)
    return sum(_counts(first, second)[: value + 1]) / math.comb(first + second, first)


@cache
def _counts(first: int, second: int) -> tuple[int, ...]:
    """In how many of the arrangements of two samples U is 0, 1, 2, ...

    The coefficients of the Gaussian binomial: the product of (1 - x^(second + i)) / (1 - x^i) for
    i from 1 to first.
    """
    counts = [1] + [0] * (first * second)
    for i in range(1, first + 1):
        for power in range(len(counts) - 1, second + i - 1, -1):
            counts[power] -= counts[power - second - i]
        for power in range(i, len(counts)):
            counts[power] += counts[power - i]
    return tuple(counts)
