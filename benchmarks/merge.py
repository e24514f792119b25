"""Several results of one machine as one, where nothing speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.compare import check_one_machine
from benchmarks.lines import lines
from benchmarks.machines import software_changes
from benchmarks.results import Results
from edge_app.core.errors import ResultsError


def merge(parts: Sequence[Results]) -> Results:
    """Put together what was measured in several runs, the earliest first.

    The state of the machine around each run is kept as that run's own: nothing was counted in the
    pause between them.

    Raises:
        ResultsError: fewer than two; different machines, software or settings; one style of
            different packs; a model that two of them measured.
    """
    if len(parts) < 2:
        raise ResultsError(f"merge: expected at least two results, got {len(parts)}")
    parts = sorted(parts, key=lambda part: part.created)
    merged = parts[0]
    for part in parts[1:]:
        _check(merged, part)
        merged = replace(
            merged,
            further=merged.further + part.sittings,
            measurements=merged.measurements + part.measurements,
            failures=merged.failures + part.failures,
            reported=merged.reported + part.reported,
            ceilings=merged.ceilings or part.ceilings,
            interrupted=merged.interrupted or part.interrupted,
        )
    return merged


def _check(first: Results, second: Results) -> None:
    check_one_machine(first, second, what="merged")
    changes = list(software_changes(first.environment, second.environment))
    if first.version != second.version:
        changes.append(f"edgestyle: {first.version}, then {second.version}")
    if changes:
        raise ResultsError(
            f"the software changed between them: {'; '.join(changes)}. Use `bench compare`, or "
            f"measure again."
        )
    if first.settings != second.settings:
        raise ResultsError(
            f"they were measured in different ways: {first.settings}, then {second.settings}"
        )
    hashes = {line.pack: line.pack_sha256 for line in lines(first)}
    for line in lines(second):
        if hashes.get(line.pack, line.pack_sha256) != line.pack_sha256:
            raise ResultsError(
                f"{line.title} ({line.pack}) is another pack in each: "
                f"{hashes[line.pack][:12]}..., then {line.pack_sha256[:12]}... Use `bench compare`."
            )
        if any(
            line.is_same_model(other) and line.runtime == other.runtime for other in lines(first)
        ):
            raise ResultsError(
                f"{line.text} was measured in both ({first.created} and {second.created}): merged, "
                f"it would count twice. Use `bench compare`."
            )
