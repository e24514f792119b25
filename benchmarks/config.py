"""What can be chosen about a benchmark. Imports neither numpy nor an inference library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from benchmarks.timing import check_counts
from edge_app.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class BenchConfig:
    """What to measure and how."""

    packs: Positional[tuple[str, ...]]
    """Style packs: names of installed ones, or paths."""
    runs: int = 5
    """Timed runs of each model; the paper's Table II has five tests a style."""
    warmups: int = 2
    """Runs before them, kept apart."""
    threads: tuple[int, ...] = (1,)
    """Numbers of threads; one by one."""
    sizes: tuple[int, ...] = ()
    """Longest sides in pixels; every fixed size that a pack holds if none is given."""
    recipes: tuple[str, ...] = ()
    """Quantization recipes; every one that a pack holds and that can be run if none is given."""
    photo: Path | None = None
    """Photograph to stylize; a drawn landscape of 768x1024 if none is given."""
    json: Path | None = None
    """Write the results here, again after every model, so that an interruption loses nothing."""
    report: Path | None = None
    """Write an HTML report here."""
    isolate: bool = True
    """Measure every model in a fresh process. Without it peak memory is not known, and one crash
    ends all."""
    timeout_s: float = 600.0
    """Give one model up after so many seconds."""

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        check_counts(self.runs, self.warmups)
        if not self.packs:
            raise ConfigError("packs: expected at least one style pack, got none")
        for name in ("threads", "sizes"):
            if any(value < 1 for value in getattr(self, name)):
                raise ConfigError(f"{name}: expected 1 or more, got {getattr(self, name)}")
        if not self.threads:
            raise ConfigError("threads: expected at least one number, got none")
        if not self.timeout_s > 0:
            raise ConfigError(f"timeout_s: expected more than 0, got {self.timeout_s}")
