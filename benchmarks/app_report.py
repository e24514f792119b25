"""The app's own benchmark file (docs/app.md) as results: `edgestyle-benchmark.json`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.documents import read_content
from benchmarks.environment import Condition, Environment
from benchmarks.reported import Reported, Scope
from benchmarks.results import Failure, Results, Settings
from benchmarks.timing import Series
from edge_app.core.bench_report import BenchReport, StyleTimes
from edge_app.core.errors import ResultsError

PICTURE = "the app's drawn picture"
SIDE = 512
"""Longest side of that picture."""

UNTOLD = Condition(
    load_average=None, governor=None, clock_mhz=None, temperature_c=None, throttled=None
)
"""The state of a machine that does not tell it."""


def read_app_report(path: Path) -> Results:
    """Read the app's export.

    Raises:
        ResultsError: not to be read; not the app's file; made by a newer app; nothing measured.
    """
    return parse_app_report(read_content(path), where=str(path))


def parse_app_report(text: bytes, *, where: str) -> Results:
    """As `read_app_report`, of the file's contents; `where` begins every error's text."""
    report = BenchReport.from_json(text, where=where)
    if not report.times and not report.failures:
        raise ResultsError(f"{where}: the app had measured nothing when it was exported")
    if any(not style.samples_ms or min(style.samples_ms) <= 0 for style in report.times):
        raise ResultsError(f"{where}: times: expected samples above 0 ms for every style")
    return _results(report)


def _results(report: BenchReport) -> Results:
    by = f"the app {report.app_version}"
    return Results(
        created=report.created,
        version=report.app_version,
        settings=Settings(
            runs=max((len(style.samples_ms) for style in report.times), default=0),
            warmups=max((len(style.warmup_ms) for style in report.times), default=0),
            photo=PICTURE,
            photo_size=(SIDE, SIDE),
            isolated=False,
        ),
        environment=Environment(
            device=report.device,
            cpu="untold",
            architecture=report.architecture,
            cores=report.cores,
            cpu_flags=(),
            virtual=False,
            memory_bytes=None,
            system=report.platform,
            kernel=report.system,
            python=f"CPython {report.python}",
            libraries={},
        ),
        before=UNTOLD,
        after=UNTOLD,
        measurements=(),
        failures=tuple(
            Failure(
                pack=failure.style,
                title=failure.style,
                recipe="the app's choice",
                size=(SIDE, SIDE),
                threads=0,
                asked="auto",
                reason=failure.reason,
            )
            for failure in report.failures
        ),
        interrupted=not report.complete,
        reported=tuple(_reported(style, by) for style in report.times),
    )


def _reported(style: StyleTimes, by: str) -> Reported:
    return Reported(
        by=by,
        scope=Scope.PICTURE,
        pack=style.style,
        title=style.title,
        pack_sha256=style.pack_sha256,
        model_path=style.model,
        recipe=style.recipe,
        size=style.size,
        backend=style.backend,
        backend_version=style.version,
        threads=style.threads,
        accelerator=style.accelerator,
        asked="auto",
        note=style.note,
        load_ms=style.load_ms,
        first_run_ms=style.warmup_ms[0] if style.warmup_ms else None,
        times=Series(warmups_ms=style.warmup_ms, samples_ms=style.samples_ms),
    )
