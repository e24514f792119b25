"""What was found: figures only, in one file. Imports neither torch nor an inference library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.documents import read_document, write_sealed
from benchmarks.environment import Condition, Environment
from benchmarks.papers.config import Method
from benchmarks.quality.results import Evaluation
from benchmarks.results import Results
from benchmarks.timing import Series

SCHEMA_VERSION = 1
"""Grows with every change of the files that an older edgestyle could not read."""

RESULTS = "papers.json"
"""The file of all of it."""

IMAGE_TYPES = {"JPEG": ".jpg", "PNG": ".png"}
"""Name -> ending of the files that are decoded for the time table."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the methods were trained and judged."""

    photos: str
    """Name of the folder that was learnt from."""
    photo_count: int
    test_photos: str
    steps: int
    batch: int
    crop: int
    learning_rate: float
    cnn_learning_rate: float
    style_size: int
    teacher: str
    """Its name, or the names of its files."""
    naas_steps: int
    given: tuple[str, ...]
    """Methods of which at least one training was given, not made by this recipe."""


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How long a photograph's file takes to become a picture."""

    image_type: str
    """One of IMAGE_TYPES."""
    size: int
    """Side of the picture, in pixels."""
    times: Series


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """How long a method takes from picture to picture."""

    method: Method
    size: int
    times: Series
    steps: int
    """A picture takes so many times `times`: 1 for networks, the steps of NAAS, each timed."""

    @property
    def seconds(self) -> float:
        """Of one picture, the mean."""
        return self.steps * self.times.mean_ms / 1000


@dataclass(frozen=True, kw_only=True)
class Execution:
    """The times of the five methods."""

    schema_version: int = SCHEMA_VERSION
    threads: int
    runtime: str
    """What ran them: 'PyTorch 2.14.1 on cpu'."""
    environment: Environment
    before: Condition
    after: Condition
    decodings: tuple[Decoding, ...]
    drawings: tuple[Drawing, ...]

    def seconds(self, method: Method, size: int, image_type: str) -> float | None:
        """From file to picture; None where it was not timed."""
        drawn = [d.seconds for d in self.drawings if (d.method, d.size) == (method, size)]
        read = [d for d in self.decodings if (d.image_type, d.size) == (image_type, size)]
        return drawn[0] + read[0].times.mean_ms / 1000 if drawn and read else None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The five methods in the same styles."""

    recipe: Recipe
    seen: Evaluation
    """On photographs of the folder that was learnt from."""
    unseen: Evaluation
    """On others; the stages of the trainings too."""
    execution: Execution


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All of it."""

    schema_version: int = SCHEMA_VERSION
    created: str
    """Date and time in UTC, ISO 8601."""
    version: str
    """edgestyle's own."""
    latency: Results
    """Of the packs, for Table II."""
    comparison: Comparison | None = None
    """None where no painting was given."""


def staged(method: Method, share: int) -> str:
    """How an evaluation names a method as it was after `share` percent of its steps."""
    return method if share == 100 else f"{method} {share} %"


def write_findings(path: Path, findings: Findings) -> None:
    """Write as JSON with a checksum, beside and renamed; raises StorageError."""
    write_sealed(path, findings)


def read_findings(path: Path) -> Findings:
    """Read what `write_findings` wrote; raises ResultsError as `read_document`."""
    return read_document(Findings, path, SCHEMA_VERSION, what="papers", sealed=True)


def write_execution(path: Path, execution: Execution) -> None:
    """Likewise."""
    write_sealed(path, execution)


def read_execution(path: Path) -> Execution:
    """Likewise."""
    return read_document(Execution, path, SCHEMA_VERSION, what="times", sealed=True)
