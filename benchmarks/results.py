"""What a benchmark measured: raw samples and the machine's facts.

Only raw figures are stored; every mean, percentile and warning is derived from them on reading,
so that no figure can contradict another. benchmarks/results_file.py reads and writes the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from benchmarks.arithmetic import Work
from benchmarks.ceiling import Ceiling
from benchmarks.environment import Condition, Environment, condition_warnings
from benchmarks.interference import Interference, interference_warning
from benchmarks.journal import Taken
from benchmarks.profiling.operators import Profile
from benchmarks.reported import Reported, Scope, runtime_text
from benchmarks.timing import TESTS, UNSTABLE_CV, Series, Times
from edge_app.core.size import Size

SCHEMA_VERSION = 5
"""Grows with every change of the file that an older edgestyle could not read. Version 1 lacks
`processes`, `interleaved`, `energy_j`, `throttle_count` and `reported`; version 2 lacks `work`,
`profile`, `unprofiled` and `ceilings`; version 3 lacks `asked`, `interference`, `end_to_end_db`,
`taken`, `battery` and `further` of a whole file; version 4 lacks `runs` of what was reported. All
can still be read."""

OLDEST_VERSION = 1

MOSTLY_ACCELERATED = 0.8
"""Share of LiteRT's operators that XNNPACK should take at least; the rest runs on kernels that are
4 to 20 times slower."""


class Verdict(StrEnum):
    """Whether a model drew the picture that it should have drawn."""

    AGREES = "agrees"
    """Its picture is as close to the reference's as its pack promises."""
    REFERENCE = "reference"
    """It is the reference itself: only checked to draw a picture at all. In files of versions 1 to
    3; now that is `UNCHECKED`."""
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
    end_to_end_db: float | None = None
    """PSNR of the picture at the end of the whole path, in 8 bits, to what should come of the
    reference's; None where nothing was compared."""
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
class Start:
    """How one more process began; see `Times`."""

    cold_load_ms: float
    load_ms: float
    first_run_ms: float
    interference: Interference | None = None
    """What disturbed it; None where it was not watched."""


