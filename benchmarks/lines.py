"""One view of everything in a results file: a line for each series that can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.reported import Scope
from benchmarks.results import Failure, Results, Verdict, ran_text
from benchmarks.timing import Series
from edge_app.core.digest import sha256
from edge_app.core.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Line:
    """What was timed, and the samples."""

    pack: str
    """The style pack's id."""
    title: str
    pack_sha256: str
    network: str | None
    """Preset of the network; None where a device told of the pack and nobody knows it."""
    model_path: str
    """Inside the pack."""
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
    by: str
    """The other program that told it; empty where it was measured here."""
    file_bytes: int | None
    """Of the model's file."""
    peak_bytes: int | None
    """Most memory: of what was measured here over a bare Python, of what another program told all
    that it had."""

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
    def run(self) -> tuple[object, ...]:
        """What the lines of one model, run in one way, agree in: all but the scope."""
        model = (self.pack_sha256, self.model_path, self.recipe, self.size)
        return (*model, self.threads, self.asked, self.runtime, self.by)

    @property
    def _setting(self) -> tuple[object, ...]:
        return (self.recipe, self.size, self.threads, self.backend, self.scope)


def lines(results: Results, manifests: Sequence[Manifest] = ()) -> tuple[Line, ...]:
    """Every line of a results file, in its order.

    Args:
        results: the file.
        manifests: of packs that were measured: of what a device told they know the network.
    """
    networks = _networks(results, manifests)
    measured = [
        Line(
            pack=m.pack,
            title=m.title,
            pack_sha256=m.pack_sha256,
            network=m.network,
            model_path=m.model_path,
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
            by="",
            file_bytes=m.file_bytes,
            peak_bytes=None if m.memory is None else m.memory.over_bare,
        )
        for m in results.measurements
        for scope, series in ((Scope.MODEL, m.model), (Scope.END_TO_END, m.end_to_end))
    ]
    reported = [
        Line(
            pack=r.pack,
            title=r.title,
            pack_sha256=r.pack_sha256,
            network=networks.get(r.pack_sha256),
            model_path=r.model_path,
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
            by=r.by,
            file_bytes=None,
            peak_bytes=r.peak_bytes,
        )
        for r in results.reported
    ]
    return (*measured, *reported)


def by_run(found: Iterable[Line]) -> tuple[tuple[Line, ...], ...]:
    """The lines of each model as it was run: they differ in the scope alone."""
    runs: dict[tuple[object, ...], list[Line]] = {}
    for line in found:
        runs.setdefault(line.run, []).append(line)
    return tuple(map(tuple, runs.values()))


def pack_names(results: Results) -> dict[str, str]:
    """A pack's hash -> its title, with the hash's beginning where several packs have that title."""
    titles = {line.pack_sha256: line.title for line in lines(results)}
    shared = [*titles.values()]
    return {
        pack: f"{title} ({pack[:8]})" if shared.count(title) > 1 else title
        for pack, title in titles.items()
    }


def _networks(results: Results, manifests: Iterable[Manifest]) -> dict[str, str]:
    """A pack's hash -> its network, as far as it is known."""
    # A pack's hash is that of its manifest's text, which `write_pack` writes in this form.
    told = {sha256(each.to_json().encode("utf-8")).hexdigest(): each.network for each in manifests}
    return told | {m.pack_sha256: m.network for m in results.measurements}
