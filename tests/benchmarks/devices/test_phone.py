from __future__ import annotations

import pytest

from benchmarks.devices.bridge import find_phone
from benchmarks.devices.phone import read_phone, read_phone_condition

pytest.importorskip("adbutils", reason="pip install 'edgestyle[phone]'")


def test_facts(phone_at):
    phone_at()
    found = read_phone(find_phone())
    assert found.device == "Fairphone FP5"
    assert found.cpu == "QTI QCM6490: 4 x Cortex-A55 + 4 x Cortex-A78"
    assert found.architecture == "arm64-v8a"
    assert found.cores == 8
    assert found.cpu_flags == ("asimd", "asimdhp", "asimddp")
    assert found.memory_bytes == 7654321 * 1024
    assert found.system == "Android 14 (API 34)"
    assert found.kernel == "Linux 5.4.254-android"
    assert (found.python, found.libraries, found.virtual) == ("none", {}, False)


def test_nothing_of_this_machine_stands_in_for_what_a_phone_keeps_to_itself(phone_at):
    fake = phone_at()
    for path in ("proc/meminfo", "proc/cpuinfo"):
        (fake.root / path).unlink()
    phone = find_phone()
    found = read_phone(phone)
    assert found.memory_bytes is None
    assert found.cpu.startswith("QTI QCM6490")
    state = read_phone_condition(phone)
    assert state.load_average is None
    assert state.clock_mhz is None
    assert state.throttle_count is None


def test_state(phone_at):
    fake = phone_at()
    fake.add("/proc/loadavg", "1.50 1.20 1.00 2/900 1234\n")
    for name, khz in (("policy0", 1804800), ("policy4", 1228800)):
        fake.add(f"/sys/devices/system/cpu/cpufreq/{name}/scaling_cur_freq", f"{khz}\n")
    fake.add("/sys/class/thermal/thermal_zone1/temp", "41500\n")
    fake.add("/sys/class/thermal/thermal_zone2/temp", "420000000\n")
    state = read_phone_condition(find_phone())
    assert state.load_average == (1.5, 1.2, 1.0)
    assert (state.governor, state.clock_mhz) == ("schedutil", 1228.8)  # of the large cores
    assert state.temperature_c == 41.5  # neither the -273 nor the 420,000 of zones without sensor
    assert state.thermal_status == 0


def test_the_battery_where_the_zones_are_closed(phone_at):
    phone_at()
    assert read_phone_condition(find_phone()).temperature_c == 31.2


def test_a_hot_phone(phone_at):
    phone_at().program("dumpsys", 'echo "Thermal Status: 3"')
    assert read_phone_condition(find_phone()).thermal_status == 3
