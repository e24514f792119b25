"""What can be chosen about a benchmark. Imports neither numpy nor an inference library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from benchmarks.outputs import check_apart
from benchmarks.timing import check_counts
from edge_app.core.backends import BackendName
from edge_app.core.errors import ConfigError

ROUNDS = 6
"""Processes of each pack when two take turns: with so many a difference can be told among 23 lines
(`fewest_processes` in benchmarks/ratio.py)."""


@dataclass(frozen=True, kw_only=True)
class BenchConfig:
    """What to measure and how."""

    packs: Positional[tuple[str, ...]]
    """Style packs: names of installed ones, or paths."""
    runs: int = 5
    """Timed runs of each model; the paper's Table II has five tests a style."""
    warmups: int = 2
    """Runs before them, kept apart."""
    processes: int = 1
    """Fresh processes for each model, each with its own warm-ups and runs: --warmups 10 --runs 50
    --processes 6 is a careful setting; four are the fewest that `bench compare` trusts."""
    interleave: bool = False
    """Measure two packs in turns, process by process, and say how they compare; 6 processes each
    if --processes does not say."""
    threads: tuple[int, ...] = (1,)
    """Numbers of threads; one by one."""
    sizes: tuple[int, ...] = ()
    """Longest sides in pixels; every fixed size that a pack holds if none is given."""
    recipes: tuple[str, ...] = ()
    """Quantization recipes; every one that a pack holds and that can be run if none is given."""
    runtime: BackendName = "auto"
    """The library that runs them; the best of those installed here if not given. The pictures are
    checked by another one where there is one."""
    accelerators: tuple[str, ...] = ("auto",)
    """auto, none, or ones that must be used: xnnpack, gpu, npu; one by one. Which there are depends
    on the runtime."""
    profile: bool = False
    """Time every operator of the model too, in a further process; LiteRT only."""
    roofline: bool = False
    """Measure first what this machine reaches at best, in arithmetic and in memory bandwidth, to
    say how close each model comes."""
    photo: Path | None = None
    """Photograph to stylize; a drawn landscape of 768x1024 if none is given."""
    json: Path | None = None
    """Write the results here, again after every model, so that an interruption loses nothing."""
    overwrite: bool = False
    """Replace results that lie there already."""
    report: Path | None = None
    """Write an HTML report here."""
    markdown: Path | None = None
    """Write the report's tables as Markdown here."""
    quality: tuple[Path, ...] = ()
    """Files of `edgestyle evaluate --json` to show in the reports, beside the latency."""
    isolate: bool = True
    """Measure every model in a fresh process. Without it peak memory is not known, and one crash
    ends all."""
    timeout_s: float = 600.0
    """Give one model up after so many seconds."""
    on: str = "here"
    """here; adb or adb:SERIAL for an Android phone; ssh:USER@HOST for a Raspberry Pi or another
    computer that has edgestyle."""
    benchmark_model: Path | None = None
    """For a phone: LiteRT's program of this name, built for its processor. Without it the app's own
    benchmark is waited for."""
    remote: str = "edgestyle"
    """For ssh: the command there, ~/edgestyle/bin/edgestyle say."""
    ssh_config: Path | None = None
    """For ssh: a configuration file instead of ~/.ssh/config."""

    @property
    def rounds(self) -> int:
        """Processes for each model, once what was not said is decided."""
        return ROUNDS if self.interleave and self.processes == 1 else self.processes

    def __post_init__(self) -> None:
        """Refuse what cannot be measured."""
        check_counts(self.runs, self.warmups)
        check_apart(json=self.json, report=self.report, markdown=self.markdown)
        if not self.packs:
            raise ConfigError("packs: expected at least one style pack, got none")
        for name in ("threads", "sizes"):
            if any(value < 1 for value in getattr(self, name)):
                raise ConfigError(f"{name}: expected 1 or more, got {getattr(self, name)}")
        for name in ("threads", "accelerators"):
            if not getattr(self, name):
                raise ConfigError(f"{name}: expected at least one, got none")
        if self.quality and self.report is None and self.markdown is None:
            raise ConfigError("quality: is shown in a report; give --report or --markdown too")
        if self.processes < 1:
            raise ConfigError(f"processes: expected 1 or more, got {self.processes}")
        if self.processes > 1 and not self.isolate:
            raise ConfigError("processes: several of them contradict --no-isolate")
        if self.interleave and len(self.packs) != 2:
            raise ConfigError(f"interleave: expected two packs, got {len(self.packs)}")
        if self.interleave and not self.isolate:
            raise ConfigError("interleave: taking turns needs processes, not --no-isolate")
        if self.on.startswith("adb") and (self.profile or self.roofline):
            raise ConfigError("profile and roofline: are measured here and over ssh, not over adb")
        if not self.timeout_s > 0:
            raise ConfigError(f"timeout_s: expected more than 0, got {self.timeout_s}")
