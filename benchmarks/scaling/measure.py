"""How latency and memory grow with size and threads, and how near the machine's own limits.

The limits are a roofline's (Williams, Waterman and Patterson, "Roofline: An Insightful Visual
Performance Model for Multicore Architectures", 2009): a model cannot do more multiply-adds a
second than the processor, nor than its memory can feed at the model's multiply-adds a byte. The
memory's part is no hard limit here: traffic is counted as if nothing stayed in a cache
(benchmarks/arithmetic.py), so a model that does comes out above it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.ceiling import Ceiling
from benchmarks.lines import pack_names
from benchmarks.results import Measurement, Results, Verdict, threads_text
from benchmarks.scaling.processors import PROCESSORS, Processor
from edge_app.core.runtime import DEFAULT_RECIPE


@dataclass(frozen=True, kw_only=True)
class Attained:
    """One measurement beside the best that its number of threads reached on this machine."""

    measurement: Measurement
    multiply_adds_per_s: float
    """Of the model alone, by its median."""
    intensity: float
    """Multiply-adds a byte of traffic."""
    share_of_peak: float
    """Of the arithmetic peak. int8 kernels may exceed 1: the peak is float32's."""
    share_of_bandwidth: float
    """Its traffic a second, of the memory's; above 1 where caches serve much of it."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One model over its sizes, at one number of threads."""

    title: str
    pack_sha256: str
    network: str
    recipe: str
    threads: int
    runtime: str
    rows: tuple[Measurement, ...]
    """The smallest first."""

    @property
    def name(self) -> str:
        """For people: "small, fp32, 2 threads"."""
        return f"{self.network}, {self.recipe}, {threads_text(self.threads)}"

    @property
    def grows(self) -> bool:
        """Whether it has more than one size."""
        return _mp(self.rows[-1]) > _mp(self.rows[0])

    @property
    def ms_per_megapixel(self) -> float | None:
        """Slope between the smallest and the largest: what one more megapixel costs."""
        if not self.grows:
            return None
        first, last = self.rows[0], self.rows[-1]
        return (last.model.median_ms - first.model.median_ms) / (_mp(last) - _mp(first))

    @property
    def bytes_per_megapixel(self) -> float | None:
        """The same of peak memory; None where it is not told."""
        first, last = self.rows[0], self.rows[-1]
        if not self.grows or first.memory is None or last.memory is None:
            return None
        return (last.memory.peak - first.memory.peak) / (_mp(last) - _mp(first))

    @property
    def exponent(self) -> float | None:
        """Time grows as the number of pixels to this power, over the whole range; 1 is in step."""
        if not self.grows:
            return None
        first, last = self.rows[0], self.rows[-1]
        return math.log(last.model.median_ms / first.model.median_ms) / math.log(
            _mp(last) / _mp(first)
        )


def named(line: Line, among: Sequence[Line]) -> str:
    """Its name among others: without the network that all have, with the library if they differ."""
    one_network = len({other.network for other in among}) == 1
    name = line.name.removeprefix(f"{line.network}, ") if one_network else line.name
    return name if len({other.runtime for other in among}) == 1 else f"{name}, {line.runtime}"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a model may take on one core of another processor, in ms: from `least` on."""

    processor: Processor
    least_ms: float
    likely_ms: float


def scaling_lines(results: Results) -> tuple[Line, ...]:
    """Everything that was measured at two sizes or more; wrong pictures are left out.

    A size that another library drew, for want of a TFLite file, makes a line of its own.
    """
    groups: dict[tuple[tuple[object, ...], str], list[Measurement]] = {}
    for m in results.measurements:
        if m.check.verdict is not Verdict.WRONG:
            groups.setdefault((_model(m), m.runtime), []).append(m)
    sizes: dict[tuple[object, ...], set[float]] = {}
    for (model, _), rows in groups.items():
        sizes.setdefault(model, set()).update(map(_mp, rows))
    titles = pack_names(results)
    return tuple(
        Line(
            title=titles[rows[0].pack_sha256],
            pack_sha256=rows[0].pack_sha256,
            network=rows[0].network,
            recipe=rows[0].recipe,
            threads=rows[0].threads,
            runtime=rows[0].runtime,
            rows=tuple(sorted(rows, key=_mp)),
        )
        for (model, _), rows in groups.items()
        if len(sizes[model]) > 1
    )


def attained(results: Results) -> tuple[Attained, ...]:
    """Every measurement whose work was counted, where the peak at its threads was measured."""
    ceilings = {ceiling.threads: ceiling for ceiling in results.ceilings}
    return tuple(
        _attained(m, ceilings[m.threads])
        for m in results.measurements
        if m.work is not None and m.threads in ceilings and m.check.verdict is not Verdict.WRONG
    )


def estimates(results: Results) -> tuple[tuple[Attained, tuple[Estimate, ...]], ...]:
    """For every fp32 model on one thread: what PROCESSORS may take.

    int8 is left out: its kernels use instructions whose peak was not measured here, and which the
    older of the processors lack.
    """
    found = []
    for each in attained(results):
        m = each.measurement
        if m.threads != 1 or m.recipe != DEFAULT_RECIPE:
            continue
        assert m.work is not None
        found.append(
            (
                each,
                tuple(
                    Estimate(
                        processor=processor,
                        least_ms=processor.least_ms(m.work),
                        likely_ms=processor.likely_ms(m.work, each.share_of_peak),
                    )
                    for processor in PROCESSORS
                ),
            )
        )
    return tuple(found)


def speed_up(lines: Sequence[Line], line: Line) -> float | None:
    """How many times faster than on one thread, at the largest size; None for one thread alone."""
    for other in lines:
        same = (other.pack_sha256, other.recipe, other.runtime)
        if same == (line.pack_sha256, line.recipe, line.runtime) and other.threads == 1:
            one, many = other.rows[-1], line.rows[-1]
            if one is many or one.size != many.size:
                return None
            return one.model.median_ms / many.model.median_ms
    return None


def _attained(m: Measurement, ceiling: Ceiling) -> Attained:
    assert m.work is not None
    per_s = m.work.multiply_adds / (m.model.median_ms / 1000)
    return Attained(
        measurement=m,
        multiply_adds_per_s=per_s,
        intensity=m.work.intensity,
        share_of_peak=per_s / ceiling.multiply_adds_per_s,
        share_of_bandwidth=per_s / m.work.intensity / ceiling.bytes_per_s,
    )


def _model(m: Measurement) -> tuple[object, ...]:
    """What makes a line, by whatever library."""
    return (m.pack_sha256, m.recipe, m.threads)


def _mp(m: Measurement) -> float:
    return m.size[0] * m.size[1] / 1e6
