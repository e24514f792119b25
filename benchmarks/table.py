"""Results as a table for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.battery import Battery, drained_j
from benchmarks.environment import Condition
from benchmarks.paper import CAVEAT, MEAN_S, beside_paper
from benchmarks.reported import Reported
from benchmarks.results import Measurement, Results, Sitting, Verdict
from benchmarks.timing import Series

STYLES = {
    Verdict.AGREES: "green",
    Verdict.REFERENCE: "yellow",
    Verdict.WRONG: "bold red",
    Verdict.UNCHECKED: "yellow",
}

LEGEND = (
    "model: recipe, height x width, threads, accelerator asked for; times in ms, median / 90th "
    "percentile, ~ unsteady; MB: peak memory over a bare Python; kB: file; dB: PSNR to the "
    "reference"
)

REPORTED_LEGEND = (
    "what: picture, from pixels to stylized pixels without decoding a file, or the model alone; "
    "times in ms; told by the device, nobody has checked those pictures"
)


def results_table(results: Results) -> RenderableType:
    """The measurements, the paper's row beside them, and the warnings, for `rich` to print."""
    parts: list[RenderableType] = []
    for members in results.by_pack:
        parts += [Text(members[0].title, style="bold"), _table(members)]
    if results.measurements:
        parts.append(Text(LEGEND, style="dim"))
    if results.reported:
        parts += [_reported_table(results.reported), Text(REPORTED_LEGEND, style="dim")]
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


def details_table(results: Results) -> Table:
    """Every series with all its figures in ms, for `rich` to print; wide."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("what", no_wrap=True)
    figures = ("runs", "mean", "median", "p90", "p99", "min", "max", "spread")
    for name in (*figures, "first", "load", "mJ"):
        table.add_column(name, justify="right", no_wrap=True)
    for m in results.measurements:
        for name, series in m.series:
            of_model = name == "model"
            energy = "not available" if m.energy_mj is None else f"{m.energy_mj:.1f}"
            table.add_row(
                f"{m.title}, {m.setting}, {name}",
                *_figures(series, m.processes),
                f"{m.first_run_ms:.1f}" if of_model else "",
                f"{m.load_ms:.1f}" if of_model else "",
                energy if of_model else "",
            )
    for r in results.reported:
        table.add_row(
            f"{r.title}, {_model(r)}, {r.scope}",
            *_figures(r.times, r.processes),
            "-" if r.first_run_ms is None else f"{r.first_run_ms:.1f}",
            "-" if r.load_ms is None else f"{r.load_ms:.1f}",
            "not available" if r.energy_mj is None else f"{r.energy_mj:.1f}",
        )
    return table


def machine_table(results: Results) -> Table:
    """The machine's facts and its state before and after, for `rich` to print."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    machine, settings = results.environment, results.settings
    memory = machine.memory_bytes
    table.add_row("measured", f"{results.created}, edgestyle {results.version}")
    table.add_row("device", machine.device or "untold")
    table.add_row("processor", f"{machine.cpu}, {machine.cores} cores, {machine.architecture}")
    table.add_row("memory", "untold" if memory is None else f"{memory / 1e9:.1f} GB")
    table.add_row("system", f"{machine.system}, {machine.kernel}, {machine.python}")
    libraries = ", ".join(f"{name} {version}" for name, version in machine.libraries.items())
    table.add_row("libraries", libraries or "untold")
    height, width = settings.photo_size
    processes = "" if settings.processes == 1 else f" in each of {settings.processes} processes"
    runs = f"{settings.warmups} + {settings.runs} runs{processes}"
    table.add_row("how", f"{runs}, {settings.photo}, {height}x{width}")
    for each in results.sittings:
        if results.further:
            table.add_row("from", each.created)
        table.add_row("before", _state(each.before))
        table.add_row("after", _state(each.after))
        if each.before.battery is not None:
            table.add_row("energy", _drained(each))
    return table


def _state(state: Condition) -> str:
    told = {
        "load": state.load_average and f"{state.load_average[0]:.2f}",
        "clock policy": state.governor,
        "clock": state.clock_mhz and f"{state.clock_mhz:.0f} MHz",
        "temperature": state.temperature_c and f"{state.temperature_c:.1f} C",
        "throttling": state.throttled,
        "times slowed down": state.throttle_count,
        "thermal status": state.thermal_status,
        "battery": state.battery and _battery(state.battery),
    }
    known = [f"{name} {value}" for name, value in told.items() if value is not None]
    if unknown := [name for name, value in told.items() if value is None]:
        known.append(f"not available: {', '.join(unknown)}")
    return "; ".join(known)


def _drained(sitting: Sitting) -> str:
    """What went out of the battery from the first model to the last."""
    spent_j = drained_j(sitting.before.battery, sitting.after.battery)
    if spent_j is None:
        return "not available: on a charger, or too little for the battery's counter"
    return f"{spent_j:.0f} J out of the battery, everything that the phone did included"


def _battery(battery: Battery) -> str:
    level = "untold" if battery.level_percent is None else f"{battery.level_percent}%"
    return f"{level}, on a charger" if battery.plugged else level


def _figures(series: Series, processes: int) -> list[str]:
    count = str(len(series.samples_ms)) + (f" of {processes}" if processes > 1 else "")
    figures = (
        series.mean_ms,
        series.median_ms,
        series.p90_ms,
        series.p99_ms,
        series.min_ms,
        series.max_ms,
    )
    return [count, *(f"{figure:.2f}" for figure in figures), f"{series.variation:.1%}"]


def _reported_table(reported: Sequence[Reported]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for name in ("style", "model", "what"):
        table.add_column(name, no_wrap=True)
    for name in ("median / p90", "load"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("run by", overflow="fold")
    for r in reported:
        load = "-" if r.load_ms is None else f"{r.load_ms:.0f}"
        table.add_row(r.title, _model(r), r.scope, _spread(r.times), load, r.runtime)
    return table


def _model(row: Measurement | Reported) -> str:
    threads = row.threads or "?"
    asked = "" if row.asked in {"auto", None} else f" {row.asked}"
    return f"{row.recipe} {row.size[0]}x{row.size[1]} x{threads}{asked}"


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
        _model(m),
        *(Text(text, style="strike dim" if wrong else "") for text in times),
        "-" if m.memory is None else f"{m.memory.over_bare / 1e6:.0f}",
        f"{m.file_bytes / 1e3:.0f}",
        "-" if psnr_db is None else f"{psnr_db:.1f}",
        Text(m.check.verdict, style=STYLES[m.check.verdict]),
    ]


def _spread(series: Series) -> str:
    mark = "" if series.is_steady else " ~"
    return f"{series.median_ms:.1f} / {series.p90_ms:.1f}{mark}"
