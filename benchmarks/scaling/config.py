"""What can be chosen about measuring how things grow. Imports no inference library."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from benchmarks.config import BenchConfig
from edge_app.core.backends import BackendName
from edge_app.core.errors import ConfigError

THREADS = (1, 2, 4)
"""Measured where nothing else is said, as far as there are cores: of more threads than cores some
only wait for the others."""


@dataclass(frozen=True, kw_only=True)
class ScaleConfig:
    """What to measure at which sizes, with how many threads."""

    subjects: Positional[tuple[str, ...]]
    """Style packs, or run folders, of which packs of every size are made first; that takes
    minutes."""
    sizes: tuple[int, ...] = (128, 256, 512, 1024, 2048)
    """Longest sides in pixels. What a pack does not hold is left out, and told; its ONNX model
    draws at any size."""
    threads: tuple[int, ...] = ()
    """Numbers of threads; 1, 2 and 4, as far as there are cores, if none is given."""
    recipes: tuple[str, ...] = ("fp32", "int8-conv")
    """Quantization recipes."""
    runs: int = 5
    """Timed runs of each model."""
    warmups: int = 2
    """Runs before them, kept apart."""
    runtime: BackendName = "auto"
    """The library that runs them; where it is not said, TFLite models by LiteRT and the others by
    ONNX Runtime."""
    photo: Path | None = None
    """Photograph to stylize; a drawn square landscape if none is given."""
    photos: Path | None = None
    """For run folders: photographs to calibrate and compare on; those of the training if not
    given."""
    packs: Path | None = None
    """For run folders: keep the packs in this folder, and use those that are there already."""
    profile: bool = False
    """Time every operator too; LiteRT only."""
    json: Path | None = None
    """Write the results here, again after every model."""
    overwrite: bool = False
    """Replace results that lie there already."""
    report: Path | None = None
    """Write an HTML report here."""
    markdown: Path | None = None
    """Write the tables here."""
    timeout_s: float = 1800.0
    """Give one model up after so many seconds."""

    def __post_init__(self) -> None:
        """Refuse what cannot be measured; see BenchConfig."""
        if not self.subjects:
            raise ConfigError("subjects: expected a style pack or a run folder, got none")
        for name in ("sizes", "recipes"):
            if not getattr(self, name):
                raise ConfigError(f"{name}: expected at least one, got none")
        self.benchmark(self.subjects)

    def benchmark(self, packs: tuple[str, ...], photo: Path | None = None) -> BenchConfig:
        """The benchmark of these packs, on this photograph where none was chosen."""
        return BenchConfig(
            packs=packs,
            sizes=self.sizes,
            threads=self.threads or tuple(n for n in THREADS if n <= max(1, usable_cores())),
            recipes=self.recipes,
            runs=self.runs,
            warmups=self.warmups,
            runtime=self.runtime,
            photo=self.photo or photo,
            profile=self.profile,
            roofline=True,
            json=self.json,
            overwrite=self.overwrite,
            report=self.report,
            markdown=self.markdown,
            timeout_s=self.timeout_s,
        )


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
