"""Results as one HTML page that needs nothing else: no network, no other file.

JavaScript enlarges the pictures and compares them; without it everything is there and can be read.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import paper, plots, sample_plots
from benchmarks.accelerators import accelerator_sheet
from benchmarks.anchors import anchor_sheets
from benchmarks.compare_table import turns_sheet
from benchmarks.every_series import every_series, series_sheet
from benchmarks.facts import heading, machine_facts, method_facts
from benchmarks.figures import byte_size, date_text, figure, mj, ms, seconds, times
from benchmarks.front import front_sheet, quality_front
from benchmarks.lines import Line, by_run, lines, pack_names
from benchmarks.losses import LossCurves, read_losses
from benchmarks.pages import templates
from benchmarks.paper_network import gain_sheet
from benchmarks.pictures import Chapter, Illustration, album, data_uri
from benchmarks.profiling.tables import order_of_running, profile_sheets
from benchmarks.quality.results import Evaluation
from benchmarks.quality.tables import Sheet, basis, sheets
from benchmarks.reported import Scope
from benchmarks.reported_table import reported_sheet
from benchmarks.results import Measurement, Results, Verdict, threads_text
from benchmarks.scaling import plots as scaling_plots
from benchmarks.scaling.measure import attained, scaling_lines
from benchmarks.scaling.tables import scaling_sheets
from benchmarks.timing import UNSTABLE_CV
from edge_app.core.files import write_text
from edge_app.core.manifest import AT_MOST, Gate, Manifest, Metric

TEMPLATE = "report.html.j2"

METRICS: dict[Metric, str] = {
    "psnr": "PSNR",
    "max_abs_diff": "Largest difference",
    "ssim": "SSIM",
    "content_change": "Change of content",
    "style_change": "Change of style",
}
"""Metric of a parity gate -> its name for people, in the order of the columns."""

SPANS = {
    Scope.END_TO_END: "Median from file to picture",
    Scope.PICTURE: "Median from pixels to stylized pixels, no file decoded",
    Scope.MODEL: "Median of the model alone",
}
"""What is timed -> what a plot of it shows, in the order of the plots."""


@dataclass(frozen=True, kw_only=True)
class GateRow:
    """One model file's parity."""

    path: str
    on: str
    """What it was compared on, or why not."""
    gates: dict[Metric, Gate]
    """By metric."""


@dataclass(frozen=True, kw_only=True)
class StyleRows:
    """What was measured of one pack."""

    title: str
    network: str
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Every sample of one pack, whoever took it."""

    title: str
    samples_plot: str
    """SVG."""
    time_plot: str
    """SVG."""


@dataclass(frozen=True, kw_only=True)
class LatencyPlot:
    """The times of one scope over the picture's size."""

    title: str
    text: str
    """What is seen, in a sentence without its full stop."""
    plot: str
    """SVG."""


@dataclass(frozen=True, kw_only=True)
class Profiled:
    """What one model's operators took."""

    name: str
    sheet: Sheet
    plot: str
    """SVG."""
    order: tuple[tuple[str, str], ...]
    """Operators in the order of running, and their times."""


def write_report(
    path: Path,
    results: Results,
    *,
    pictures: Sequence[Illustration] = (),
    manifests: Sequence[Manifest] = (),
    training: Path | None = None,
    quality: Evaluation | None = None,
) -> None:
    """Write the report of a benchmark, beside and renamed.

    Args:
        path: the .html file.
        results: what was measured.
        pictures: shown at the top, in this order.
        manifests: of the packs, for their parity gates and where their weights come from.
        training: the run folder of a training to show the losses of.
        quality: what `edgestyle evaluate` found.

    Raises:
        MissingExtraError: on import, if jinja2 or matplotlib is not installed.
        RunError: `training` holds no losses.
        StorageError: the file cannot be written.
    """
    write_text(path, render(results, pictures, manifests, training, quality))


