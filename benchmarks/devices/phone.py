"""What an Android phone is, and its state: read through a shell, nothing that names its owner."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from benchmarks.battery import Battery, parse_battery
from benchmarks.devices.bridge import Phone
from benchmarks.environment import Condition, Environment, read_condition, read_environment

FILES = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/loadavg",
    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq",
    "/sys/devices/system/cpu/cpufreq/policy*/cpuinfo_max_freq",
    "/sys/devices/system/cpu/cpufreq/policy*/scaling_governor",
    "/sys/devices/system/cpu/cpufreq/policy*/scaling_cur_freq",
    "/sys/class/thermal/thermal_zone*/temp",
)
"""What `benchmarks/environment.py` reads on Linux, as far as a phone has it."""

CURRENT = "/sys/class/power_supply/battery/current_now"
"""Microamperes; closed to shells on many phones."""

MARK = "edgestyle-file:"

HOTTEST_C = 150.0
"""Phones have zones that tell nonsense, -273 or 120,000 degrees, where no sensor is."""

T = TypeVar("T")


def read_phone(phone: Phone) -> Environment:
    """The phone's facts.

    Raises:
        DeviceError: it went away.
    """
    told = _properties(phone)
    kernel = phone.run("uname -sr").strip()
    soc = " ".join(
        told[name] for name in ("ro.soc.manufacturer", "ro.soc.model") if told.get(name)
    ) or told.get("ro.board.platform", "")
    found = _mirrored(phone, read_environment)
    release, level = (told.get(f"ro.build.version.{name}", "?") for name in ("release", "sdk"))
    cores = phone.run("ls -d /sys/devices/system/cpu/cpu[0-9]* | wc -l").strip()
    maker, model = (told.get(f"ro.product.{name}", "") for name in ("manufacturer", "model"))
    # Without a readable file these would be this machine's.
    chip = found.cpu if re.match(r"\d+ x ", found.cpu) else "unknown"
    meminfo = phone.attempt("cat /proc/meminfo")[1]
    memory = re.search(r"^MemTotal:\s+(\d+) kB", meminfo, re.MULTILINE)
    return replace(
        found,
        device=f"{maker} {model}".strip() or None,
        cpu=": ".join(part for part in (soc, chip) if part),
        architecture=told.get("ro.product.cpu.abi", "unknown"),
        cores=int(cores) if cores.isdecimal() else 1,
        memory_bytes=int(memory[1]) * 1024 if memory else None,
        virtual=told.get("ro.kernel.qemu") == "1" or told.get("ro.boot.qemu") == "1",
        system=f"Android {release} (API {level})",
        kernel=kernel,
        python="none",
        libraries={},
    )


def read_phone_condition(phone: Phone) -> Condition:
    """The phone's present state; its battery's temperature where the other zones are closed.

    Raises:
        DeviceError: it went away.
    """
    found = _mirrored(phone, read_condition)
    heat = found.temperature_c
    dumpsys = phone.attempt("dumpsys battery")[1]
    if heat is None:
        tenths = re.search(r"^\s*temperature:\s*(-?\d+)", dumpsys, re.MULTILINE)
        heat = int(tenths[1]) / 10 if tenths else None
    status = re.search(r"Thermal Status:\s*(\d+)", phone.attempt("dumpsys thermalservice")[1])
    return replace(
        found,
        temperature_c=heat,
        thermal_status=int(status[1]) if status is not None else None,
        battery=parse_battery(dumpsys, _current(phone)),
    )


def read_battery(phone: Phone) -> Battery | None:
    """The phone's battery now; None where it tells nothing of one.

    Raises:
        DeviceError: it went away.
    """
    return parse_battery(phone.attempt("dumpsys battery")[1], _current(phone))


def _current(phone: Phone) -> str:
    """What the battery's driver writes of its current; '' where a shell may not read it."""
    status, output = phone.attempt(f"cat {CURRENT}")
    return output if status == 0 else ""


def _properties(phone: Phone) -> dict[str, str]:
    lines = phone.run("getprop")
    return dict(re.findall(r"^\[([^\]]+)\]: \[([^\]]*)\]\r?$", lines, re.MULTILINE))


def _mirrored(phone: Phone, read: Callable[[Path], T]) -> T:
    """Read a copy of the phone's FILES, those that it lets a shell read, as if it were Linux."""
    # Without -e an unreadable file ends nothing; `cat` says so on standard error, into /dev/null.
    command = f'for f in {" ".join(FILES)}; do echo "{MARK}$f"; cat "$f" 2>/dev/null; echo; done'
    parts = phone.run(command).split(MARK)[1:]
    with tempfile.TemporaryDirectory(prefix="edgestyle-phone-") as folder:
        root = Path(folder)
        given = {}
        for part in parts:
            name, _, content = part.partition("\n")
            content = content.strip()
            if "*" in name or not content:
                continue
            if "thermal" in name and not _is_heat(content):
                continue
            given[name.strip()] = content
        for name, content in given.items():
            path = root / name.lstrip("/")
            if root.resolve() in path.resolve().parents:  # a name is the phone's to tell
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
        return read(root)


def _is_heat(text: str) -> bool:
    return re.fullmatch(r"-?\d+", text) is not None and 0 < int(text) / 1000 < HOTTEST_C
