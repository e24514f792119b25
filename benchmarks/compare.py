"""Two results of one machine side by side: what became slower, beyond chance and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from benchmarks.lines import Line, lines
from benchmarks.machines import machine_changes, software_changes
from benchmarks.ratio import TOO_NARROW, Ratio, beyond_chance, fewest_processes, ratio
from benchmarks.reported import Scope
from benchmarks.results import Results, Settings
from edge_app.core.errors import ConfigError, ResultsError

TOLERANCE = 0.05
"""Slower by less is no regression even where it is beyond chance: another build of the same code
lies that far off by where the linker put it."""

PHOTOGRAPH = ("photo", "photo_size")
"""Settings whose difference is told as a whole."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One line of both."""

    first: Line
    second: Line
    ratio: Ratio
    is_certain: bool
    """They differ beyond chance, all lines considered, between enough processes."""

    def is_regression(self, tolerance: float) -> bool:
        """Whether the second is certainly slower by more than that, or its picture wrong now."""
        broke = self.second.is_wrong and not self.first.is_wrong
        return broke or (
            self.is_certain and self.ratio.is_slower and self.ratio.value > 1 + tolerance
        )

    def verdict(self, tolerance: float) -> str:
        """In a word or two, for people."""
        if self.second.is_wrong:
            return "wrong picture"
        if self.ratio.low is None:
            return "cannot tell"
        if not (self.ratio.is_slower or self.ratio.is_faster):
            return "same"
        if 1 / (1 + tolerance) <= self.ratio.value <= 1 + tolerance:
            return "nearly the same"
        word = "slower" if self.ratio.is_slower else "faster"
        return word if self.is_certain else f"perhaps {word}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything that both have, and what one of them lacks."""

    pairs: tuple[Pair, ...]
    broken: tuple[str, ...]
    """Models that the first measured and the second could not, or did not come to, with the
    reason."""
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