@dataclass(frozen=True, kw_only=True)
class Measurement(Times):
    """One model file on one runtime.

    Of several processes the series hold the samples of all, in the order they were taken; the
    loads and the first run are the first process's, those of the others stand in `further`.
    """

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
    asked: str | None = None
    """The accelerator that was asked for; None in files of versions 1 to 3, which do not tell."""
    accelerated_share: float
    """How much of the model's operators the accelerator took, 0 to 1."""
    memory: Memory | None
    """None where the system does not tell, or the model shared its process."""
    check: Check
    energy_j: float | None = None
    """What the processor spent over all warm-ups and samples of `model`, its idle share and other
    programs included; None where there is no counter (benchmarks/energy.py)."""
    work: Work | None = None
    """What a run computes and moves; None where it could not be counted."""
    profile: Profile | None = None
    """Its operators; None where nobody asked, or see `unprofiled`."""
    unprofiled: str = ""
    """Why there is no profile although one was asked for."""
    interference: Interference | None = None
    """What disturbed the first process; None where it was not watched."""
    further: tuple[Start, ...] = ()
    """How the second process and those after it began."""

    @property
    def processes(self) -> int:
        """Fresh processes that the samples come from, equally many from each."""
        return 1 + len(self.further)

    @property
    def interferences(self) -> tuple[Interference | None, ...]:
        """What disturbed each of them, in their order."""
        return (self.interference, *(start.interference for start in self.further))

    @property
    def energy_mj(self) -> float | None:
        """Millijoules a run of the model; None where there is no counter."""
        runs = len(self.model.samples_ms) + len(self.model.warmups_ms)
        return None if self.energy_j is None else 1000 * self.energy_j / runs

    @property
    def runtime(self) -> str:
        """What ran it, for people: "LiteRT 2.3.0 with XNNPACK"."""
        return runtime_text(self.backend, self.backend_version, self.accelerator)

    @property
    def setting(self) -> str:
        """What tells it from the other measurements of its pack."""
        return setting_text(self)

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

    def is_same_model(self, other: Measurement) -> bool:
        """Whether both are of the same file, run the same way."""
        return self._line == other._line

    def pooled_with(self, later: Measurement) -> Measurement:
        """Both as one: what a further process measured, after these."""
        memories = [m.memory for m in (self, later)]
        wrong = later.check.verdict is Verdict.WRONG
        return replace(
            self,
            decode=self.decode.followed_by(later.decode),
            model=self.model.followed_by(later.model),
            end_to_end=self.end_to_end.followed_by(later.end_to_end),
            memory=max((m for m in memories if m is not None), key=lambda m: m.peak, default=None),
            check=later.check if wrong else self.check,
            energy_j=None
            if self.energy_j is None or later.energy_j is None
            else self.energy_j + later.energy_j,
            further=(*self.further, _start(later), *later.further),
        )

    @property
    def _line(self) -> tuple[object, ...]:
        run_by = (self.backend, self.backend_version, self.threads, self.accelerator, self.asked)
        return (self.pack_sha256, self.model_path, self.size, *run_by)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A model that could not be measured: it stays in the results, with the reason."""

    pack: str
    title: str
    recipe: str
    size: Size
    threads: int
    asked: str | None = None
    """As in `Measurement`."""
    reason: str
    taken: tuple[Taken, ...] = ()
    """The samples that had been taken by then."""

    @property
    def setting(self) -> str:
        """What tells it from the other failures of its pack."""
        return setting_text(self)

    @property
    def text(self) -> str:
        """In a sentence or two: the reason, and what is there all the same."""
        if not self.taken:
            return self.reason
        held = ", ".join(
            f"{len(each.times.samples_ms)} of {each.series} (median {each.times.median_ms:.1f} ms)"
            for each in self.taken
        )
        return f"{self.reason} Samples taken by then: {held}."


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How it was measured."""

    runs: int
    """Samples of each series in one process: the paper's "tests"."""
    warmups: int
    """Runs before them, kept apart."""
    photo: str
    """Name of the photograph."""
    photo_size: Size
    isolated: bool
    """Every model in a fresh process of its own."""
    processes: int = 1
    """How many of them for each model."""
    interleaved: bool = False
    """Two packs in turns, process by process."""


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """One stretch of measuring without a pause, and the machine's state around it."""

    created: str
    """Date and time in UTC, ISO 8601."""
    before: Condition
    after: Condition


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
    reported: tuple[Reported, ...] = ()
    """What other programs measured on the device."""
    ceilings: tuple[Ceiling, ...] = ()
    """The best that the machine reached with each number of threads, where that was asked for."""
    further: tuple[Sitting, ...] = ()
    """Those of the results that were merged into these, in the order of time; `created`, `before`
    and `after` are the first one's."""

    @property
    def sittings(self) -> tuple[Sitting, ...]:
        """Every stretch of measuring, the earliest first."""
        first = Sitting(created=self.created, before=self.before, after=self.after)
        return (first, *self.further)

    @property
    def by_pack(self) -> tuple[tuple[Measurement, ...], ...]:
        """The measurements of each pack, in the order they were taken."""
        packs: dict[str, list[Measurement]] = {}
        for measurement in self.measurements:
            packs.setdefault(measurement.pack_sha256, []).append(measurement)
        return tuple(map(tuple, packs.values()))

    def tellers(self, scope: Scope | None = None) -> str:
        """Whose times these are besides ours: "the app 0.1.0 and benchmark_model"; or ''.

        Args:
            scope: only of these times.
        """
        told = (r.by for r in self.reported if scope is None or r.scope is scope)
        return " and ".join(dict.fromkeys(told))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that casts doubt on the figures, a sentence each; the gravest first."""
        found = [
            f"{m.title}, {m.setting}: the picture is wrong. {m.check.reason}"
            for m in self.measurements
            if m.check.verdict is Verdict.WRONG
        ]
        found += [f"{f.title}, {f.setting}: not measured. {f.text}" for f in self.failures]
        if self.interrupted:
            found.append("The benchmark was interrupted: not everything was measured.")
        found += self.state_warnings
        if (unchecked := self._unchecked()) is not None:
            found.append(unchecked)
        if (few := self._few()) is not None:
            found.append(few)
        if (unsteady := self._unsteady()) is not None:
            found.append(unsteady)
        if self.reported:
            found.append(
                f"{len(self.reported)} of the times {'was' if len(self.reported) == 1 else 'were'} "
                f"told by {self.tellers()}: nobody has compared those pictures with a reference."
            )
        found += [f"{r.title}, {r.recipe}: {r.note}" for r in self.reported if r.note]
        found += [
            f"{m.title}, {m.setting}: no profile by operator. {m.unprofiled}"
            for m in self.measurements
            if m.unprofiled
        ]
        found += [
            f"{m.title}, {m.setting}: {m.runtime}, which took "
            f"{m.accelerated_share:.0%} of the operators; the others run several times slower "
            f"than they could."
            for m in self.measurements
            if m.backend == "litert" and m.accelerated_share < MOSTLY_ACCELERATED
        ]
        return tuple(found)

    @property
    def state_warnings(self) -> tuple[str, ...]:
        """What about the machine's state casts doubt on the figures, a sentence each."""
        found = []
        for each in self.sittings:
            when = f"From {each.created} on: " if self.further else ""
            found += [
                when + warning
                for warning in condition_warnings(self.environment, each.before, each.after)
            ]
        watched = {
            f"{m.title}, {m.setting}, process {number}": interference
            for m in self.measurements
            for number, interference in enumerate(m.interferences, 1)
            if interference is not None
        }
        if (disturbed := interference_warning(watched)) is not None:
            found.append(disturbed)
        return tuple(found)

    def _unchecked(self) -> str | None:
        unproven = {Verdict.UNCHECKED, Verdict.REFERENCE}
        which = [m for m in self.measurements if m.check.verdict in unproven]
        if not which:
            return None
        return (
            f"The pictures of {len(which)} of {len(self.measurements)} models were compared with "
            f"nothing that could prove them wrong ({which[0].title}, {which[0].setting}: "
            f"{which[0].check.reason}) Another library would: pip install onnxruntime, and a pack "
            f"with an ONNX model."
        )

    def _few(self) -> str | None:
        counts = [len(m.model.samples_ms) for m in self.measurements]
        counts += [len(r.times.samples_ms) for r in self.reported]
        fewest = min(counts, default=TESTS)
        if fewest >= TESTS:
            return None
        runs = f"{fewest} run{'' if fewest == 1 else 's'}"
        spread = ", which has no spread: whether it is steady nobody can say" if fewest == 1 else ""
        return (
            f"Some of the times are of {runs} alone{spread}; the paper takes {TESTS} of a style. "
            f"Take more: --runs {TESTS}."
        )

    def _unsteady(self) -> str | None:
        spreads = [
            (series.variation, f"{m.title}, {m.setting}, {name}")
            for m in self.measurements
            for name, series in (("model", m.model), ("end to end", m.end_to_end))
        ]
        spreads += [
            (r.times.variation, f"{r.title}, {r.recipe}, {r.size[0]}x{r.size[1]}, {r.scope}")
            for r in self.reported
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
        """These results with one outcome more, and the machine's state after it.

        A measurement of a model that is there already is a further process's: it joins it.
        """
        if isinstance(outcome, Failure):
            return replace(self, after=after, failures=(*self.failures, outcome))
        rows = list(self.measurements)
        for i, row in enumerate(rows):
            if row.is_same_model(outcome):
                rows[i] = row.pooled_with(outcome)
                break
        else:
            rows.append(outcome)
        return replace(self, after=after, measurements=tuple(rows))


def threads_text(count: int) -> str:
    """A number of threads for people: '1 thread', '4 threads', 'threads untold'."""
    if count == 0:
        return "threads untold"
    return f"{count} thread{'' if count == 1 else 's'}"


class _Asked(Protocol):
    """What tells how a model was to be run."""

    @property
    def threads(self) -> int: ...
    @property
    def asked(self) -> str | None: ...


class _Set(_Asked, Protocol):
    """What tells which model was to be run as well."""

    @property
    def recipe(self) -> str: ...
    @property
    def size(self) -> Size: ...


def ran_text(model: _Asked) -> str:
    """How a model was to be run, for people: '4 threads', '1 thread, gpu asked for'."""
    asked = "" if model.asked in {"auto", None} else f", {model.asked} asked for"
    return threads_text(model.threads) + asked


def setting_text(model: _Set) -> str:
    """Which of a pack's models, and how it was to be run: 'fp32, 512x512, 1 thread'."""
    return f"{model.recipe}, {model.size[0]}x{model.size[1]}, {ran_text(model)}"


def _start(measurement: Measurement) -> Start:
    return Start(
        cold_load_ms=measurement.cold_load_ms,
        load_ms=measurement.load_ms,
        first_run_ms=measurement.first_run_ms,
        interference=measurement.interference,
    )
