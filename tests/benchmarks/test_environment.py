from __future__ import annotations

import dataclasses
import os
import platform

import numpy as np
import pytest

from benchmarks import environment
from benchmarks.environment import (
    FLAGS,
    Condition,
    condition_warnings,
    read_condition,
    read_environment,
)

PI_CPUINFO = "".join(
    f"processor\t: {i}\nBogoMIPS\t: 108.00\n"
    "Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm "
    "lrcpc dcpop asimddp\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x4\n"
    "CPU part\t: 0xd0b\nCPU revision\t: 1\n\n"
    for i in range(4)
)
X86_CPUINFO = (
    "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Core(TM) i7-7700K CPU @ "
    "4.20GHz\ncpu MHz\t\t: 4200.123\nflags\t\t: fpu vme sse avx avx2 fma hypervisor f16c\n\n"
)


def lay(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def pi(tmp_path, monkeypatch):
    """A Raspberry Pi 5's files, and its vcgencmd."""
    freq = "sys/devices/system/cpu/cpufreq/policy0"
    lay(
        tmp_path,
        {
            "proc/cpuinfo": PI_CPUINFO,
            "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
            "proc/meminfo": "MemTotal:        8245632 kB\nMemFree:  1 kB\n",
            "proc/loadavg": "0.52 0.40 0.30 1/200 4242\n",
            "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
            f"{freq}/scaling_governor": "ondemand\n",
            f"{freq}/scaling_cur_freq": "2400000\n",
            "sys/class/thermal/thermal_zone0/temp": "48300\n",
            "sys/class/thermal/thermal_zone1/temp": "51000\n",
        },
    )
    commands = {("vcgencmd", "get_throttled"): "throttled=0x50000"}
    monkeypatch.setattr(environment, "_command", lambda *words: commands.get(words))
    return tmp_path


def test_this_machine():
    facts = read_environment()
    assert facts.architecture == platform.machine()
    assert facts.python == f"{platform.python_implementation()} {platform.python_version()}"
    assert facts.libraries["numpy"] == np.__version__
    assert facts.cpu
    assert 1 <= facts.cores <= (os.cpu_count() or 1)
    assert set(facts.cpu_flags) <= set(FLAGS)
    assert facts.memory_bytes is None or facts.memory_bytes > 64 * 2**20
    assert read_condition().load_average is not None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no CPU affinity here")
def test_cores_are_those_that_may_be_used():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert read_environment().cores == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_raspberry_pi(pi):
    facts = read_environment(pi)
    assert facts.device == "Raspberry Pi 5 Model B Rev 1.0"
    assert facts.cpu == "4 x Cortex-A76"
    assert facts.cpu_flags == ("asimd", "asimdhp", "asimddp")
    assert facts.memory_bytes == 8245632 * 1024
    assert facts.system == "Debian GNU/Linux 12 (bookworm)"
    assert not facts.virtual
    state = read_condition(pi)
    assert state == Condition(
        load_average=(0.52, 0.40, 0.30),
        governor="ondemand",
        clock_mhz=2400.0,
        temperature_c=51.0,
        throttled="0x50000",
    )


def test_phone_with_unlike_cores(tmp_path):
    cores = ["0xd05"] * 4 + ["0xd41"] * 3 + ["0xfff"]
    lay(
        tmp_path,
        {
            "proc/cpuinfo": "".join(
                f"processor\t: {i}\nCPU implementer\t: 0x41\nCPU part\t: {part}\n\n"
                for i, part in enumerate(cores)
            )
        },
    )
    assert read_environment(tmp_path).cpu == "4 x Cortex-A55 + 3 x Cortex-A78 + 1 x 0xfff"


def test_the_clock_is_that_of_the_fastest_cores(tmp_path):
    """Not of the first ones, nor of those that run faster at this moment."""
    clocks = {"policy0": (1_804, 1_804), "policy4": (2_400, 300), "policy7": (2_710, 1_200)}
    for name, (most, now) in clocks.items():
        folder = f"sys/devices/system/cpu/cpufreq/{name}"
        lay(
            tmp_path,
            {
                f"{folder}/cpuinfo_max_freq": f"{most}000\n",
                f"{folder}/scaling_cur_freq": f"{now}000\n",
                f"{folder}/scaling_governor": f"governor of {name}\n",
            },
        )
    state = read_condition(tmp_path)
    assert (state.governor, state.clock_mhz) == ("governor of policy7", 1200.0)


def test_virtual_pc(tmp_path):
    lay(
        tmp_path,
        {
            "proc/cpuinfo": X86_CPUINFO,
            "sys/class/dmi/id/sys_vendor": "LENOVO\n",
            "sys/class/dmi/id/product_name": "ThinkPad X1\n",
        },
    )
    facts = read_environment(tmp_path)
    assert facts.cpu == "Intel(R) Core(TM) i7-7700K CPU @ 4.20GHz"
    assert facts.cpu_flags == ("avx", "avx2", "fma", "f16c")
    assert facts.virtual
    assert facts.device == "LENOVO ThinkPad X1"
    assert read_condition(tmp_path).clock_mhz == 4200.123
    assert read_condition(tmp_path).throttled is None


def test_nothing_to_read(tmp_path):
    facts, state = read_environment(tmp_path), read_condition(tmp_path)
    assert facts.device is None
    assert facts.cpu
    assert facts.cpu_flags == ()
    assert (state.governor, state.clock_mhz, state.temperature_c) == (None, None, None)


def test_files_that_make_no_sense(tmp_path):
    lay(
        tmp_path,
        {
            "proc/loadavg": "?",
            "sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq": "<unknown>",
            "sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq": "<unknown>",
            "sys/class/thermal/thermal_zone0/temp": "none",
            "sys/class/thermal/thermal_zone1/temp": "",
        },
    )
    state = read_condition(tmp_path)
    assert (state.clock_mhz, state.temperature_c) == (None, None)


def test_how_often_cores_were_slowed_down(tmp_path):
    for i, count in enumerate((3, 4)):
        folder = tmp_path / f"sys/devices/system/cpu/cpu{i}/thermal_throttle"
        folder.mkdir(parents=True)
        (folder / "core_throttle_count").write_text(f"{count}\n")
    assert read_condition(tmp_path).throttle_count == 7


def test_nothing_of_this_machine_stands_in_for_another_root(tmp_path):
    assert read_condition(tmp_path).load_average is None


def test_no_name_of_a_person_or_a_network_is_kept():
    text = str(dataclasses.asdict(read_environment()))
    hostname = platform.node()
    assert len(hostname) < 4 or hostname not in text


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ({"load_average": (3.0, 1.0, 1.0)}, {}, "load average 3.00 on 4 cores"),
        ({"governor": "powersave"}, {}, "'powersave'"),
        ({}, {"throttled": "0x50005"}, "0x50005"),
        ({"throttled": "0x4"}, {}, "slower than it can"),
        ({}, {"throttled": "0x50000"}, "slower than it can"),
        ({"throttled": "0x10000"}, {"throttled": "0x50000"}, "slower than it can"),
        ({"throttled": "0x50000"}, {"throttled": "0x50000"}, "cannot tell whether it was again"),
        ({}, {"thermal_status": 3}, "thermal status 3"),
        ({"throttle_count": 4}, {"throttle_count": 9}, "slowed down for its heat 5 times"),
    ],
)
def test_warns_of_a_machine_that_is_not_at_its_best(results, before, after, word):
    quiet = results()
    assert condition_warnings(quiet.environment, quiet.before, quiet.after) == ()
    found = condition_warnings(
        quiet.environment,
        dataclasses.replace(quiet.before, **before),
        dataclasses.replace(quiet.after, **after),
    )
    assert len(found) == 1
    assert word in found[0]
