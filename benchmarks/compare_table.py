"""A comparison as a table: for the terminal, and of two packs in turns for the reports too."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.compare import Comparison, Pair, compare_in_turns
from benchmarks.lines import Line
from benchmarks.quality.tables import NONE, Sheet
from benchmarks.ratio import LEVEL
from benchmarks.results import Results

STYLES = {
    "wrong picture": "bold red",
    "slower": "bold red",
    "perhaps slower": "yellow",
    "faster": "green",
}

COLUMNS = ("model", "first", "second", "ratio", f"{LEVEL:.0%} interval", "verdict")


def comparison_table(comparison: Comparison, *, titles: bool = False) -> RenderableType:
    """Line by line both medians, their ratio and what it means, for `rich` to print.

    Args:
        comparison: what is shown.
        titles: name both packs in every line: they differ.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    name, *figures, _verdict = COLUMNS
    table.add_column(name, overflow="fold")
    for figure in figures:
        table.add_column(figure, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for pair in comparison.pairs:
        *cells, verdict = _cells(pair, comparison.tolerance, titles=titles)
        table.add_row(*map(Text, cells), Text(verdict, style=STYLES.get(verdict, "")))
    parts: list[RenderableType] = [table, Text(_legend(comparison), style="dim")]
    parts += [Text(f"! not measured: {text}", style="bold red") for text in comparison.broken]
    parts += [Text(f"! {note}", style="yellow") for note in comparison.notes]
    return Group(*parts)


def turns_sheet(results: Results) -> Sheet | None:
    """The same of two packs that were measured in turns; None where there were none."""
    comparison = compare_in_turns(results)
    if comparison is None:
        return None
    sides = comparison.pairs[0]
    legend = f"first: {_pack(sides.first)}; second: {_pack(sides.second)}; {_legend(comparison)}."
    return Sheet(
        title="Two packs in turns",
        columns=COLUMNS,
        rows=tuple(_cells(pair, comparison.tolerance, titles=True) for pair in comparison.pairs),
        note=" ".join([legend, *comparison.notes]),
    )


def _cells(pair: Pair, tolerance: float, *, titles: bool) -> tuple[str, ...]:
    found = pair.ratio
    name = pair.first.text
    if titles and pair.first.title != pair.second.title:
        name = f"{pair.first.title} and {pair.second.title}{name.removeprefix(pair.first.title)}"
    known = found.low is not None and found.high is not None
    return (
        name,
        f"{pair.first.series.median_ms:.2f}",
        f"{pair.second.series.median_ms:.2f}",
        f"{found.value:.3f}",
        f"{found.low:.3f} to {found.high:.3f}" if known else NONE,
        pair.verdict(tolerance),
    )


def _legend(comparison: Comparison) -> str:
    return (
        f"medians in ms; ratio: second over first, above 1 it is slower; slower and faster: beyond "
        f"chance and by more than {comparison.tolerance:.0%}; perhaps: too few processes to say"
    )


def _pack(line: Line) -> str:
    """'The Starry Night, sha256 1a2b3c4d5e6f'."""
    return f"{line.title}, sha256 {line.pack_sha256[:12]}"