def render(
    results: Results,
    pictures: Sequence[Illustration] = (),
    manifests: Sequence[Manifest] = (),
    training: Path | None = None,
    quality: Evaluation | None = None,
) -> str:
    """The report as HTML; see `write_report`."""
    environment = templates()
    environment.filters.update(
        ms=ms,
        mj=mj,
        size=byte_size,
        seconds=seconds,
        times=times,
        figure=figure,
        threads=threads_text,
    )
    environment.tests["wrong"] = lambda m: m.check.verdict is Verdict.WRONG
    curves = None if training is None else read_losses(training)
    all_gates = [row for manifest in manifests for row in _gate_rows(manifest)]
    comparison = paper.beside_paper(results)
    found = None if quality is None else quality_front(results, quality)
    right = [m for m in results.measurements if m.check.verdict is not Verdict.WRONG]
    timed = lines(results, manifests)
    return environment.get_template(TEMPLATE).render(
        results=results,
        created=date_text(results.created),
        heading=heading(results),
        machine_facts=machine_facts(results),
        method_facts=method_facts(results),
        headline=None if comparison is None else comparison.rows[0].measurement,
        fastest=min(right, key=lambda m: m.end_to_end.median_ms, default=None),
        album=album([Chapter(pictures=pictures)]),
        data_uri=data_uri,
        tellers=results.tellers(),
        styles=list(_styles(results)),
        energy=any(m.energy_mj is not None for m in results.measurements),
        reported_sheet=reported_sheet(results),
        turns_sheet=turns_sheet(results),
        drawn=list(_drawn(results, timed)),
        runs=len(by_run(timed)),
        latency_plots=list(_latency_plots(results, timed)),
        slowest_ms=max((m.end_to_end.median_ms for m in results.measurements), default=1.0),
        same_runtime=_same_runtime(results.measurements),
        memory_plot=plots.memory(right) if any(m.memory for m in right) else None,
        profiles=list(_profiles(results)),
        scaling_sheets=scaling_sheets(results),
        scaling_plots=_scaling_plots(results),
        front=found,
        front_sheet=None if found is None or not found.points else front_sheet(found),
        front_plot=plots.front(found.points) if found is not None and found.points else None,
        comparison=comparison,
        paper=paper,
        gain_sheet=gain_sheet(results, manifests),
        anchor_sheets=anchor_sheets(results),
        accelerator_sheet=accelerator_sheet(manifests),
        manifests=manifests,
        gate_rows=_gate_rows,
        metrics=METRICS,
        at_most=AT_MOST,
        gated=[name for name in METRICS if any(name in row.gates for row in all_gates)],
        curves=curves,
        losses_plot=None if curves is None else plots.losses(curves),
        final_losses={} if curves is None else _final(curves),
        unstable=UNSTABLE_CV,
        series_sheet=series_sheet(results),
        every_series=every_series(results),
        quality=None if quality is None else basis(quality),
        quality_sheets=() if quality is None else sheets(quality),
    )


def _styles(results: Results) -> Iterator[StyleRows]:
    names = pack_names(results)
    for members in results.by_pack:
        yield StyleRows(
            title=names[members[0].pack_sha256],
            network=members[0].network,
            measurements=members,
        )


def _drawn(results: Results, timed: Sequence[Line]) -> Iterator[Drawn]:
    for pack, title in pack_names(results).items():
        rows = by_run(line for line in timed if line.pack_sha256 == pack)
        yield Drawn(
            title=title,
            samples_plot=sample_plots.samples(rows, title),
            time_plot=sample_plots.over_time(rows, title),
        )


def _latency_plots(results: Results, timed: Sequence[Line]) -> Iterator[LatencyPlot]:
    told = {line.scope for line in timed if line.by}
    # What is measured here has the model's times in the whole path's already.
    shown = [scope for scope in SPANS if scope is Scope.END_TO_END or scope in told]
    for scope in shown:
        right = [line for line in timed if line.scope is scope and not line.is_wrong]
        if right:
            source = f"told by {results.tellers(scope)}" if scope in told else ""
            if source:
                source = f", as {source}" if all(line.by for line in right) else f", some {source}"
            yield LatencyPlot(
                title="Latency by size" if len(shown) == 1 else f"Latency by size: {scope}",
                text=f"{SPANS[scope]}{source}",
                plot=plots.latency_by_size(right),
            )


def _profiles(results: Results) -> Iterator[Profiled]:
    profiled = [m for m in results.measurements if m.profile is not None]
    for m, sheet in zip(profiled, profile_sheets(results), strict=True):
        assert m.profile is not None
        name = f"{m.title}, {m.setting}"
        yield Profiled(
            name=name,
            sheet=sheet,
            plot=plots.operators(m.profile, name),
            order=order_of_running(m.profile),
        )


def _scaling_plots(results: Results) -> dict[str, tuple[str, str]]:
    """Title -> what is seen, and the SVG."""
    lines, reached = scaling_lines(results), attained(results)
    found = {}
    if lines:
        found["Latency by size and threads"] = (
            "Median of the model alone. Both axes logarithmic.",
            scaling_plots.latency_growth(lines),
        )
    if lines and all(m.memory is not None for line in lines for m in line.rows):
        found["Memory by size"] = (
            f"Peak over a bare Python, from file to picture, "
            f"{threads_text(min(line.threads for line in lines))}. Both axes logarithmic.",
            scaling_plots.memory_growth(lines),
        )
    if reached:
        found["Roofline"] = (
            "What the models reach, a point a size, beside what this machine's arithmetic (level) "
            "and memory (slope) could give; a point above the slope was helped by caches.",
            scaling_plots.roofline(reached, results.ceilings),
        )
    return found


def _gate_rows(manifest: Manifest) -> list[GateRow]:
    return [
        GateRow(
            path=model.path,
            on=model.gates[0].on if model.gates else f"not run: {model.not_run}",
            gates={gate.metric: gate for gate in model.gates},
        )
        for model in manifest.models
    ]


def _same_runtime(measurements: Sequence[Measurement]) -> str | None:
    """The runtime in words, if all were run by the same one."""
    runtimes = {m.runtime for m in measurements}
    return runtimes.pop() if len(runtimes) == 1 else None


def _final(curves: LossCurves) -> dict[str, float]:
    """Each loss at the end: the mean over the last twentieth of the steps."""
    last = max(1, len(curves.steps) // 20)
    return {name: statistics.fmean(values[-last:]) for name, values in curves.values.items()}
