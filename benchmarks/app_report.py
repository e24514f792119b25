"""The app's own benchmark file (docs/app.md) as results: `edgestyle-benchmark.json`.

The dataclasses here are the app's contract from the reader's side: the app's own code, which is
made for windows, is not imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.environment import Condition, Environment
from benchmarks.reported import Reported, Scope
from benchmarks.results import Failure, Results, Settings
from benchmarks.timing import Series
from edge_app.core import strict_json
from edge_app.core.errors import ResultsError
from edge_app.core.image import Size

SCHEMA_VERSION = 1
KIND = "edgestyle-app-benchmark"

PICTURE = "the app's drawn picture"
SIDE = 512
"""Longest side of that picture."""

UNTOLD = Condition(
    load_average=None, governor=None, clock_mhz=None, temperature_c=None, throttled=None
)
"""The state of a machine that does not tell it."""


@dataclass(frozen=True, kw_only=True)
class _Style:
    style: str
    title: str
    pack_sha256: str
    model: str
    recipe: str
    size: Size
    backend: str
    version: str
    threads: int
    accelerator: str
    note: str
    load_ms: float
    warmup_ms: tuple[float, ...]
    samples_ms: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class _Failure:
    style: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _AppReport:
    schema_version: int
    kind: str
    app_version: str
    created: str
    platform: str
    device: str
    system: str
    architecture: str
    python: str
    cores: int
    complete: bool
    times: tuple[_Style, ...]
    failures: tuple[_Failure, ...]


def read_app_report(path: Path) -> Results:
    """Read the app's export.

    Raises:
        ResultsError: not to be read; not the app's file; made by a newer app; nothing measured.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror or error}") from error
    return parse_app_report(text, where=str(path))


def parse_app_report(text: bytes, *, where: str) -> Results:
    """As `read_app_report`, of the file's contents; `where` begins every error's text."""
    raw = strict_json.load(text, where=where, error=ResultsError)
    if not isinstance(raw, dict) or raw.get("kind") != KIND:
        raise ResultsError(
            f"{where}: not the app's benchmark file: expected kind {KIND}. Results of "
            f"`edgestyle bench run` need no import."
        )
    strict_json.check_schema_version(
        raw, SCHEMA_VERSION, what="app benchmark", where=where, error=ResultsError
    )
    report = strict_json.build(_AppReport, raw, where=where, error=ResultsError)
    if not report.times and not report.failures:
        raise ResultsError(f"{where}: the app had measured nothing when it was exported")
    if any(not style.samples_ms or min(style.samples_ms) <= 0 for style in report.times):
        raise ResultsError(f"{where}: times: expected samples above 0 ms for every style")
    return _results(report)


def _results(report: _AppReport) -> Results:
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
                reason=failure.reason,
            )
            for failure in report.failures
        ),
        interrupted=not report.complete,
        reported=tuple(_reported(style, by) for style in report.times),
    )


def _reported(style: _Style, by: str) -> Reported:
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
        note=style.note,
        load_ms=style.load_ms,
        first_run_ms=style.warmup_ms[0] if style.warmup_ms else None,
        times=Series(warmups_ms=style.warmup_ms, samples_ms=style.samples_ms),
    )
