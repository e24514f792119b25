"""How much faster our networks are than the paper's, measured on one machine in one benchmark.

This is the comparison that the paper's own table cannot give (benchmarks/paper.py): the network of
the preset `paper` is the paper's ResNet-IN, exported and run in the same way as ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from benchmarks.figures import times
from benchmarks.lines import Line, by_run, lines, pack_names
from benchmarks.paper import PRESET
from benchmarks.quality.tables import NONE, Sheet
from benchmarks.ratio import FEWEST_PROCESSES, TOO_NARROW, Ratio, ratio
from benchmarks.reported import Scope
from benchmarks.results import Results, setting_text
from edge_app.core.manifest import Manifest
from edge_app.core.runtime import DEFAULT_RECIPE

COLUMNS = {
    Scope.END_TO_END: "end to end",
    Scope.PICTURE: "picture",
    Scope.MODEL: "model alone",
}


@dataclass(frozen=True, kw_only=True)
class Gain:
    """One of our models beside the paper's network at the same size, run in the same way."""

    ours: Line
    """Any of its lines: all but scope and times is the same in them."""
    base: Line
    """Likewise of the paper's, in fp32: as it was trained."""
    ratios: dict[Scope, Ratio]
    """The paper's time over ours, how many times faster ours is, in each scope that both have."""


def gains(results: Results, manifests: Sequence[Manifest] = ()) -> tuple[Gain, ...]:
    """Every model that is not the paper's beside the paper's; empty where that was not measured.

    Where several packs of the paper's network were measured, beside each. Models that drew a wrong
    picture are left out on both sides, and so are those for which the paper's network was not
    measured at the same size, with as many threads, by the same library and accelerator, asked for
    alike; what another program told is set beside what the same program told.

    Args:
        results: what was measured.
        manifests: of packs that were measured. A device does not tell which network it ran; a
            model of which they do not tell it either is left out.
    """
    right = [line for line in lines(results, manifests) if not line.is_wrong]
    ours = by_run(line for line in right if line.network not in {PRESET, None})
    bases = by_run(
        line for line in right if line.network == PRESET and line.recipe == DEFAULT_RECIPE
    )
    return tuple(_gains(ours, bases))


def gain_sheet(results: Results, manifests: Sequence[Manifest] = ()) -> Sheet | None:
    """The same as a table; None where there is nothing to compare."""
    found = gains(results, manifests)
    if not found:
        return None
    names = pack_names(results)
    several = len({gain.base.pack_sha256 for gain in found}) > 1
    ratios = [each for gain in found for each in gain.ratios.values()]
    too_narrow = any(each.low is not None and each.units == "runs" for each in ratios)
    # Other programs tell no file's size, and have no such option.
    here = any(not gain.ours.by for gain in found)
    remedy = f": measure with --processes {FEWEST_PROCESSES} or more" if here else ""
    scopes = [scope for scope in COLUMNS if any(scope in gain.ratios for gain in found)]
    return Sheet(
        title="Beside the paper's network on this machine",
        columns=(
            *("model", "network", *(COLUMNS[scope] for scope in scopes)),
            *(("file",) if here else ()),
            "peak memory",
        ),
        rows=tuple(
            (
                _name(gain, names, several=several),
                gain.ours.network or NONE,
                *(_text(gain.ratios.get(scope)) for scope in scopes),
                *((_smaller(gain.base.file_bytes, gain.ours.file_bytes),) if here else ()),
                _smaller(gain.base.peak_bytes, gain.ours.peak_bytes),
            )
            for gain in found
        ),
        note=(
            "How many times faster, or smaller, than the paper's network in fp32 at the same size, "
            "with as many threads, by the same library and accelerator: the ratio of the medians "
            "and its 95% interval."
            + (
                " End to end has a part that is the same for all networks, decoding the photograph."
                if Scope.END_TO_END in scopes
                else ""
            )
            + (f" {TOO_NARROW}{remedy}." if too_narrow else "")
        ),
    )


def _gains(ours: Sequence[Sequence[Line]], bases: Sequence[Sequence[Line]]) -> Iterator[Gain]:
    for mine, base in product(ours, bases):
        if _setting(mine[0]) != _setting(base[0]):
            continue
        theirs = {line.scope: line for line in base}
        ratios = {
            line.scope: _ratio(line, theirs[line.scope]) for line in mine if line.scope in theirs
        }
        if ratios:
            yield Gain(ours=mine[0], base=base[0], ratios=ratios)


def _setting(line: Line) -> tuple[object, ...]:
    return (line.size, line.threads, line.asked, line.runtime, line.by)


def _ratio(ours: Line, base: Line) -> Ratio:
    return ratio(
        ours.series.samples_ms,
        base.series.samples_ms,
        first_processes=ours.processes,
        second_processes=base.processes,
    )


def _name(gain: Gain, names: dict[str, str], *, several: bool) -> str:
    """The model and, where several packs hold the paper's network, the one that it is beside."""
    name = f"{names[gain.ours.pack_sha256]}, {setting_text(gain.ours)}"
    if gain.ours.by:
        name = f"{name}, told by {gain.ours.by}"
    if not several:
        return name
    # The hash, since packs of one network may well have one title.
    return f"{name}, beside {gain.base.title} ({gain.base.pack_sha256[:8]})"


def _text(found: Ratio | None) -> str:
    """'16 (14 to 18)'."""
    if found is None:
        return NONE
    if found.low is None or found.high is None:
        return f"{times(found.value)} (too few samples for an interval)"
    return f"{times(found.value)} ({times(found.low)} to {times(found.high)})"


def _smaller(theirs: int | None, ours: int | None) -> str:
    return NONE if theirs is None or ours is None else times(theirs / ours)
