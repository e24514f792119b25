"""The file of the app's benchmark, as the app writes it and `edgestyle bench import` reads it.

A JSON document of schema 1, `BenchReport` word for word; `edgestyle`'s own results have more in
them (benchmarks/results.py) and are made on computers.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from edge_app.core import strict_json
from edge_app.core.errors import ResultsError
from edge_app.core.size import Size

SCHEMA_VERSION = 1
KIND = "edgestyle-app-benchmark"

EXTRA, RUN = "edgestyle.benchmark", "run"
"""What an Android intent says to have the app measure and save the file by itself:
`am start -n ... --es edgestyle.benchmark run`."""


@dataclass(frozen=True, kw_only=True)
class StyleTimes:
    """One style's times."""

    style: str
    """The pack's id."""
    title: str
    pack_sha256: str
    model: str
    """The model's file in the pack."""
    recipe: str
    size: Size
    """(height, width) of the painted picture."""
    backend: str
    version: str
    threads: int
    accelerator: str
    note: str
    """Why the preferred accelerator does not run it; empty where it does."""
    load_ms: float
    """Opening the pack's model, before the first picture."""
    warmup_ms: tuple[float, ...]
    """The first picture, kept apart."""
    samples_ms: tuple[float, ...]
    """Resize, model and back to bytes, a sample a picture; decoding the file is not in it."""

    @property
    def average_s(self) -> float:
        """Mean of the samples, in seconds."""
        return statistics.fmean(self.samples_ms) / 1000


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A style that could not be measured."""

    style: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BenchReport:
    """Everything that is exported."""

    schema_version: int = SCHEMA_VERSION
    kind: str = KIND
    app_version: str
    created: str
    """UTC, ISO 8601."""
    platform: str
    """'desktop' or 'android'."""
    device: str
    system: str
    architecture: str
    python: str
    cores: int
    complete: bool
    """False where it was stopped before its end."""
    times: tuple[StyleTimes, ...]
    failures: tuple[Failure, ...]

    def to_json(self) -> str:
        """The file's text."""
        return strict_json.to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes, *, where: str) -> BenchReport:
        """Read the file.

        Raises:
            ResultsError: not JSON, of a newer schema, or not such a file.
        """
        raw = strict_json.load(text, where=where, error=ResultsError)
        if not isinstance(raw, dict) or raw.get("kind") != KIND:
            raise ResultsError(
                f"{where}: not the app's benchmark file: expected kind {KIND}. Results of "
                f"`edgestyle bench run` need no import."
            )
        strict_json.check_schema_version(
            raw, SCHEMA_VERSION, what="app benchmark", where=where, error=ResultsError
        )
        return strict_json.build(cls, raw, where=where, error=ResultsError)
