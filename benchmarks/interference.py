"""What else took the processor while a process measured, as the kernel counted it.

The load average before a run says nothing of a browser that wakes up in its middle. Linux counts
what everybody spent, what a hypervisor gave to other guests (*steal*), and how often this process
was put aside although it had work to do. Elsewhere only the last is known, or nothing.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

OTHERS_SHARE = 0.1
"""Of all cores' time, spent by others, from which a process counts as disturbed: with two cores a
fifth of one, which is what a browser's open pages take."""

STOLEN_SHARE = 0.02
"""Of the process's time, likewise, that a hypervisor held a core back."""

PREEMPTIONS_PER_S = 20.0
"""Likewise, of being put aside: a rival for the core is let in every few milliseconds, hundreds of
times a second; the kernel's own threads a few times."""

RESOLUTION_S = 0.05
"""Less than this is noise: the kernel counts in hundredths of a second, core by core."""


@dataclass(frozen=True, kw_only=True)
class Interference:
    """One process, from its first timed run to its last; None where the system does not tell."""

    wall_s: float
    capacity_s: float | None
    """Time of all cores together, idle or not."""
    others_s: float | None
    """What of it was spent by anything but this process."""
    stolen_s: float | None
    """What of it a hypervisor gave to other guests while there was work to do here."""
    preemptions: int | None
    """How often the process was put aside for another (involuntary context switches)."""

    @property
    def causes(self) -> tuple[str, ...]:
        """What disturbed it, in words: "others took 31% of the cores"; empty where nothing did."""
        found = []
        if self.capacity_s is not None and self.others_s is not None:
            share = max(0.0, self.others_s - RESOLUTION_S) / max(self.capacity_s, RESOLUTION_S)
            if share > OTHERS_SHARE:
                found.append(f"others took {share:.0%} of the cores")
        if self.stolen_s is not None:
            share = max(0.0, self.stolen_s - RESOLUTION_S) / self.wall_s
            if share > STOLEN_SHARE:
                found.append(f"the hypervisor kept a core for {share:.0%} of the time")
        if self.preemptions is not None:
            # A process that was put aside once in a hundredth of a second was not disturbed.
            rate = self.preemptions / max(self.wall_s, 1.0)
            if rate > PREEMPTIONS_PER_S:
                found.append(f"it was put aside {rate:.0f} times a second")
        return tuple(found)


class CoresTime(NamedTuple):
    """Seconds of all cores together since the machine was started."""

    busy_s: float
    idle_s: float
    stolen_s: float


@dataclass(frozen=True, kw_only=True)
class Moment:
    """All counters at one moment."""

    wall_s: float
    own_s: float
    """This process's, of all its threads."""
    cores_s: CoresTime | None
    preemptions: int | None


def read_moment(root: Path = Path("/")) -> Moment:
    """Read the counters now.

    Args:
        root: the folder in which `proc` is looked for.
    """
    return Moment(
        wall_s=time.perf_counter(),
        own_s=time.process_time(),
        cores_s=_cores_s(root / "proc/stat"),
        preemptions=_preemptions(),
    )


def between(before: Moment, after: Moment) -> Interference:
    """What happened between two moments of one process."""
    counts = before.preemptions, after.preemptions
    found = Interference(
        wall_s=after.wall_s - before.wall_s,
        capacity_s=None,
        others_s=None,
        stolen_s=None,
        preemptions=None if counts[0] is None or counts[1] is None else counts[1] - counts[0],
    )
    if before.cores_s is None or after.cores_s is None:
        return found
    busy_s, idle_s, stolen_s = (b - a for a, b in zip(before.cores_s, after.cores_s))
    return replace(
        found,
        capacity_s=busy_s + idle_s + stolen_s,
        # The process's own time is exact, everybody's is counted in ticks.
        others_s=max(0.0, busy_s - (after.own_s - before.own_s)),
        stolen_s=stolen_s,
    )


def interference_warning(found: dict[str, Interference]) -> str | None:
    """One sentence about the processes that were disturbed, by what they measured; None if none."""
    disturbed = {name: each.causes for name, each in found.items() if each.causes}
    if not disturbed:
        return None
    # The one with most to say for itself stands for all.
    name, causes = max(disturbed.items(), key=lambda item: len(item[1]))
    return (
        f"The machine did something else during {len(disturbed)} of {len(found)} processes that "
        f"measured, as in {name}: {' and '.join(causes)}. Figures are higher and less steady than "
        f"on a quiet one."
    )


def _cores_s(stat: Path) -> CoresTime | None:
    """See proc(5), /proc/stat; None where there is none."""
    try:
        words = stat.read_text(encoding="ascii").partition("\n")[0].split()
        user, nice, system, idle, iowait, irq, softirq, steal = map(int, words[1:9])
    except (OSError, ValueError):
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    busy = user + nice + system + irq + softirq  # guests' time is in user's already
    return CoresTime(busy / ticks, (idle + iowait) / ticks, steal / ticks)


def _preemptions() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
