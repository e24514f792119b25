"""How much faster our networks are than the paper's, measured on one machine in one benchmark.

This is the comparison that the paper's own table cannot give (benchmarks/paper.py): the network of
the preset `paper` is the paper's ResNet-IN, exported and run in the same way as ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.figures import times
from benchmarks.paper import PRESET
from benchmarks.quality.tables import NONE, Sheet
from benchmarks.ratio import FEWEST_PROCESSES, TOO_NARROW, Ratio, ratio
from benchmarks.results import Measurement, Results, Verdict
from edge_app.core.runtime import DEFAULT_RECIPE


@dataclass(frozen=True, kw_only=True)
class Gain:
    """One of our models beside the paper's network at the same size, run in the same way."""

    measurement: Measurement
    base: Measurement
    """The paper's, in fp32: as it was trained."""
    end_to_end: Ratio
    """The paper's time over ours: how many times faster ours is."""
    model: Ratio


def gains(results: Results) -> tuple[Gain, ...]:
    """Every model that is not the paper's beside the paper's; empty where that was not measured.

    Where several packs of the paper's network were measured, beside each. Models that drew a wrong
    picture are left out on both sides, and so are those for which the paper's network was not
    measured at the same size, with as many threads, by the same library and accelerator, asked for
    alike.
    """
    right = [m for m in results.measurements if m.check.verdict is not Verdict.WRONG]
    bases = [m for m in right if m.network == PRESET and m.recipe == DEFAULT_RECIPE]
    return tuple(_gains([m for m in right if m.network != PRESET], bases))


def gain_sheet(results: Results) -> Sheet | None:
    """The same as a table; None where there is nothing to compare."""
    found = gains(results)
    if not found:
        return None
    several = len({gain.base.pack_sha256 for gain in found}) > 1
    ratios = [each for gain in found for each in (gain.end_to_end, gain.model)]
    too_narrow = any(each.low is not None and each.units == "runs" for each in ratios)
    return Sheet(
        title="Beside the paper's network on this machine",
        columns=("model", "network", "end to end", "model alone", "file", "peak memory"),
        rows=tuple(
            (
                _name(gain, several=several),
                gain.measurement.network,
                _text(gain.end_to_end),
                _text(gain.model),
                times(gain.base.file_bytes / gain.measurement.file_bytes),
                _memory(gain),
            )
            for gain in found
        ),
        note=(
            "How many times faster, or smaller, than the paper's network in fp32 at the same size, "
            "with as many threads, by the same library and accelerator: the ratio of the medians "
            "and its 95% interval. End to end has a part that is the same for all networks, "
            "decoding the photograph."
            + (
                f" {TOO_NARROW}: measure with --processes {FEWEST_PROCESSES} or more."
                if too_narrow
                else ""
            )
        ),
    )


def _gains(ours: Sequence[Measurement], bases: Sequence[Measurement]) -> Iterator[Gain]:
    for m, base in product(ours, bases):
        if _setting(m) != _setting(base):
            continue
        processes = {"first_processes": m.processes, "second_processes": base.processes}
        yield Gain(
            measurement=m,
            base=base,
            end_to_end=ratio(m.end_to_end.samples_ms, base.end_to_end.samples_ms, **processes),
            model=ratio(m.model.samples_ms, base.model.samples_ms, **processes),
        )


def _setting(m: Measurement) -> tuple[object, ...]:
    return (m.size, m.threads, m.asked, m.runtime)


def _name(gain: Gain, *, several: bool) -> str:
    """The model and, where several packs hold the paper's network, the one that it is beside."""
    name = f"{gain.measurement.title}, {gain.measurement.setting}"
    if not several:
        return name
    # The hash, since packs of one network may well have one title.
    return f"{name}, beside {gain.base.title} ({gain.base.pack_sha256[:8]})"


def _text(found: Ratio) -> str:
    """'16 (14 to 18)'."""
    if found.low is None or found.high is None:
        return f"{times(found.value)} (too few samples for an interval)"
    return f"{times(found.value)} ({times(found.low)} to {times(found.high)})"


def _memory(gain: Gain) -> str:
    ours, theirs = gain.measurement.memory, gain.base.memory
    if ours is None or theirs is None:
        return NONE
    return times(theirs.over_bare / ours.over_bare)
