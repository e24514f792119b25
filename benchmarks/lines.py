"""One view of everything in a results file: a line for each series that can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.reported import Scope
from benchmarks.results import Failure, Results, Verdict, ran_text
from benchmarks.timing import Series


@dataclass(frozen=True, kw_only=True)
class Line:
    """What was timed, and the samples."""

    pack: str
    """The style pack's id."""
    title: str
    pack_sha256: str
    recipe: str
    size: tuple[int, int]
    threads: int
    backend: str
    asked: str | None
    """The accelerator that was asked for; None where an old file does not tell."""
    accelerator: str
    """The one that ran."""
    runtime: str
    """What ran it, for people."""
    scope: Scope
    series: Series
    processes: int
    is_wrong: bool
    """The picture was found to be another one."""

    @property
    def text(self) -> str:
        """The line for people: "Starry Night, fp32 256x256, 1 thread, model"."""
        height, width = self.size
        ran = ran_text(self)
        return f"{self.title}, {self.recipe} {height}x{width}, {ran}, {self.scope}"

    def is_set_like(self, other: Line) -> bool:
        """Whether the lines of two packs can be compared: all that was chosen agrees.

        The accelerators that were asked for must agree; where one of the two is not known, those
        that ran.
        """
        if self.asked is None or other.asked is None:
            alike = self.accelerator == other.accelerator
        else:
            alike = self.asked == other.asked
        return alike and self._setting == other._setting

    def is_same_model(self, other: Line) -> bool:
        """Whether the lines of two files can be compared."""
        return self.pack == other.pack and self.is_set_like(other)

    def is_of(self, failure: Failure) -> bool:
        """Whether it is the model that could not be measured.

        Nothing ran what failed: where one of the two does not tell what was asked for, a failure is
        the line's unless it asked for another accelerator than the one that ran the line.
        """
        if self.asked is None:
            alike = failure.asked in {None, "auto", self.accelerator}
        else:
            alike = failure.asked in {None, self.asked}
        mine = (self.pack, self.recipe, self.size, self.threads)
        return alike and mine == (failure.pack, failure.recipe, failure.size, failure.threads)

    @property
    def _setting(self) -> tuple[object, ...]:
        return (self.recipe, self.size, self.threads, self.backend, self.scope)


def lines(results: Results) -> tuple[Line, ...]:
    """Every line of a results file, in its order."""
    measured = [
        Line(
            pack=m.pack,
            title=m.title,
            pack_sha256=m.pack_sha256,
            recipe=m.recipe,
            size=m.size,
            threads=m.threads,
            backend=m.backend,
            asked=m.asked,
            accelerator=m.accelerator,
            runtime=m.runtime,
            scope=scope,
            series=series,
            processes=m.processes,
            is_wrong=m.check.verdict is Verdict.WRONG,
        )
        for m in results.measurements
        for scope, series in ((Scope.MODEL, m.model), (Scope.END_TO_END, m.end_to_end))
    ]
    reported = [
        Line(
            pack=r.pack,
            title=r.title,
            pack_sha256=r.pack_sha256,
            recipe=r.recipe,
            size=r.size,
            threads=r.threads,
            backend=r.backend,
            asked=r.asked,
            accelerator=r.accelerator,
            runtime=r.runtime,
            scope=r.scope,
            series=r.times,
            processes=r.processes,
            is_wrong=False,
        )
        for r in results.reported
    ]
    return (*measured, *reported)
