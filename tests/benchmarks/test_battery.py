from __future__ import annotations

import dataclasses

import pytest

from benchmarks.battery import Battery, drained_j, parse_battery

DUMPSYS = """\
Current Battery Service state:
  AC powered: false
  USB powered: false
  Wireless powered: false
  Dock powered: false
  Max charging current: 0
  Max charging voltage: 0
  Charge counter: 3214000
  status: 3
  health: 2
  present: true
  level: 78
  scale: 100
  voltage: 3987
  temperature: 312
  technology: Li-ion
"""
"""As Android 14 writes it."""


def test_reads_what_dumpsys_writes():
    assert parse_battery(DUMPSYS, "-412000\n") == Battery(
        charge_uah=3_214_000,
        current_ua=-412_000,
        voltage_mv=3987,
        level_percent=78,
        plugged=False,
    )


@pytest.mark.parametrize("charger", ["AC", "USB", "Wireless", "Dock"])
def test_every_charger_counts(charger):
    text = DUMPSYS.replace(f"{charger} powered: false", f"{charger} powered: true")
    assert parse_battery(text).plugged


def test_old_phones_have_no_counter_and_most_hide_the_current():
    text = DUMPSYS.replace("  Charge counter: 3214000\n", "")
    found = parse_battery(text.replace("\n", "\r\n"), "cat: Permission denied")
    assert (found.charge_uah, found.current_ua, found.level_percent) == (None, None, 78)


@pytest.mark.parametrize("text", ["", "Can't find service: battery", "  temperature: 312"])
def test_no_battery(text):
    assert parse_battery(text) is None


def test_joules_by_hand():
    """10 mAh at 4.0 V on the average: 0.01 * 3600 * 4 = 144 J."""
    before = dataclasses.replace(parse_battery(DUMPSYS), voltage_mv=4050)
    after = dataclasses.replace(before, charge_uah=before.charge_uah - 10_000, voltage_mv=3950)
    assert drained_j(before, after) == pytest.approx(144)


@pytest.mark.parametrize(
    "changes",
    [
        {},  # the counter did not move
        {"charge_uah": 3_300_000},
        {"charge_uah": None},
        {"charge_uah": 3_200_000, "plugged": True},
        {"charge_uah": 3_200_000, "voltage_mv": None},
    ],
)
def test_where_nothing_is_told_there_is_no_figure(changes):
    full = parse_battery(DUMPSYS)
    assert drained_j(full, dataclasses.replace(full, **changes)) is None


def test_a_charger_at_the_beginning_and_no_battery():
    full = parse_battery(DUMPSYS)
    later = dataclasses.replace(full, charge_uah=3_100_000)
    assert drained_j(full, later) is not None
    assert drained_j(dataclasses.replace(full, plugged=True), later) is None
    assert drained_j(None, full) is None
    assert drained_j(full, None) is None
