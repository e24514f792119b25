from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from benchmarks.battery import Battery
from benchmarks.results import Sitting, Verdict
from benchmarks.table import details_table, machine_table, results_table
from benchmarks.timing import Series


def printed(results, width=100, table=results_table):
    console = Console(file=io.StringIO(), width=width)
    console.print(table(results))
    return console.file.getvalue()


def test_a_line_for_each_measurement_and_the_papers_beside(results, measurement):
    text = printed(results(measurements=(measurement(), measurement(size=(512, 512)))))
    assert "fp32 256x256 x1" in text
    assert "fp32 512x512 x1" in text
    assert "agrees" in text
    assert "2.517 s" in " ".join(text.split())
    assert "neither the device, nor the picture size" in " ".join(text.split())


def test_wrong_unsteady_and_failed_show(results, measurement, check, failure):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0, 30.0))
    text = printed(
        results(
            measurements=(
                measurement(model=wild),
                measurement(recipe="int8", check=check(verdict=Verdict.WRONG)),
            ),
            failures=(failure(),),
        )
    )
    assert "20.0 / 28.0 ~" in text
    assert "wrong" in text
    assert "SIGKILL" in text


@pytest.mark.parametrize("width", [80, 100, 200])
def test_columns_are_never_cut(results, measurement, width):
    m = measurement(recipe="int8-conv", size=(1024, 1024), threads=4)
    rows = printed(results(measurements=(m,)), width).splitlines()
    assert any("int8-conv 1024x1024 x4" in row and row.rstrip().endswith("agrees") for row in rows)


def test_nothing_measured(results, failure):
    assert "not measured" in printed(results(measurements=(), failures=(failure(),)))


def test_what_devices_told_stands_apart(results, reported):
    text = printed(results(measurements=(), reported=(reported(),)), 120)
    assert "fp32 512x512 x4" in text
    assert "LiteRT for Android 1.4.1 with the GPU" in text
    assert "nobody has checked those pictures" in " ".join(text.split())


def test_details_have_every_figure(results, measurement, reported):
    series = Series(warmups_ms=(50.0,), samples_ms=tuple(map(float, range(1, 101))))
    made = results(measurements=(measurement(model=series, energy_j=1.01),), reported=(reported(),))
    row = next(r for r in printed(made, 200, details_table).splitlines() if ", model" in r)
    figures = row.partition(", model")[2].split()
    assert figures[:7] == ["100", "50.50", "50.50", "90.10", "99.01", "1.00", "100.00"]
    assert figures[-1] == "10.0"  # mJ a run, warm-ups included
    without = printed(results(measurements=(measurement(),)), 200, details_table)
    assert "not available" in without


def test_the_accelerator_that_was_asked_for_tells_rows_apart(results, measurement):
    text = printed(results(measurements=(measurement(asked="none"), measurement())), 120)
    assert text.count("fp32 256x256 x1 none ") == 1
    assert text.count("fp32 256x256 x1 ") == 2


def test_every_part_of_merged_results_has_its_state_and_a_phone_its_battery(results):
    battery = Battery(
        charge_uah=3_214_000, current_ua=None, voltage_mv=4000, level_percent=78, plugged=True
    )
    state = replace(results().before, battery=battery)
    later = Sitting(created="2026-11-20T12:30:00+00:00", before=state, after=state)
    text = printed(results(further=(later,)), 200, machine_table)
    assert "2026-11-20T12:30:00+00:00" in text
    assert text.count("battery 78%, on a charger") == 2
    assert "not available: on a charger" in text
    alone = replace(battery, plugged=False)
    drained = replace(alone, charge_uah=3_204_000)
    made = results(before=replace(state, battery=alone), after=replace(state, battery=drained))
    assert "144 J out of the battery" in printed(made, 200, machine_table)


def test_energy_that_a_battery_told(results, reported):
    full = Battery(
        charge_uah=3_214_000, current_ua=None, voltage_mv=4000, level_percent=78, plugged=False
    )
    drained = replace(full, charge_uah=3_204_000)
    made = reported(battery_before=full, battery_after=drained, runs=7)
    row = printed(results(measurements=(), reported=(made,)), 200, details_table).splitlines()[-1]
    assert row.split()[-1] == f"{144_000 / 7:.1f}"  # 144 J


def test_the_machine_and_its_state(results):
    text = printed(results(), 200, machine_table)
    assert "4 x Cortex-A76, 4 cores, aarch64" in text
    assert "temperature 48.3 C" in text
    assert "2 + 5 runs, coffee.jpg, 400x600" in text
    assert "not available: times slowed down, thermal status" in text
