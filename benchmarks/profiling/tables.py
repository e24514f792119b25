"""Profiles by operator as tables, for screen, Markdown and report."""

from __future__ import annotations

from benchmarks.profiling.operators import Profile
from benchmarks.quality.tables import Sheet
from benchmarks.results import Measurement, Results


def profile_sheets(results: Results) -> tuple[Sheet, ...]:
    """What each kind of operator takes, a table a model that was profiled."""
    return tuple(_sheet(m, m.profile) for m in results.measurements if m.profile is not None)


def order_of_running(profile: Profile) -> tuple[tuple[str, str], ...]:
    """Every operator that takes a microsecond or more, with its time, in the order of running."""
    return tuple(
        (f"{place}. {operator.kernel}", f"{operator.median_us:,.0f} µs")
        for place, operator in enumerate(profile.operators, 1)
        if operator.median_us >= 1
    )


def _sheet(m: Measurement, profile: Profile) -> Sheet:
    rows = [
        (share.name, str(share.count), f"{share.sum_ms:.2f}", f"{share.share:.1%}")
        for share in profile.by_kind
    ]
    rows.append(("all operators", str(len(profile.operators)), f"{profile.inside_ms:.2f}", "100%"))
    own = sum(not operator.delegated for operator in profile.operators)
    by = "all inside the accelerator" if not own else f"{own} of them by LiteRT itself"
    if m.accelerator == "none":
        by = "all by LiteRT itself"
    return Sheet(
        title=f"Operators of {m.title}, {m.setting}",
        columns=("kind", "operators", "ms a run", "share"),
        rows=tuple(rows),
        note=(
            f"{profile.source}, {by}; medians of {len(profile.whole.samples_ms)} runs, which as a "
            f"whole took {profile.whole.median_ms:.2f} ms (median) while they were watched, and "
            f"{m.model.median_ms:.2f} ms in the measurement proper. A kernel is what the library "
            f"made of the graph, not a layer of the network."
        ),
    )
