"""Energy that the processor says it spent: Linux's counters of Intel and AMD processors (RAPL).

They count a whole processor, its idle share and other programs included, so a figure means
something on a quiet machine only. Most systems let only root read them since they were found to
leak secrets (CVE-2020-8694); where they cannot be read there is no figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("sys/class/powercap")


@dataclass(frozen=True, kw_only=True)
class Counter:
    """One processor's counter at one moment."""

    energy_uj: int
    """Microjoules since some moment; begins again at 0 after `range_uj`."""
    range_uj: int


def read_counters(root: Path = Path("/")) -> dict[str, Counter]:
    """The counters of all processors (packages) by name; none where they cannot be read.

    Args:
        root: the folder in which `sys` is looked for.
    """
    found = {}
    # intel-rapl:0 is a package, intel-rapl:0:1 a part of it that is counted in it already.
    for zone in sorted((root / POWERCAP).glob("intel-rapl:*")):
        if zone.name.count(":") != 1:
            continue
        try:
            if not (zone / "name").read_text(encoding="ascii").startswith("package"):
                continue  # 'psys' counts the packages once more
            energy_uj, range_uj = (
                int((zone / name).read_text(encoding="ascii"))
                for name in ("energy_uj", "max_energy_range_uj")
            )
        except (OSError, ValueError):
            continue
        found[zone.name] = Counter(energy_uj=energy_uj, range_uj=range_uj)
    return found


def spent_j(before: dict[str, Counter], after: dict[str, Counter]) -> float | None:
    """Joules between two readings of `read_counters`; None where either has no counter.

    Right for less than one round of a counter: minutes to hours, by the processor.
    """
    if not before or before.keys() != after.keys():
        return None
    total_uj = 0
    for name, counter in before.items():
        step = after[name].energy_uj - counter.energy_uj
        total_uj += step if step >= 0 else step + counter.range_uj
    return total_uj / 1e6
