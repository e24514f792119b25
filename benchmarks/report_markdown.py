"""Results as one Markdown page: what the HTML report has, as tables, without plots and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.accelerators import accelerator_sheet
from benchmarks.anchors import anchor_sheets
from benchmarks.compare_table import turns_sheet
from benchmarks.every_series import every_series, series_sheet
from benchmarks.facts import Fact, heading, machine_facts, method_facts
from benchmarks.figures import byte_size, date_text, figure, mj, ms, spread
from benchmarks.front import front_sheet, quality_front
from benchmarks.lines import pack_names
from benchmarks.paper import beside_paper
from benchmarks.paper_network import gain_sheet
from benchmarks.papers.tables import table_ii
from benchmarks.profiling.tables import order_of_running, profile_sheets
from benchmarks.quality.results import Evaluation
from benchmarks.quality.tables import NONE, Sheet, basis, escaped, sheets, sheets_in_markdown
from benchmarks.reported_table import reported_sheet
from benchmarks.results import Measurement, Results
from benchmarks.scaling.tables import scaling_sheets
from benchmarks.timing import UNSTABLE_CV
from edge_app.core.files import write_text
from edge_app.core.manifest import AT_MOST, Manifest


def write_markdown(
    path: Path,
    results: Results,
    *,
    manifests: Sequence[Manifest] = (),
    quality: Evaluation | None = None,
) -> None:
    """Write the page, beside and renamed; see `markdown`. Raises StorageError."""
    write_text(path, markdown(results, manifests, quality))


def markdown(
    results: Results, manifests: Sequence[Manifest] = (), quality: Evaluation | None = None
) -> str:
    """The page.

    Args:
        results: what was measured.
        manifests: of the packs, for their parity gates, accelerators and where they come from.
        quality: what `edgestyle evaluate` found.
    """
    lines = [
        f"# {escaped(heading(results))}",
        "",
        f"edgestyle benchmark, {date_text(results.created)}; edgestyle {results.version}, results "
        f"schema {results.schema_version}.",
        "",
        *_lede(results),
        *_facts("Measured on", machine_facts(results)),
        *_facts("Measured how", method_facts(results)),
    ]
    if warnings := results.warnings:
        lines += ["## To be read with care", "", *(f"- {escaped(each)}" for each in warnings), ""]
    lines += sheets_in_markdown(
        (
            *_measured(results),
            *_compared(results, manifests),
            *_of_the_packs(manifests),
        )
    )
    if quality is not None:
        lines += [f"The pictures: {escaped(basis(quality))}", ""]
        front = quality_front(results, quality)
        lines += sheets_in_markdown([front_sheet(front), *sheets(quality)])
    lines += _orders(results)
    lines += _raw(results)
    return "\n".join(lines)


def _lede(results: Results) -> Iterator[str]:
    comparison = beside_paper(results)
    if comparison is not None:
        count = len(comparison.rows)
        over = "" if count == 1 else f" on average over {count} styles"
        yield (
            f"From photograph to stylized picture in **{ms(1000 * comparison.average_s)} ms**"
            f"{over}: {escaped(comparison.setting)}."
        )
    elif told := results.tellers():
        device = results.environment.device or results.environment.cpu
        yield f"Times that {escaped(told)} told of {escaped(device)}."
    elif results.measurements:
        yield "No model drew a right picture, so there is no time to report."
    yield ""


def _measured(results: Results) -> Iterator[Sheet]:
    if results.measurements:
        yield _results(results)
    found = (reported_sheet(results), turns_sheet(results), series_sheet(results))
    yield from (sheet for sheet in found if sheet is not None)


def _compared(results: Results, manifests: Sequence[Manifest]) -> Iterator[Sheet]:
    if results.measurements:
        yield table_ii(results)
    if (gains := gain_sheet(results, manifests)) is not None:
        yield gains
    yield from anchor_sheets(results)
    yield from profile_sheets(results)
    yield from scaling_sheets(results)


def _of_the_packs(manifests: Sequence[Manifest]) -> Iterator[Sheet]:
    if not manifests:
        return
    yield _gates(manifests)
    if (taken := accelerator_sheet(manifests)) is not None:
        yield taken
    yield _provenance(manifests)


def _facts(title: str, facts: Sequence[Fact]) -> Iterator[str]:
    yield from (f"## {title}", "")
    yield from (f"- **{name}**: {escaped(text)}" for name, text in facts)
    yield ""


def _results(results: Results) -> Sheet:
    names = pack_names(results)
    energy = any(m.energy_mj is not None for m in results.measurements)
    return Sheet(
        title="Results",
        columns=(
            *("model", "run by", "end to end", "model alone", "first run", "load / cold"),
            "peak memory",
            *(("energy, mJ",) if energy else ()),
            *("file", "PSNR / least", "picture"),
        ),
        rows=tuple(
            (
                f"{names[m.pack_sha256]}, {m.setting}",
                m.runtime,
                spread(m.end_to_end),
                spread(m.model),
                ms(m.first_run_ms),
                f"{ms(m.load_ms)} / {ms(m.cold_load_ms)}",
                NONE if m.memory is None else byte_size(m.memory.over_bare),
                *((NONE if m.energy_mj is None else mj(m.energy_mj),) if energy else ()),
                byte_size(m.file_bytes),
                _psnr(m),
                m.check.verdict,
            )
            for m in results.measurements
        ),
        note=(
            f"Times in milliseconds, median / 90th percentile, ~ marks samples that vary by more "
            f"than {UNSTABLE_CV:.0%}; PSNR in dB. Times of a wrong picture mean nothing. Sizes are "
            f"height x width."
        ),
    )


def _gates(manifests: Sequence[Manifest]) -> Sheet:
    rows = []
    for manifest in manifests:
        for model in manifest.models:
            name = f"{manifest.title}: {model.path}"
            if not model.gates:
                rows.append((name, NONE, NONE, NONE, NONE, f"not run: {model.not_run}"))
            for gate in model.gates:
                bound = "at most" if gate.metric in AT_MOST else "at least"
                unit = " dB" if gate.unit == "dB" else ""
                rows.append(
                    (
                        name,
                        gate.metric,
                        f"{figure(gate.worst)}{unit}",
                        f"{figure(gate.median)}{unit}",
                        f"{bound} {figure(gate.threshold)}{unit}",
                        gate.on,
                    )
                )
    return Sheet(
        title="Is it the trained network?",
        columns=("file", "figure", "worst", "median", "gate", "compared on"),
        rows=tuple(rows),
        note="Each file compared with the trained network, on photographs, when it was made.",
    )


def _provenance(manifests: Sequence[Manifest]) -> Sheet:
    return Sheet(
        title="Where the weights come from",
        columns=(
            *("style", "network", "teacher", "photographs", "training"),
            *("quality", "versions", "licence"),
        ),
        rows=tuple(
            (
                ", ".join(filter(None, (m.title, m.artist, m.year))),
                m.network,
                m.provenance.teacher,
                f"{m.provenance.photo_count} ({m.provenance.photos})",
                f"{m.provenance.steps} steps, seed {m.provenance.seed}, {m.provenance.trainer}",
                ", ".join(f"{name} {value:.4g}" for name, value in m.quality.items()) or NONE,
                ", ".join(f"{name} {which}" for name, which in m.provenance.versions.items()),
                m.licence,
            )
            for m in manifests
        ),
    )


def _orders(results: Results) -> Iterator[str]:
    for m in results.measurements:
        if m.profile is not None:
            model = escaped(f"{m.title}, {m.setting}")
            yield from (f"## Operators in the order of running: {model}", "")
            yield from (f"{escaped(name)}: {time}" for name, time in order_of_running(m.profile))
            yield ""


def _raw(results: Results) -> Iterator[str]:
    found = every_series(results)
    if not found:
        return
    yield from ("## Raw samples", "", "Milliseconds, in the order they were taken.", "")
    for each in found:
        warmups = f"; warm-ups {each.warmups}" if each.warmups else ""
        yield f"- {escaped(f'{each.name} ({each.file})')}: {each.samples}{warmups}"
    yield ""


def _psnr(m: Measurement) -> str:
    if m.check.psnr_db is None or m.check.threshold_db is None:
        return NONE
    return f"{m.check.psnr_db:.1f} / {m.check.threshold_db:.0f}"
