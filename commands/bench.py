"""`edgestyle bench`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import OmitArgPrefixes, Positional

from benchmarks.config import BenchConfig
from benchmarks.papers.config import PapersConfig
from commands.console import complain, progress_bar, say, show

if TYPE_CHECKING:
    from benchmarks.pictures import Illustration
    from benchmarks.plan import Target
    from benchmarks.quality.results import Evaluation
    from benchmarks.results import Results
    from edge_app.core.manifest import Manifest
    from edge_app.core.pack import StylePack


def bench_run(config: OmitArgPrefixes[BenchConfig]) -> int:
    """Measure style packs: latency, load time, memory and size, beside the paper's table.

    The picture of every measured model is compared with another library's: a fast wrong picture
    is shown as a failure, and makes the exit status 1. More commands for benchmarks:
    edgestyle bench --help
    """
    quality = _quality(config.quality)  # what is wrong with a file is better known beforehand
    results, pictures = measure(config)
    if config.report is not None or config.markdown is not None:
        manifests = [pack.manifest for pack in _packs(config.packs)]
        _write_reports(config.report, config.markdown, results, manifests, quality, pictures)
    return verdict(results)


def bench_show(
    file: Positional[Path],
    details: bool = False,
    report: Path | None = None,
    markdown: Path | None = None,
    packs: tuple[str, ...] = (),
    quality: tuple[Path, ...] = (),
) -> int:
    """Show results: the machine, the times, and what casts doubt on them.

    Args:
        file: Results of `bench run`, `bench scale` or `bench import`.
        details: Every series with mean, median, percentiles, least and most.
        report: Write an HTML report here; without pictures, which results do not hold.
        markdown: Write the report's tables as Markdown here.
        packs: Style packs that were measured: the reports tell their parity too, and what
            accelerators take of them.
        quality: Files of `edgestyle evaluate --json`: which models nobody beats in both speed and
            picture quality.
    """
    from benchmarks.outputs import check_apart
    from benchmarks.results_file import read_results
    from benchmarks.table import details_table, machine_table

    check_apart(file=file, report=report, markdown=markdown)
    results = read_results(file)
    manifests = [_measured(pack, results, file).manifest for pack in _packs(packs)]
    show(machine_table(results))
    if details:
        show(details_table(results))
    _show_results(results)
    evaluation = _quality(quality)
    if evaluation is not None:
        from benchmarks.front import front_sheet, quality_front
        from benchmarks.quality.tables import sheets_on_screen

        show(sheets_on_screen([front_sheet(quality_front(results, evaluation))]))
    _write_reports(report, markdown, results, manifests, evaluation)
    return 0


def bench_compare(
    first: Positional[Path],
    second: Positional[Path],
    tolerance: float = 0.05,
    strict: bool = False,
) -> int:
    """Compare two results of one machine; exit status 3 where something became slower or broke.

    A model counts as slower where it was measured in enough processes on both sides, its 95%
    interval lies above 1, all models considered, and its median is more than the tolerance above
    the first's. One that is missing because the second was interrupted counts as broken.

    Args:
        first: The base.
        second: What may have become slower.
        tolerance: How much slower, as a share, is not yet a regression.
        strict: Trust the runs of too few processes as well: finds more, and raises false alarms.
    """
    from benchmarks.compare import compare
    from benchmarks.compare_table import comparison_table
    from benchmarks.results_file import read_results

    comparison = compare(
        read_results(first), read_results(second), tolerance=tolerance, strict=strict
    )
    show(comparison_table(comparison))
    if not comparison.has_regressed:
        return 0
    lost = f", {len(comparison.broken)} not measured" if comparison.broken else ""
    complain(f"{len(comparison.regressions)} of {len(comparison.pairs)} became slower{lost}")
    return 3


def bench_merge(files: Positional[tuple[Path, ...]], out: Path, overwrite: bool = False) -> int:
    """Put results of one machine together; refuses different machines, software and packs.

    Args:
        files: Results of `bench run` or `bench import`.
        out: Where the merged results go.
        overwrite: Replace results that lie there already.
    """
    from benchmarks.merge import merge
    from benchmarks.outputs import check_results_place
    from benchmarks.results_file import read_results, write_results

    check_results_place(out, overwrite=overwrite)
    merged = merge([read_results(file) for file in files])
    write_results(out, merged)
    say(f"wrote {out} ({len(merged.measurements) + len(merged.reported)} models)")
    return 0


def bench_import(file: Positional[Path], out: Path, overwrite: bool = False) -> int:
    """Turn the file that the app exports into results that can be shown, compared and merged.

    Args:
        file: The app's edgestyle-benchmark.json.
        out: Where the results go.
        overwrite: Replace results that lie there already.
    """
    from benchmarks.app_report import read_app_report
    from benchmarks.outputs import check_results_place
    from benchmarks.results_file import write_results
    from benchmarks.table import results_table

    check_results_place(out, overwrite=overwrite)
    results = read_app_report(file)
    write_results(out, results)
    show(results_table(results))
    say(f"wrote {out}")
    return 0


def bench_devices() -> int:
    """List the Android phones that are connected, and say how to measure on them."""
    from benchmarks.devices.bridge import list_phones

    for phone in (phones := list_phones()):
        say(f"adb:{phone.text}")
    if not phones:
        say("no phone is connected (or USB debugging is off); ssh:USER@HOST needs no list")
    return 0


def bench_paper(config: OmitArgPrefixes[PapersConfig]) -> int:
    """Make the papers' tables and figures again, ours beside theirs.

    Table II is timed on the installed styles. Given paintings and photographs, the five methods of
    Table III and Figures 7, 8 and 10 are trained by one recipe, judged and timed. After Ctrl-C, or
    with another painting, the same command does only what is missing.
    """
    from benchmarks.papers.page import write_page
    from benchmarks.papers.reproduce import reproduce
    from benchmarks.papers.tables import sheets
    from benchmarks.quality.tables import sheets_on_screen

    with progress_bar() as bar:
        task = bar.add_task("the papers' tables", total=1.0)
        findings, exhibits = reproduce(
            config, lambda text, share: bar.update(task, completed=share, description=text)
        )
    show(sheets_on_screen(sheets(findings)))
    for path in write_page(config.out, findings, exhibits):
        say(f"wrote {path}")
    return verdict(findings.latency)


def measure(
    config: BenchConfig, targets: Sequence[Target] | None = None
) -> tuple[Results, list[Illustration]]:
    """Measure and show the results; gives them and the pictures that were drawn."""
    from benchmarks.devices.place import Kind, parse_place
    from benchmarks.latency import bench as measure_here

    if config.report is not None:
        import benchmarks.report  # noqa: F401  What it lacks is told before the work, not after.
    place = parse_place(config.on)
    pictures: list[Illustration] = []
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=1.0)

        def tell(stage: str, share: float) -> None:
            bar.update(task, completed=share, description=stage)

        if place.kind is Kind.HERE:
            results = measure_here(config, tell, pictures.append, targets=targets)
        else:
            from benchmarks.devices.bench import bench_on

            results = bench_on(place, config, tell)
        aside = None
        if results.interrupted and config.json is None:
            from benchmarks.results_file import keep_aside

            aside = keep_aside(results)  # before anything is shown: the terminal may be gone
    _show_results(results)
    if aside is not None:
        say(f"what was measured is kept in {aside}")
    return results, pictures


def _show_results(results: Results) -> None:
    from benchmarks.compare import compare_in_turns
    from benchmarks.compare_table import comparison_table
    from benchmarks.profiling.tables import profile_sheets
    from benchmarks.quality.tables import sheets_on_screen
    from benchmarks.scaling.tables import scaling_sheets
    from benchmarks.table import results_table

    show(results_table(results))
    if sheets := (*profile_sheets(results), *scaling_sheets(results)):
        show(sheets_on_screen(sheets))
    if (comparison := compare_in_turns(results)) is not None:
        show(comparison_table(comparison, titles=True))


def _packs(names: Sequence[str]) -> list[StylePack]:
    """The packs of these names or paths."""
    from edge_app.core.catalog import find_pack
    from edge_app.core.pack import open_pack

    return [open_pack(find_pack(name)) for name in names]


def _measured(pack: StylePack, results: Results, file: Path) -> StylePack:
    """The pack, if it is one of those that were measured, to the byte."""
    from edge_app.core.errors import ResultsError

    measured = {m.pack_sha256: m.pack for m in results.measurements}
    measured |= {r.pack_sha256: r.pack for r in results.reported}
    if pack.sha256 not in measured:
        names = ", ".join(dict.fromkeys(measured.values())) or "none"
        raise ResultsError(
            f"{pack.path}: expected a pack that was measured in {file} ({names}), got another one; "
            f"one that was exported again is another one too"
        )
    return pack


def _write_reports(
    report: Path | None,
    markdown: Path | None,
    results: Results,
    manifests: Sequence[Manifest],
    quality: Evaluation | None,
    pictures: Sequence[Illustration] = (),
) -> None:
    """Write the reports that were asked for, and say where they are."""
    if report is not None:
        from benchmarks.report import write_report

        write_report(report, results, pictures=pictures, manifests=manifests, quality=quality)
        say(f"report: {report}")
    if markdown is not None:
        from benchmarks.report_markdown import write_markdown

        write_markdown(markdown, results, manifests=manifests, quality=quality)
        say(f"wrote {markdown}")


def _quality(files: Sequence[Path]) -> Evaluation | None:
    """The evaluations of these files as one; None without a file."""
    from benchmarks.front import combine
    from benchmarks.quality.results import read_evaluation

    return combine([read_evaluation(file) for file in files]) if files else None


def verdict(results: Results) -> int:
    """130 where the measuring was interrupted, 1 where a picture was wrong or a model failed."""
    from benchmarks.results import Verdict

    if results.interrupted:
        complain("interrupted; not everything was measured")
        return 130
    wrong = sum(m.check.verdict is Verdict.WRONG for m in results.measurements)
    if wrong or results.failures:
        complain(
            f"of {len(results.measurements) + len(results.failures)} models {wrong} drew a wrong "
            f"picture and {len(results.failures)} could not be measured"
        )
        return 1
    return 0
