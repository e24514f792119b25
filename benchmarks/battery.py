"""What a phone tells of its battery, and the energy that went out of it between two looks.

The charge counter is the battery's own gauge: of a whole phone, its screen included, and in steps
of up to some milliampere hours. A model must run for minutes before it moves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

JOULES = 3.6e-6
"""A microampere hour at one millivolt."""


@dataclass(frozen=True, kw_only=True)
class Battery:
    """A battery at one moment; None where it does not tell."""

    charge_uah: int | None
    """Charge counter, in microampere hours."""
    current_ua: int | None
    """Current in microamperes; makers disagree on the sign of charging."""
    voltage_mv: int | None
    level_percent: int | None
    plugged: bool
    """On a charger, a computer's USB port included: what goes out is then told by nobody."""


def parse_battery(dumpsys: str, current: str = "") -> Battery | None:
    """Read what `dumpsys battery` writes; None where that is nothing of a battery.

    Args:
        dumpsys: its output.
        current: what /sys/class/power_supply/battery/current_now holds; '' where it is closed.
    """
    found = dict(re.findall(r"^[ \t]*([A-Za-z][\w ]*?):[ \t]*(\S+)[ \t]*\r?$", dumpsys, re.M))
    if "level" not in found:
        return None
    return Battery(
        charge_uah=_whole(found.get("Charge counter", "")),
        current_ua=_whole(current.strip()),
        voltage_mv=_whole(found.get("voltage", "")),
        level_percent=_whole(found["level"]),
        plugged=any(name.endswith(" powered") and on == "true" for name, on in found.items()),
    )


def drained_j(before: Battery | None, after: Battery | None) -> float | None:
    """Joules that went out between two looks; None where they are not told.

    That is: no battery or no counter, a charger at either look, a counter that did not move.
    """
    if before is None or after is None or before.plugged or after.plugged:
        return None
    if before.charge_uah is None or after.charge_uah is None:
        return None
    if before.voltage_mv is None or after.voltage_mv is None:
        return None
    charge_uah = before.charge_uah - after.charge_uah
    if charge_uah <= 0:
        return None
    return charge_uah * (before.voltage_mv + after.voltage_mv) / 2 * JOULES


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d+", text) else None