def compare(
    first: Results, second: Results, *, tolerance: float = TOLERANCE, strict: bool = False
) -> Comparison:
    """Compare a later results file with an earlier one.

    Lines are of one model if style, recipe, size, threads, library, the accelerator that was asked
    for and what is timed agree; the pack's bytes may differ, which is noted. Where a file does not
    tell which accelerator was asked for, the one that ran is taken.

    Args:
        first: the base.
        second: what may have become slower.
        tolerance: how much slower, as a share, is not yet a regression.
        strict: trust the runs of too few processes (FEWEST_PROCESSES in benchmarks/ratio.py) as
            well: finds more, and raises false alarms.

    Raises:
        ResultsError: of different machines; nothing in common; a model that is in one file twice,
            or may be either of two.
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
    notes += _settings_changes(first.settings, second.settings)
    old, new = _distinct(first), _distinct(second)
    if _photo(first) != _photo(second):
        notes.append(
            f"The photographs differ ({_photo(first)}, then {_photo(second)}), so the times from "
            f"file to picture are not compared."
        )
        old, new = _models_only(old), _models_only(new)
    partners = [(line, _partner(line, new)) for line in old]
    added = [line for line in new if _partner(line, old) is None]
    pairs = _paired(
        [(line, partner) for line, partner in partners if partner is not None], strict=strict
    )
    if not pairs:
        raise ResultsError(
            f"the two results have no model in common: {_listed(old)} in the first, "
            f"{_listed(new)} in the second"
        )
    broken, missing = [], []
    for line, partner in partners:
        # It may have failed after some of its processes, whose samples are in the second.
        reasons = [failure.text for failure in second.failures if line.is_of(failure)]
        if partner is None and second.interrupted:
            reasons.append("The second was interrupted before it was measured.")
        if reasons and line.scope is not Scope.END_TO_END:  # a model is one model, not two series
            broken.append(f"{line.text}: {reasons[0]}")
        elif partner is None and not reasons:
            missing.append(line)
    for name, only in (("first", missing), ("second", added)):
        if only:
            notes.append(f"Only in the {name}: {_listed(only)}.")
    notes += _pair_notes(pairs, strict=strict)
    notes += _doubts(first, second)
    return Comparison(
        pairs=tuple(pairs), broken=tuple(broken), notes=tuple(notes), tolerance=tolerance
    )


def compare_packs(results: Results, *, tolerance: float = TOLERANCE) -> Comparison:
    """Compare the two packs of one benchmark: the second over the first.

    What other programs told is left out: it was never taken in turns.

    Raises:
        ResultsError: not two packs, or nothing in common.
        ConfigError: a tolerance below 0.
    """
    _check_tolerance(tolerance)
    found = [line for line in lines(results) if not line.by]
    packs = list(dict.fromkeys(line.pack_sha256 for line in found))
    if len(packs) != 2:
        raise ResultsError(f"expected results of two packs to compare, got {len(packs)}")
    sides = [[line for line in found if line.pack_sha256 == pack] for pack in packs]
    pairs = _paired([(a, b) for a in sides[0] for b in sides[1] if a.is_set_like(b)], strict=False)
    if not pairs:
        raise ResultsError("the two packs have no recipe, size and number of threads in common")
    return Comparison(
        pairs=tuple(pairs),
        broken=(),
        notes=tuple(_interval_notes(pairs, strict=False)),
        tolerance=tolerance,
    )


def compare_in_turns(results: Results) -> Comparison | None:
    """Compare the two packs that a benchmark measured in turns; None where it did not.

    Also None where they have nothing in common: what the one measured failed of the other.
    """
    if not results.settings.interleaved or len(results.by_pack) != 2:
        return None
    try:
        return compare_packs(results)
    except ResultsError:
        return None


def check_one_machine(first: Results, second: Results, *, what: str) -> None:
    """Raise ResultsError if the results are of different machines."""
    if changes := machine_changes(first.environment, second.environment):
        raise ResultsError(
            f"results of different machines are never {what}: {'; '.join(changes)}. Measure both "
            f"on one machine."
        )


def _paired(found: Sequence[tuple[Line, Line]], *, strict: bool) -> list[Pair]:
    """Both sides of every line, and which of them certainly differ."""
    ratios = [
        ratio(
            first.series.samples_ms,
            second.series.samples_ms,
            first_processes=first.processes,
            second_processes=second.processes,
        )
        for first, second in found
    ]
    together = beyond_chance([each.chance for each in ratios])
    return [
        Pair(
            first=first,
            second=second,
            ratio=each,
            is_certain=is_beyond and (strict or each.units == "processes"),
        )
        for (first, second), each, is_beyond in zip(found, ratios, together)
    ]


def _distinct(results: Results) -> list[Line]:
    """The lines of a file, none of them twice."""
    found: list[Line] = []
    for line in lines(results):
        if (twin := _partner(line, found)) is not None:
            raise ResultsError(
                f"{line.text} is in the results of {results.created} twice, with "
                f"{twin.runtime} and {line.runtime}: it is not clear which to compare"
            )
        found.append(line)
    return found


def _partner(line: Line, among: Sequence[Line]) -> Line | None:
    """The line of the same model; ResultsError where two may be it."""
    found = [other for other in among if line.is_same_model(other)]
    if len(found) > 1:
        raise ResultsError(
            f"{line.text} may be either of {' and '.join(other.text for other in found)}: "
            f"all were run by {line.runtime}, and an old file does not tell which accelerator was "
            f"asked for. Compare with results in which one of them stands alone."
        )
    return found[0] if found else None


def _models_only(found: Sequence[Line]) -> list[Line]:
    return [line for line in found if line.scope is Scope.MODEL]


def _pair_notes(pairs: Sequence[Pair], *, strict: bool) -> list[str]:
    notes = [
        f"{pair.first.text}: {pair.first.runtime}, then {pair.second.runtime}."
        for pair in pairs
        if pair.first.runtime != pair.second.runtime
    ]
    if any(None in (pair.first.asked, pair.second.asked) for pair in pairs):
        notes.append(
            "An old file does not tell which accelerator was asked for: its lines are compared "
            "with those that the same one ran."
        )
    changed = {p.first.title for p in pairs if p.first.pack_sha256 != p.second.pack_sha256}
    if changed:
        notes.append(f"The packs themselves differ: {', '.join(sorted(changed))}.")
    return [*notes, *_interval_notes(pairs, strict=strict)]


def _interval_notes(pairs: Sequence[Pair], *, strict: bool) -> list[str]:
    notes = []
    fewest = fewest_processes(len(pairs))
    if any(pair.ratio.low is None for pair in pairs):
        notes.append(
            "Where there is no interval the samples are too few: four runs on each side are needed."
        )
    if any(pair.ratio.units == "runs" for pair in pairs):
        notes.append(
            TOO_NARROW
            + (
                "; trusted all the same (--strict)."
                if strict
                else f", and nothing is called slower for certain: measure both with --processes "
                f"{fewest} or more, or with --interleave."
            )
        )
    elif any(_is_crowded(pair) for pair in pairs):
        notes.append(
            f"Of {len(pairs)} lines some lie outside their interval by chance; what stands out "
            f"among all of them (Holm 1979) is slower or faster, the others perhaps. "
            f"--processes {fewest} is the fewest that can tell; more tell better."
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


def _is_crowded(pair: Pair) -> bool:
    """Whether it would be certain if it were the only line."""
    return (pair.ratio.is_slower or pair.ratio.is_faster) and not pair.is_certain


def _doubts(first: Results, second: Results) -> list[str]:
    notes = []
    for name, results in (("first", first), ("second", second)):
        if results.interrupted:
            notes.append(f"The {name} was interrupted.")
        notes += [f"The {name}: {warning}" for warning in results.state_warnings]
    return notes


def _settings_changes(first: Settings, second: Settings) -> list[str]:
    return [
        f"Measured in different ways: {each.name}: {a}, then {b}."
        for each in fields(Settings)
        if each.name not in PHOTOGRAPH
        and (a := getattr(first, each.name)) != (b := getattr(second, each.name))
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
