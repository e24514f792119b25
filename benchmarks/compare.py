"""Two results of one machine side by side: what became slower, beyond chance and by how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.lines import Line, lines
from benchmarks.machines import machine_changes, software_changes
from benchmarks.ratio import Ratio, ratio
from benchmarks.reported import Scope
from benchmarks.results import Results
from edge_app.core.errors import ConfigError, ResultsError

TOLERANCE = 0.05
"""Slower by less is no regression even where it is beyond chance: another build of the same code
lies that far off by where the linker put it."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One line of both."""

    first: Line
    second: Line
    ratio: Ratio

    def is_regression(self, tolerance: float) -> bool:
        """Whether the second is slower beyond chance and tolerance, or its picture wrong now."""
        broke = self.second.is_wrong and not self.first.is_wrong
        return broke or (self.ratio.is_slower and self.ratio.value > 1 + tolerance)

    def verdict(self, tolerance: float) -> str:
        """In a word or two, for people."""
        if self.second.is_wrong:
            return "wrong picture"
        if self.is_regression(tolerance):
            return "slower"
        if self.ratio.low is None:
            return "cannot tell"
        if self.ratio.is_faster and self.ratio.value < 1 / (1 + tolerance):
            return "faster"
        return "same" if not (self.ratio.is_slower or self.ratio.is_faster) else "nearly the same"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything that both have, and what one of them lacks."""

    pairs: tuple[Pair, ...]
    broken: tuple[str, ...]
    """Models that the first measured and the second could not, with the reason."""
    notes: tuple[str, ...]
    """What else a reader should know, a sentence each."""
    tolerance: float

    @property
    def regressions(self) -> tuple[Pair, ...]:
        """What became slower, or wrong."""
        return tuple(pair for pair in self.pairs if pair.is_regression(self.tolerance))

    @property
    def has_regressed(self) -> bool:
        """Whether anything became slower, wrong, or cannot be measured any more."""
        return bool(self.regressions or self.broken)


def compare(first: Results, second: Results, *, tolerance: float = TOLERANCE) -> Comparison:
    """Compare a later results file with an earlier one.

    Lines are of one model if style, recipe, size, threads, library and what is timed agree; the
    pack's bytes may differ, which is noted.

    Args:
        first: the base.
        second: what may have become slower.
        tolerance: how much slower, as a share, is not yet a regression.

    Raises:
        ResultsError: of different machines; nothing in common; a model that is in one file twice.
        ConfigError: a tolerance below 0.
    """
    _check_tolerance(tolerance)
    check_one_machine(first, second, what="compared")
    notes = [
        f"Changed between them: {change}."
        for change in software_changes(first.environment, second.environment)
    ]
    if first.version != second.version:
        notes.append(f"Changed between them: edgestyle: {first.version}, then {second.version}.")
    old, new = _by_key(first), _by_key(second)
    if _photo(first) != _photo(second):
        notes.append(
            f"The photographs differ ({_photo(first)}, then {_photo(second)}), so the times from "
            f"file to picture are not compared."
        )
        old, new = _models_only(old), _models_only(new)
    pairs = [_pair(old[key], new[key]) for key in old if key in new]
    if not pairs:
        raise ResultsError(
            f"the two results have no model in common: {_listed(old.values())} in the first, "
            f"{_listed(new.values())} in the second"
        )
    broken, missing = [], []
    for line in (line for key, line in old.items() if key not in new):
        reasons = [failure.reason for failure in second.failures if line.is_of(failure)]
        if not reasons:
            missing.append(line)
        elif line.scope is not Scope.END_TO_END:  # a model is one model, not two series
            broken.append(f"{line.text}: {reasons[0]}")
    added = [line for key, line in new.items() if key not in old]
    for name, only in (("first", missing), ("second", added)):
        if only:
            notes.append(f"Only in the {name}: {_listed(only)}.")
    notes += _pair_notes(pairs)
    notes += _doubts(first, second)
    return Comparison(
        pairs=tuple(pairs), broken=tuple(broken), notes=tuple(notes), tolerance=tolerance
    )


def compare_packs(results: Results, *, tolerance: float = TOLERANCE) -> Comparison:
    """Compare the two packs of one benchmark: the second over the first.

    Raises:
        ResultsError: not two packs, or nothing in common.
        ConfigError: a tolerance below 0.
    """
    _check_tolerance(tolerance)
    found = lines(results)
    packs = list(dict.fromkeys(line.pack_sha256 for line in found))
    if len(packs) != 2:
        raise ResultsError(f"expected results of two packs to compare, got {len(packs)}")
    sides = [[line for line in found if line.pack_sha256 == pack] for pack in packs]
    others = {line.setting: line for line in sides[1]}
    pairs = [_pair(line, others[line.setting]) for line in sides[0] if line.setting in others]
    if not pairs:
        raise ResultsError("the two packs have no recipe, size and number of threads in common")
    return Comparison(
        pairs=tuple(pairs), broken=(), notes=tuple(_interval_notes(pairs)), tolerance=tolerance
    )


def check_one_machine(first: Results, second: Results, *, what: str) -> None:
    """Raise ResultsError if the results are of different machines."""
    if changes := machine_changes(first.environment, second.environment):
        raise ResultsError(
            f"results of different machines are never {what}: {'; '.join(changes)}. Measure both "
            f"on one machine."
        )


def _pair(first: Line, second: Line) -> Pair:
    found = ratio(
        first.series.samples_ms,
        second.series.samples_ms,
        first_processes=first.processes,
        second_processes=second.processes,
    )
    return Pair(first=first, second=second, ratio=found)


def _by_key(results: Results) -> dict[object, Line]:
    found: dict[object, Line] = {}
    for line in lines(results):
        if line.key in found:
            raise ResultsError(
                f"{line.text} is in the results of {results.created} twice, with "
                f"{found[line.key].runtime} and {line.runtime}: it is not clear which to compare"
            )
        found[line.key] = line
    return found


def _models_only(found: dict[object, Line]) -> dict[object, Line]:
    return {key: line for key, line in found.items() if line.scope is Scope.MODEL}


def _pair_notes(pairs: Iterable[Pair]) -> list[str]:
    notes = [
        f"{pair.first.text}: {pair.first.runtime}, then {pair.second.runtime}."
        for pair in pairs
        if pair.first.runtime != pair.second.runtime
    ]
    changed = {p.first.title for p in pairs if p.first.pack_sha256 != p.second.pack_sha256}
    if changed:
        notes.append(f"The packs themselves differ: {', '.join(sorted(changed))}.")
    return [*notes, *_interval_notes(pairs)]


def _interval_notes(pairs: Iterable[Pair]) -> list[str]:
    notes = []
    if any(pair.ratio.low is None for pair in pairs):
        notes.append(
            "Where there is no interval the samples are too few: four runs on each side are needed."
        )
    if any(pair.ratio.units == "runs" for pair in pairs):
        notes.append(
            "Intervals are from the runs of too few processes to know how processes differ, so they"
            " are narrower than they should be; --processes 5 or --interleave does better."
        )
    unsteady = sorted(
        {
            line.text
            for pair in pairs
            for line in (pair.first, pair.second)
            if not line.series.is_steady
        }
    )
    if unsteady:
        notes.append(f"Unsteady: {'; '.join(unsteady)}.")
    return notes


def _doubts(first: Results, second: Results) -> list[str]:
    return [
        f"The {name} was interrupted."
        for name, results in (("first", first), ("second", second))
        if results.interrupted
    ]


def _photo(results: Results) -> str:
    height, width = results.settings.photo_size
    return f"{results.settings.photo}, {height}x{width}"


def _listed(found: Iterable[Line]) -> str:
    texts = list(dict.fromkeys(line.text for line in found))
    shown = "; ".join(texts[:6]) or "none"
    return shown if len(texts) <= 6 else f"{shown} and {len(texts) - 6} more"


def _check_tolerance(tolerance: float) -> None:
    if not 0 <= tolerance < 10:
        raise ConfigError(f"tolerance: expected a share like 0.05, got {tolerance}")
