"""Results as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.paper import CAVEAT, MEAN_S, beside_paper
from benchmarks.results import Measurement, Results, Verdict
from benchmarks.timing import Series

STYLES = {
    Verdict.AGREES: "green",
    Verdict.REFERENCE: "green",
    Verdict.WRONG: "bold red",
    Verdict.UNCHECKED: "yellow",
}

LEGEND = (
    "model: recipe, height x width, threads; times in ms, median / 90th percentile, ~ unsteady; "
    "MB: peak memory over a bare Python; kB: file; dB: PSNR to the reference"
)


def results_table(results: Results) -> RenderableType:
    """The measurements, the paper's row beside them, and the warnings, for `rich` to print."""
    parts: list[RenderableType] = []
    for members in results.by_pack:
        parts += [Text(members[0].title, style="bold"), _table(members)]
    if results.measurements:
        parts.append(Text(LEGEND, style="dim"))
    if (comparison := beside_paper(results)) is not None:
        parts.append(Text(""))
        parts.append(
            Text(
                f"{comparison.average_s:.3f} s on average ({comparison.setting}) where the paper's "
                f"eight styles took {MEAN_S:.3f} s on Android: a ratio of {comparison.ratio:.1f}."
            )
        )
        parts.append(Text(CAVEAT, style="dim"))
    parts += [Text(f"! {warning}", style="yellow") for warning in results.warnings]
    return Group(*parts)


def _table(measurements: Sequence[Measurement]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    # Least widths, so that the columns of several tables stand below each other.
    table.add_column("model", no_wrap=True, min_width=20)
    widths = {"end to end": 13, "model only": 13, "load": 4, "MB": 4, "kB": 5, "dB": 5}
    for name, width in widths.items():
        table.add_column(name, justify="right", no_wrap=True, min_width=width)
    table.add_column("picture", no_wrap=True, min_width=7)
    for m in measurements:
        table.add_row(*_cells(m))
    return table


def _cells(m: Measurement) -> list[RenderableType]:
    wrong = m.check.verdict is Verdict.WRONG
    times = [_spread(m.end_to_end), _spread(m.model), f"{m.load_ms:.0f}"]
    psnr_db = m.check.psnr_db
    return [
        f"{m.recipe} {m.size[0]}x{m.size[1]} x{m.threads}",
        *(Text(text, style="strike dim" if wrong else "") for text in times),
        "-" if m.memory is None else f"{m.memory.over_bare / 1e6:.0f}",
        f"{m.file_bytes / 1e3:.0f}",
        "-" if psnr_db is None else f"{psnr_db:.1f}",
        Text(m.check.verdict, style=STYLES[m.check.verdict]),
    ]


def _spread(series: Series) -> str:
    mark = "" if series.is_steady else " ~"
    return f"{series.median_ms:.1f} / {series.p90_ms:.1f}{mark}"
