from __future__ import annotations

import pytest

from benchmarks.energy import read_counters, spent_j

ZONES = "sys/class/powercap"


@pytest.fixture
def counters(tmp_path):
    """Writes counters below a made-up root: zone -> (name, microjoules)."""

    def write(**zones):
        for zone, (name, energy_uj) in zones.items():
            place = tmp_path / ZONES / zone.replace("__", "intel-rapl:").replace("_", ":")
            place.mkdir(parents=True, exist_ok=True)
            (place / "name").write_text(f"{name}\n")
            (place / "energy_uj").write_text(f"{energy_uj}\n")
            (place / "max_energy_range_uj").write_text("1000000\n")
        return read_counters(tmp_path)

    return write


def test_joules_of_every_processor_and_no_part_twice(counters):
    parts = {"__0_0": ("core", 5), "__2": ("psys", 7)}
    before = counters(__0=("package-0", 100_000), __1=("package-1", 0), **parts)
    after = counters(
        __0=("package-0", 350_000), __1=("package-1", 500_000), __0_0=("core", 900_000)
    )
    assert sorted(before) == ["intel-rapl:0", "intel-rapl:1"]
    assert spent_j(before, after) == pytest.approx(0.75)


def test_a_counter_that_began_again(counters):
    before = counters(__0=("package-0", 900_000))
    assert spent_j(before, counters(__0=("package-0", 100_000))) == pytest.approx(0.2)


def test_no_counter_no_figure(counters, tmp_path):
    assert read_counters(tmp_path) == {}
    assert spent_j({}, {}) is None
    found = counters(__0=("package-0", 1))
    assert spent_j({}, found) is None
    assert spent_j(found, {}) is None


@pytest.mark.parametrize("text", ["", "many", "1.5"])
def test_counters_that_cannot_be_read(counters, tmp_path, text):
    counters(__0=("package-0", 1))
    (tmp_path / ZONES / "intel-rapl:0/energy_uj").write_text(text)
    assert read_counters(tmp_path) == {}
