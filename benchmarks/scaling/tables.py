"""How latency and memory grow, and the roofline, as tables for screen, Markdown and report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmarks.quality.tables import NONE, Sheet
from benchmarks.results import Measurement, Results
from benchmarks.scaling.measure import (
    Attained,
    Estimate,
    Line,
    attained,
    estimates,
    named,
    scaling_lines,
    speed_up,
)
from benchmarks.scaling.processors import PROCESSORS

ESTIMATE = (
    "ESTIMATES, not measurements: nobody has run these models there. The first figure is the least "
    "that one core could need, all arithmetic at its published peak. The second assumes the share "
    "of the peak that the model reaches here, or the published bandwidth where that is slower; the "
    "real one may well lie beyond it. Heat, clocks and other programs come on top."
)


def scaling_sheets(results: Results) -> tuple[Sheet, ...]:
    """Everything that can be said; empty where one size and no peak was measured."""
    lines = scaling_lines(results)
    found = []
    if lines:
        found += [_latency(lines)]
        if any(m.memory is not None for line in lines for m in line.rows):
            found.append(_memory(lines))
    if results.ceilings:
        found.append(_ceilings(results))
    if reached := attained(results):
        found.append(_roofline(reached))
    return (*found, *_estimates(results))


def _latency(lines: Sequence[Line]) -> Sheet:
    sizes = _sizes(lines)
    rows = []
    for line in lines:
        gain = speed_up(lines, line)
        rows.append(
            (
                _named(line, lines),
                *_by_size(line, sizes, lambda m: f"{m.model.median_ms:,.1f}"),
                _said(line.ms_per_megapixel, ",.1f"),
                _said(line.exponent, ".2f"),
                _said(gain, ".2f"),
            )
        )
    return Sheet(
        title="Latency by size and threads",
        columns=("model", *sizes, "ms a megapixel", "power", "speed-up"),
        rows=tuple(rows),
        note=(
            "medians of the model alone in ms; ms a megapixel: between the smallest and the "
            "largest; power: time grows as the pixels to this power, 1 is in step with them; "
            "speed-up: over one thread, at the largest size"
        ),
    )


def _memory(lines: Sequence[Line]) -> Sheet:
    sizes = _sizes(lines)

    def megabytes(m: Measurement) -> str:
        return NONE if m.memory is None else f"{m.memory.over_bare / 1e6:,.0f}"

    rows = []
    for line in lines:
        slope = line.bytes_per_megapixel
        rows.append(
            (
                _named(line, lines),
                *_by_size(line, sizes, megabytes),
                _said(None if slope is None else slope / 1e6, ",.0f"),
            )
        )
    return Sheet(
        title="Peak memory by size and threads",
        columns=("model", *sizes, "MB a megapixel"),
        rows=tuple(rows),
        note=(
            "MB over a bare Python, from photograph file to picture, libraries included; MB a "
            "megapixel: between the smallest and the largest, so larger pictures can be reckoned"
        ),
    )


def _ceilings(results: Results) -> Sheet:
    first = results.ceilings[0]
    return Sheet(
        title="What this machine reaches at best",
        columns=("threads", "billion multiply-adds a second", "GB/s"),
        rows=tuple(
            (str(c.threads), f"{c.multiply_adds_per_s / 1e9:.1f}", f"{c.bytes_per_s / 1e9:.1f}")
            for c in results.ceilings
        ),
        note=(
            f"float32, two matrices of {first.side}x{first.side} multiplied by {first.blas}; a "
            f"copy of {first.copy_bytes / 2**20:.0f} MiB, read and written bytes together; the "
            f"best of {len(first.product.samples_ms)} tries each. The best of a busy machine is "
            f"too low."
        ),
    )


def _roofline(reached: Sequence[Attained]) -> Sheet:
    rows = []
    for each in reached:
        m = each.measurement
        assert m.work is not None
        rows.append(
            (
                f"{m.title}, {m.setting}",
                f"{m.work.multiply_adds / 1e9:.2f}",
                f"{m.work.traffic_bytes / 1e6:,.0f}",
                f"{each.intensity:.2f}",
                f"{each.multiply_adds_per_s / 1e9:.1f}",
                f"{each.share_of_peak:.0%}",
                f"{each.share_of_bandwidth:.0%}",
            )
        )
    return Sheet(
        title="Beside the machine's best",
        columns=(
            "model",
            "billion multiply-adds",
            "traffic, MB",
            "multiply-adds a byte",
            "billion a second",
            "of peak",
            "of bandwidth",
        ),
        rows=tuple(rows),
        note=(
            "multiply-adds of convolutions alone, by the model's median; traffic as if nothing "
            "stayed in a cache, so far above 100% of the bandwidth caches serve most of it; the "
            "peak is float32's, which int8 may exceed"
        ),
    )


def _estimates(results: Results) -> Iterator[Sheet]:
    groups: dict[tuple[str, str], list[tuple[Attained, tuple[Estimate, ...]]]] = {}
    for reached, made in estimates(results):
        m = reached.measurement
        groups.setdefault((m.title, m.pack_sha256), []).append((reached, made))
    for (title, _), members in groups.items():
        sizes = [
            f"{m.size[0]}x{m.size[1]}" for m in (reached.measurement for reached, _ in members)
        ]
        rows = []
        for column in zip(*(made for _, made in members)):
            processor = column[0].processor
            cells = (f"{_coarse(e.least_ms)} to {_coarse(e.likely_ms)}" for e in column)
            rows.append(
                (f"{processor.name}: {processor.core}, {processor.clock_ghz:g} GHz", *cells)
            )
        sources = " ".join(f"{p.name}: {p.source}." for p in PROCESSORS)
        yield Sheet(
            title=f"Estimates for other processors: {title}, fp32, one core, ms",
            columns=("processor", *sizes),
            rows=tuple(rows),
            note=f"{ESTIMATE} {sources}",
        )


def _said(value: float | None, form: str) -> str:
    return NONE if value is None else format(value, form)


def _coarse(ms: float) -> str:
    """Two figures: an estimate has no more."""
    return f"{float(f'{ms:.2g}'):,.10g}"


def _named(line: Line, among: Sequence[Line]) -> str:
    name = named(line, among)
    return f"{line.title}, {name}" if len({each.title for each in among}) > 1 else name


def _sizes(lines: Sequence[Line]) -> tuple[str, ...]:
    sizes = {m.size for line in lines for m in line.rows}
    return tuple(f"{h}x{w}" for h, w in sorted(sizes, key=lambda size: size[0] * size[1]))


def _by_size(
    line: Line, sizes: Sequence[str], cell: Callable[[Measurement], str]
) -> tuple[str, ...]:
    rows = {f"{m.size[0]}x{m.size[1]}": m for m in line.rows}
    return tuple(cell(rows[size]) if size in rows else NONE for size in sizes)
