"""Results as one HTML page that needs nothing else: no network, no other file, no JavaScript."""

from __future__ import annotations

import base64
import datetime
import io
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks import paper, plots
from benchmarks.front import front_sheet, quality_front
from benchmarks.losses import LossCurves, read_losses
from benchmarks.pages import templates
from benchmarks.pictures import Illustration
from benchmarks.profiling.tables import order_of_running, profile_sheets
from benchmarks.quality.results import Evaluation
from benchmarks.quality.tables import Sheet, basis, sheets
from benchmarks.results import Measurement, Results, Verdict, threads_text
from benchmarks.scaling import plots as scaling_plots
from benchmarks.scaling.measure import attained, scaling_lines
from benchmarks.scaling.tables import scaling_sheets
from benchmarks.timing import UNSTABLE_CV
from edge_app.core.files import write_text
from edge_app.core.image import Bytes, fit_within, resize
from edge_app.core.manifest import Gate, Manifest

TEMPLATE = "report.html.j2"

METRICS = {"psnr": "PSNR", "ssim": "SSIM", "max_abs_diff": "Largest difference"}
"""Metric of a parity gate -> its name for people, in the order of the columns."""

PICTURE_SIDE = 960
"""Longest side of an embedded picture: sharp at the page's width, 100 to 200 kB as JPEG."""
PICTURE_QUALITY = 86


@dataclass(frozen=True, kw_only=True)
class GateRow:
    """One model file's parity."""

    path: str
    on: str
    """What it was compared on, or why not."""
    gates: dict[str, Gate]
    """By metric."""


@dataclass(frozen=True, kw_only=True)
class StyleRows:
    """What was measured of one pack."""

    title: str
    network: str
    measurements: tuple[Measurement, ...]
    samples_plot: str
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
        ms=ms, size=byte_size, seconds=seconds, times=times, figure=figure, threads=threads_text
    )
    environment.tests["wrong"] = lambda m: m.check.verdict is Verdict.WRONG
    curves = None if training is None else read_losses(training)
    all_gates = [row for manifest in manifests for row in _gate_rows(manifest)]
    comparison = paper.beside_paper(results)
    found = None if quality is None else quality_front(results, quality)
    right = [m for m in results.measurements if m.check.verdict is not Verdict.WRONG]
    return environment.get_template(TEMPLATE).render(
        results=results,
        created=_date(results.created),
        heading=heading(results),
        headline=None if comparison is None else comparison.rows[0].measurement,
        fastest=min(right, key=lambda m: m.end_to_end.median_ms, default=None),
        pictures=pictures,
        one_photo=all(picture.photo is pictures[0].photo for picture in pictures),
        data_uri=data_uri,
        aspect=lambda picture: f"{picture.shape[1] / picture.shape[0]:.4f}",
        styles=list(_styles(results)),
        slowest_ms=max((m.end_to_end.median_ms for m in results.measurements), default=1.0),
        same_runtime=_same_runtime(results.measurements),
        latency_plot=plots.latency_by_size(right) if right else None,
        memory_plot=plots.memory(right) if any(m.memory for m in right) else None,
        profiles=list(_profiles(results)),
        scaling_sheets=scaling_sheets(results),
        scaling_plots=_scaling_plots(results),
        front=found,
        front_sheet=None if found is None or not found.points else front_sheet(found),
        front_plot=plots.front(found.points) if found is not None and found.points else None,
        comparison=comparison,
        paper=paper,
        manifests=manifests,
        gate_rows=_gate_rows,
        metrics=METRICS,
        gated=[name for name in METRICS if any(name in row.gates for row in all_gates)],
        curves=curves,
        losses_plot=None if curves is None else plots.losses(curves),
        final_losses={} if curves is None else _final(curves),
        unstable=UNSTABLE_CV,
        quality=None if quality is None else basis(quality),
        quality_sheets=() if quality is None else sheets(quality),
    )


def heading(results: Results) -> str:
    """The page's title: the style's, or how many there are."""
    titles = [m.title for m in results.measurements] + [r.title for r in results.reported]
    titles = list(dict.fromkeys(titles + [f.title for f in results.failures]))
    if not titles:
        return "Nothing was measured"
    return titles[0] if len(titles) == 1 else f"{len(titles)} styles"


def data_uri(picture: Bytes, side: int = PICTURE_SIDE) -> str:
    """A picture as a JPEG in a page's own text, its longest side at most `side` pixels."""
    height, width = picture.shape[:2]
    if max(height, width) > side:
        picture = resize(picture, fit_within((height, width), (side, side)))
    out = io.BytesIO()
    Image.fromarray(picture).save(out, format="JPEG", quality=PICTURE_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def ms(value: float) -> str:
    """Milliseconds to three figures: 4.07, 57.1, 226, 2,330."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(value: float) -> str:
    """Seconds as the paper prints them, with as many decimals as short times need."""
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def byte_size(value: int) -> str:
    """Bytes in kB or MB (powers of ten, as files are counted)."""
    if value >= 1e9:
        return f"{value / 1e9:.1f} GB"
    if value >= 1e6:
        return f"{value / 1e6:.1f} MB" if value < 1e8 else f"{value / 1e6:.0f} MB"
    return f"{value / 1e3:.0f} kB"


def times(value: float) -> str:
    """A ratio: 0.87, 3.4, 44."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def figure(value: float) -> str:
    """A plain number to three figures: 99.3, 0.0045, 6.5e-5."""
    if value == 0 or abs(value) >= 0.001:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def _styles(results: Results) -> Iterator[StyleRows]:
    for members in results.by_pack:
        yield StyleRows(
            title=members[0].title,
            network=members[0].network,
            measurements=members,
            samples_plot=plots.samples(members),
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


def _date(created: str) -> str:
    try:
        moment = datetime.datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
