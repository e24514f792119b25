from __future__ import annotations

import dataclasses

import pytest

from benchmarks.battery import Battery
from benchmarks.facts import heading, machine_facts, method_facts
from benchmarks.results import Sitting


@pytest.fixture
def told(results):
    """The facts of results with some values of the state before and after changed."""

    def tell(**changes):
        made = results()
        made = dataclasses.replace(
            made,
            before=dataclasses.replace(made.before, **changes),
            after=dataclasses.replace(made.after, **changes),
        )
        return dict(machine_facts(made))

    return tell


def test_the_machine_and_its_state(results):
    facts = dict(machine_facts(results()))
    assert facts["Processor"] == "4 x Cortex-A76, aarch64, 4 usable cores"
    assert facts["Load"] == "0.10 before, 1.00 after (average of one minute)"
    assert facts["Clock"] == "2400 MHz before, 2400 MHz after; policy performance"
    assert facts["Temperature"] == "48 °C before, 61 °C after; throttled 0x0"
    assert "Battery" not in facts


def test_what_is_not_told_is_said(told):
    names = ("load_average", "clock_mhz", "governor", "temperature_c", "throttled")
    facts = told(**dict.fromkeys(names))
    assert facts["Load"] == "not told"
    assert facts["Clock"] == "not told; policy not told"
    assert facts["Temperature"] == "not told"


def test_a_phones_heat_and_battery(told):
    battery = Battery(
        charge_uah=None, current_ua=None, voltage_mv=None, level_percent=80, plugged=True
    )
    facts = told(thermal_status=2, throttled=None, battery=battery)
    assert facts["Temperature"].endswith("; thermal status 2")
    assert facts["Battery"] == "80 % before, 80 % after, on a charger"


def test_one_end_may_tell_more(results):
    made = results()
    made = dataclasses.replace(made, before=dataclasses.replace(made.before, clock_mhz=None))
    assert dict(machine_facts(made))["Clock"] == "2400 MHz after; policy performance"


def test_every_sitting_of_merged_results_is_told(results):
    made = results()
    later = Sitting(created="2026-11-21T08:00:00+00:00", before=made.before, after=made.after)
    names = [name for name, _ in machine_facts(dataclasses.replace(made, further=(later,)))]
    assert "Load from 20 November 2026, 11:30 UTC on" in names
    assert "Load from 21 November 2026, 08:00 UTC on" in names


def test_how_it_was_measured(results):
    made = results()
    facts = dict(method_facts(made))
    assert facts["Tests"] == (
        "5 timed runs of each model after 2 warm-ups, every model in a fresh process"
    )
    assert facts["Peak memory"].endswith("(9.0 MB)")
    settings = dataclasses.replace(made.settings, warmups=1, processes=3)
    facts = dict(method_facts(dataclasses.replace(made, settings=settings)))
    assert facts["Tests"].endswith("after 1 warm-up, every model in each of 3 fresh processes")
    settings = dataclasses.replace(made.settings, isolated=False)
    facts = dict(method_facts(dataclasses.replace(made, settings=settings)))
    assert facts["Tests"].endswith(", all in one process")


def test_which_packs_were_measured_and_told(results, measurement, reported):
    rows = (measurement(), measurement(threads=4), measurement(pack_sha256="c" * 64))
    told = (reported(pack="whirl", pack_sha256="d" * 64),)
    facts = dict(method_facts(results(measurements=rows, reported=told)))
    assert facts["Packs"] == (
        f"starry_night (sha256 {'a' * 12}), starry_night (sha256 {'c' * 12}), "
        f"whirl (sha256 {'d' * 12})"
    )
    assert dict(method_facts(results(measurements=())))["Packs"] == "none"


def test_only_what_stands_in_the_results_is_explained(results, reported):
    measured = dict(method_facts(results()))
    assert {"End to end", "Model", "Peak memory", "PSNR"} <= measured.keys()
    assert "Picture" not in measured
    made = results(measurements=(), reported=(reported(),))
    settings = dataclasses.replace(made.settings, runs=1, photo="random numbers", photo_size=(0, 0))
    facts = dict(method_facts(dataclasses.replace(made, settings=settings)))
    assert {*facts} == {"Packs", "Photograph", "Tests", "Picture", "Energy"}
    assert facts["Photograph"] == "random numbers"
    assert facts["Tests"].startswith("1 timed run of each model")


def test_whose_energy_it_is(results, measurement, reported):
    battery = Battery(
        charge_uah=3_000_000, current_ua=None, voltage_mv=4000, level_percent=80, plugged=False
    )
    drained = dataclasses.replace(battery, charge_uah=2_990_000)
    told = reported(battery_before=battery, battery_after=drained, runs=7)
    assert dict(method_facts(results()))["Energy"] == "not available"
    ours = dict(method_facts(results(measurements=(measurement(energy_j=1.0),))))["Energy"]
    assert ("processor" in ours, "battery" in ours) == (True, False)
    theirs = dict(method_facts(results(reported=(told,))))["Energy"]
    assert ("processor" in theirs, "battery" in theirs) == (False, True)


def test_the_title(results, measurement, failure):
    assert heading(results()) == "The Starry Night"
    assert heading(results(measurements=())) == "Nothing was measured"
    rows = (measurement(), measurement(title="Udnie"))
    assert heading(results(measurements=rows, failures=(failure(title="Whirl"),))) == "3 styles"
