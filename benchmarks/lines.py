"""One view of everything in a results file: a line for each series that can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.reported import Scope
from benchmarks.results import Failure, Results, Verdict, ran_text
from benchmarks.timing import Series

Setting = tuple[str, tuple[int, int], int, str, str, Scope]


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
    asked: str
    """The accelerator that was asked for; what ran is in `runtime`."""
    runtime: str
    """What ran it, for people."""
    scope: Scope
    series: Series
    processes: int
    is_wrong: bool
    """The picture was found to be another one."""

    @property
    def setting(self) -> Setting:
        """What two packs' lines must have in common to be compared."""
        return (self.recipe, self.size, self.threads, self.backend, self.asked, self.scope)

    @property
    def key(self) -> tuple[str, Setting]:
        """What two files' lines must have in common to be compared."""
        return (self.pack, self.setting)

    @property
    def text(self) -> str:
        """The line for people: "Starry Night, fp32 256x256, 1 thread, model"."""
        height, width = self.size
        ran = ran_text(self)
        return f"{self.title}, {self.recipe} {height}x{width}, {ran}, {self.scope}"

    def is_of(self, failure: Failure) -> bool:
        """Whether it is the model that could not be measured."""
        mine = (self.pack, self.recipe, self.size, self.threads, self.asked)
        its = (failure.pack, failure.recipe, failure.size, failure.threads, failure.asked)
        return mine == its


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
            runtime=r.runtime,
            scope=r.scope,
            series=r.times,
            processes=r.processes,
            is_wrong=False,
        )
        for r in results.reported
    ]
    return (*measured, *reported)
