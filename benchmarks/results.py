"""What a benchmark measured: raw samples, the machine's facts, and the file they are kept in.

Only raw figures are stored; every mean, percentile and warning is derived from them on reading,
so that no figure in a results file can contradict another.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.environment import Condition, Environment, condition_warnings
from benchmarks.timing import UNSTABLE_CV, Series
from edge_app.core import strict_json
from edge_app.core.errors import ResultsError
from edge_app.core.files import write_text
from edge_app.core.image import Size

SCHEMA_VERSION = 1
"""Grows with every change of the file that an older edgestyle could not read."""

MOSTLY_ACCELERATED = 0.8
"""Share of LiteRT's operators that XNNPACK should take at least; the rest runs on kernels that are
4 to 20 times slower."""

BACKENDS = {"litert": "LiteRT", "onnx": "ONNX Runtime", "coreml": "Core ML"}
ACCELERATORS = {"xnnpack": "XNNPACK", "none": "no accelerator"}
"""Names for people."""


class Verdict(StrEnum):
    """Whether a model drew the picture that it should have drawn."""

    AGREES = "agrees"
    """Its picture is as close to the reference's as its pack promises."""
    REFERENCE = "reference"
    """It is the reference itself: only checked to draw a picture at all."""
    WRONG = "wrong"
    """Its picture is another one: its speed means nothing."""
    UNCHECKED = "unchecked"
    """There was nothing to compare it with."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A measured model's picture beside the reference's, on the benchmark's photograph."""

    verdict: Verdict
    reference: str | None
    """The model that the picture was compared with: "onnx/fp32.onnx (onnx 1.31.1)"."""
    psnr_db: float | None
    """Peak signal-to-noise ratio; None where nothing was compared."""
    threshold_db: float | None
    """The PSNR below which the picture counts as wrong."""
    reason: str
    """One sentence for people."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Peak resident memory, in bytes, of a process that did nothing else (benchmarks/memory.py)."""

    bare: int
    """A Python that does nothing."""
    loaded: int
    """After the inference library, numpy and Pillow were imported and the model was loaded."""
    peak: int
    """After everything was measured."""

    @property
    def over_bare(self) -> int:
        """What stylizing costs, libraries included."""
        return self.peak - self.bare


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One model file on one runtime."""

    pack: str
    """The style pack's id."""
    title: str
    network: str
    """Preset of the network."""
    pack_sha256: str
    model_path: str
    """Inside the pack."""
    model_sha256: str
    recipe: str
    size: Size
    """(height, width) that the model draws at."""
    file_bytes: int
    backend: str
    backend_version: str
    threads: int
    accelerator: str
    """What computed, as the runtime found it, not as it was asked for."""
    accelerated_share: float
    """How much of the model's operators the accelerator took, 0 to 1."""
    cold_load_ms: float
    """Opening the model for the first time, importing the inference library included."""
    load_ms: float
    """Opening it again in the same process: what changing the style costs."""
    first_run_ms: float
    """The model's very first run, in which the library still prepares its weights."""
    decode: Series
    """Photograph file -> pixels, at the photograph's own size."""
    model: Series
    """The model alone: float picture in, float picture out."""
    end_to_end: Series
    """Photograph file -> stylized picture: decode, fit, pad, model, crop, 8 bits."""
    memory: Memory | None
    """None where the system does not tell, or the model shared its process."""
    check: Check

    @property
    def runtime(self) -> str:
        """What ran it, for people: "LiteRT 2.3.0 with XNNPACK"."""
        name = f"{BACKENDS.get(self.backend, self.backend)} {self.backend_version}"
        # ONNX Runtime has its fast kernels built in; LiteRT without its accelerator is news.
        if self.accelerator == "none" and self.backend != "litert":
            return name
        return f"{name} with {ACCELERATORS.get(self.accelerator, self.accelerator)}"

    @property
    def setting(self) -> str:
        """What tells it from the other measurements of its pack."""
        return f"{self.recipe}, {self.size[0]}x{self.size[1]}, {threads_text(self.threads)}"

    @property
    def is_steady(self) -> bool:
        """Whether its times vary little enough to rely on."""
        # Decoding is a few milliseconds, mostly the disk's: its spread would only make noise.
        return self.model.is_steady and self.end_to_end.is_steady

    @property
    def series(self) -> tuple[tuple[str, Series], ...]:
        """Its three series by name."""
        return (
            ("decode", self.decode),
            ("model", self.model),
            ("end to end", self.end_to_end),
        )


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A model that could not be measured: it stays in the results, with the reason."""

    pack: str
    title: str
    recipe: str
    size: Size
    threads: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How it was measured."""

    runs: int
    """Samples of each series: the paper's "tests"."""
    warmups: int
    """Runs before them, kept apart."""
    photo: str
    """Name of the photograph."""
    photo_size: Size
    isolated: bool
    """Every model in a fresh process of its own."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """One benchmark on one machine."""

    schema_version: int = SCHEMA_VERSION
    created: str
    """Date and time in UTC, ISO 8601."""
    version: str
    """edgestyle's own."""
    settings: Settings
    environment: Environment
    before: Condition
    after: Condition
    measurements: tuple[Measurement, ...]
    failures: tuple[Failure, ...] = ()
    interrupted: bool = False
    """Stopped by the user: some models are missing."""

    @property
    def by_pack(self) -> tuple[tuple[Measurement, ...], ...]:
        """The measurements of each pack, in the order they were taken."""
        packs: dict[str, list[Measurement]] = {}
        for measurement in self.measurements:
            packs.setdefault(measurement.pack_sha256, []).append(measurement)
        return tuple(map(tuple, packs.values()))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that casts doubt on the figures, a sentence each; the gravest first."""
        found = [
            f"{m.title}, {m.setting}: the picture is wrong. {m.check.reason}"
            for m in self.measurements
            if m.check.verdict is Verdict.WRONG
        ]
        found += [f"{f.title}, {f.recipe}: not measured. {f.reason}" for f in self.failures]
        if self.interrupted:
            found.append("The benchmark was interrupted: not everything was measured.")
        found += condition_warnings(self.environment, self.before, self.after)
        if (unsteady := self._unsteady()) is not None:
            found.append(unsteady)
        found += [
            f"{m.title}, {m.setting}: {m.runtime}, which took "
            f"{m.accelerated_share:.0%} of the operators; the others run several times slower "
            f"than they could."
            for m in self.measurements
            if m.backend == "litert" and m.accelerated_share < MOSTLY_ACCELERATED
        ]
        return tuple(found)

    def _unsteady(self) -> str | None:
        spreads = [
            (series.variation, f"{m.title}, {m.setting}, {name}")
            for m in self.measurements
            for name, series in (("model", m.model), ("end to end", m.end_to_end))
        ]
        count = sum(spread > UNSTABLE_CV for spread, _ in spreads)
        if not count:
            return None
        worst, where = max(spreads)
        return (
            f"{count} of {len(spreads)} series are unsteady: they vary by more than "
            f"{UNSTABLE_CV:.0%} (standard deviation over mean), the worst by {worst:.0%} "
            f"({where}). Close other programs, or take more runs, and measure again."
        )

    def adding(self, outcome: Measurement | Failure, *, after: Condition) -> Results:
        """These results with one outcome more, and the machine's state after it."""
        if isinstance(outcome, Failure):
            return replace(self, after=after, failures=(*self.failures, outcome))
        return replace(self, after=after, measurements=(*self.measurements, outcome))


def threads_text(count: int) -> str:
    """A number of threads for people: '1 thread', '4 threads'."""
    return f"{count} thread{'' if count == 1 else 's'}"


def write_results(path: Path, results: Results) -> None:
    """Write results as JSON, beside and renamed.

    Raises:
        StorageError: the file cannot be written.
    """
    values = json.loads(strict_json.to_json(results))
    text = json.dumps({**values, "sha256": _digest(values)}, indent=2, ensure_ascii=False)
    write_text(path, text + "\n")


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote.

    Raises:
        ResultsError: missing; not a results file; made by a newer edgestyle; an unknown or missing
            key; a value of another type; changed after it was written.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror or error}") from error
    values = strict_json.load(text, where=str(path), error=ResultsError)
    strict_json.check_schema_version(
        values, SCHEMA_VERSION, what="results", where=str(path), error=ResultsError
    )
    digest = values.pop("sha256", None)
    results = strict_json.build(Results, values, where=str(path), error=ResultsError)
    if digest != _digest(values):
        raise ResultsError(
            f"{path}: the file was changed after it was written (its sha256 does not fit); "
            f"figures that were edited by hand are not read"
        )
    return results


def _digest(values: dict[str, Any]) -> str:
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
