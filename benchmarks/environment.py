"""The facts of the machine that a benchmark's figures depend on, and its state around the run.

Nothing that names a person or a network is read: results are meant to be published.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from benchmarks.battery import Battery

LIBRARIES = ("ai-edge-litert", "onnxruntime", "numpy", "pillow")
"""Distributions that take part in a stylization; those installed are named with their version."""

FLAGS = (
    # x86: wide vectors, then int8 dot products, which int8 recipes live by
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx512bw",
    "avx512vl",
    "avx_vnni",
    "avx512_vnni",
    "avx512_bf16",
    "amx_int8",
    # ARM: vectors, fp16 arithmetic, int8 dot products and matrix products
    "neon",
    "asimd",
    "asimdhp",
    "asimddp",
    "i8mm",
    "bf16",
    "sve",
    "sve2",
)
"""CPU flags that decide which kernels the inference libraries pick."""

ARM_CORES = {
    "0xd03": "Cortex-A53",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd09": "Cortex-A73",
    "0xd0a": "Cortex-A75",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd0d": "Cortex-A77",
    "0xd41": "Cortex-A78",
    "0xd44": "Cortex-X1",
    "0xd46": "Cortex-A510",
    "0xd47": "Cortex-A710",
    "0xd48": "Cortex-X2",
    "0xd4d": "Cortex-A715",
    "0xd4e": "Cortex-X3",
    "0xd4f": "Neoverse-V2",
    "0xd80": "Cortex-A520",
    "0xd81": "Cortex-A720",
    "0xd82": "Cortex-X4",
}
"""Part number in /proc/cpuinfo -> name, for implementer 0x41 (Arm); the kernel prints no names."""

THROTTLED_NOW = 0xF
"""Bits of `get_throttled`, of this moment: low voltage, a capped clock, throttled, too hot."""

THROTTLED_SINCE_BOOT = 0xF0000
"""The same four, of any moment since the Raspberry Pi was started: once set they stay."""

LOADED_SHARE = 0.5
"""Load average per usable core from which a machine counts as busy with something else."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the machine is: results of different machines are never merged or divided."""

    device: str | None
    """What a person would call it: "Raspberry Pi 5 Model B Rev 1.0", a laptop's product name."""
    cpu: str
    architecture: str
    """"x86_64", "aarch64", ..."""
    cores: int
    """Logical cores that this process may use, which may be fewer than the machine has."""
    cpu_flags: tuple[str, ...]
    """Those of FLAGS that the CPU has."""
    virtual: bool
    """A guest of a hypervisor: other guests may take its time unseen."""
    memory_bytes: int | None
    system: str
    """Name and version of the operating system."""
    kernel: str
    python: str
    libraries: dict[str, str]
    """Distribution -> version, see LIBRARIES."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """The machine's state at one moment; None where it does not tell."""

    load_average: tuple[float, float, float] | None
    """Processes that want to run, averaged over 1, 5 and 15 minutes."""
    governor: str | None
    """Clock policy of the fastest cores: "performance", "ondemand", "schedutil", ..."""
    clock_mhz: float | None
    """Clock of the fastest cores; on a machine without clock policies of the first core."""
    temperature_c: float | None
    """The hottest thermal zone; a phone's battery where its zones are closed."""
    throttled: str | None
    """Raspberry Pi: the bits of `vcgencmd get_throttled`, "0x0" when all was well since boot."""
    throttle_count: int | None = None
    """x86: how often a core was slowed down for its heat since the machine was started."""
    thermal_status: int | None = None
    """Android's word for its heat: 0 none, 1 light, 2 moderate, 3 severe, 4 critical, ..."""
    battery: Battery | None = None
    """Android's battery; other machines tell nothing of theirs."""


def read_environment(root: Path = Path("/")) -> Environment:
    """Read this machine's facts.

    Args:
        root: the folder in which `proc`, `sys` and `etc` are looked for.
    """
    cpuinfo = _text(root / "proc/cpuinfo") or ""
    flags = set((_field(cpuinfo, "flags") or _field(cpuinfo, "Features") or "").split())
    return Environment(
        device=_device(root, cpuinfo),
        cpu=_cpu(cpuinfo),
        architecture=platform.machine(),
        cores=_usable_cores(),
        cpu_flags=tuple(flag for flag in FLAGS if flag in flags),
        virtual="hypervisor" in flags,
        memory_bytes=_memory(root),
        system=_system(root),
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        libraries=_libraries(LIBRARIES),
    )


def read_condition(root: Path = Path("/")) -> Condition:
    """Read this machine's present state; `root` as in `read_environment`."""
    policy = _fastest_policy(root)
    zones = (_text(zone) for zone in (root / "sys/class/thermal").glob("thermal_zone*/temp"))
    degrees = [float(zone) / 1000 for zone in zones if zone is not None and _is_number(zone)]
    return Condition(
        load_average=_load_average(root),
        governor=_text(policy / "scaling_governor"),
        clock_mhz=_clock_mhz(root, policy),
        temperature_c=max(degrees, default=None),
        throttled=_throttled() if "Raspberry Pi" in (_device(root, "") or "") else None,
        throttle_count=_throttle_count(root),
    )


def edgestyle_version() -> str:
    """The installed edgestyle's version."""
    try:
        return metadata.version("edgestyle")
    except metadata.PackageNotFoundError:
        return "unknown (not installed)"


def condition_warnings(
    environment: Environment, before: Condition, after: Condition
) -> tuple[str, ...]:
    """What about the machine's state casts doubt on its figures, a sentence each."""
    found = []
    load = before.load_average
    if load is not None and load[0] > LOADED_SHARE * environment.cores:
        found.append(
            f"The machine was busy before the run: load average {load[0]:.2f} on "
            f"{environment.cores} cores. Figures are higher and less steady than on a quiet one."
        )
    if before.governor in {"powersave", "conservative"}:
        found.append(
            f"The clock policy was '{before.governor}'. Figures are higher than under "
            f"'performance'."
        )
    if (throttling := _throttling(before, after)) is not None:
        found.append(throttling)
    if after.thermal_status:
        found.append(
            f"Android reports heat (thermal status {after.thermal_status} of 6): it ran slower "
            f"than it can. Let the phone cool down, without its charger, and measure again."
        )
    counts = before.throttle_count, after.throttle_count
    if counts[0] is not None and counts[1] is not None and counts[1] > counts[0]:
        found.append(
            f"The processor slowed down for its heat {counts[1] - counts[0]} times during the run: "
            f"later figures are higher than earlier ones. Check its cooling, or pause in between."
        )
    return tuple(found)


def _throttling(before: Condition, after: Condition) -> str | None:
    """What the Raspberry Pi's bits at both ends say of the time between them, in a sentence."""
    bits = [_bits(each.throttled) for each in (before, after)]
    told = f"{before.throttled}, then {after.throttled}"
    new = bits[1] & ~bits[0] & THROTTLED_SINCE_BOOT
    if new or (bits[0] | bits[1]) & THROTTLED_NOW:
        return (
            f"The Raspberry Pi reports throttling or under-voltage ({told}): it ran slower than it "
            f"can. Check its cooling and its power supply."
        )
    if bits[0] & THROTTLED_SINCE_BOOT:
        return (
            f"The Raspberry Pi was throttled, or had too little voltage, before this run ({told}), "
            f"so it cannot tell whether it was again. Start it again before you measure."
        )
    return None


def _bits(throttled: str | None) -> int:
    return int(throttled, 16) if throttled is not None and _is_hex(throttled) else 0


def _device(root: Path, cpuinfo: str) -> str | None:
    # Device-tree strings end with a NUL byte.
    model = _text(root / "proc/device-tree/model") or _field(cpuinfo, "Model")
    if model:
        return model
    maker, product = (
        _text(root / "sys/class/dmi/id" / name) for name in ("sys_vendor", "product_name")
    )
    named = " ".join(part for part in (maker, product) if part)
    return named or (_command("sysctl", "-n", "hw.model") if _is_mac() else None)


def _cpu(cpuinfo: str) -> str:
    name = _field(cpuinfo, "model name")
    if name and not name.startswith("ARM"):  # old ARM kernels print "ARMv7 Processor rev 3"
        return name
    parts = re.findall(r"^CPU part\s*:\s*(\S+)", cpuinfo, re.MULTILINE)
    arm = _field(cpuinfo, "CPU implementer") == "0x41"
    if parts and arm:
        # Phones mix kinds of core: name each kind once, with its count.
        kinds = {part: parts.count(part) for part in parts}
        return " + ".join(f"{n} x {ARM_CORES.get(part, part)}" for part, n in kinds.items())
    brand = _command("sysctl", "-n", "machdep.cpu.brand_string") if _is_mac() else None
    return name or brand or platform.processor() or "unknown"


def _usable_cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity to ask for
        return os.cpu_count() or 1


def _memory(root: Path) -> int | None:
    total = re.search(r"^MemTotal:\s+(\d+) kB", _text(root / "proc/meminfo") or "", re.MULTILINE)
    if total:
        return int(total[1]) * 1024
    told = _command("sysctl", "-n", "hw.memsize") if _is_mac() else None
    return int(told) if told else None


def _system(root: Path) -> str:
    pretty = re.search(
        r'^PRETTY_NAME="?([^"\n]+)', _text(root / "etc/os-release") or "", re.MULTILINE
    )
    return pretty[1] if pretty else platform.platform(terse=True)


def _libraries(names: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _load_average(root: Path) -> tuple[float, float, float] | None:
    told = (_text(root / "proc/loadavg") or "").split()[:3]
    if len(told) == 3:
        return float(told[0]), float(told[1]), float(told[2])
    try:
        return os.getloadavg() if root == Path("/") else None
    except (AttributeError, OSError):  # Windows, Android
        return None


def _fastest_policy(root: Path) -> Path:
    """Where Linux tells of the cores with the highest clock, which a phone computes on."""
    # Cores of a kind share a policy, and policy0 is mostly that of the slowest ones.
    cpus = root / "sys/devices/system/cpu"
    policies = sorted((cpus / "cpufreq").glob("policy*"))
    # Linux before 4.3, which some phones have, tells of each core alone.
    return max(policies, key=_highest_khz, default=cpus / "cpu0/cpufreq")


def _highest_khz(policy: Path) -> int:
    told = _text(policy / "cpuinfo_max_freq") or ""
    return int(told) if told.isdecimal() else 0


def _clock_mhz(root: Path, policy: Path) -> float | None:
    khz = _text(policy / "scaling_cur_freq")
    if khz is not None and _is_number(khz):
        return float(khz) / 1000
    mhz = _field(_text(root / "proc/cpuinfo") or "", "cpu MHz")
    return float(mhz) if mhz is not None and _is_number(mhz) else None


def _throttled() -> str | None:
    told = _command("vcgencmd", "get_throttled")  # "throttled=0x0"
    return told.partition("=")[2] or None if told else None


def _throttle_count(root: Path) -> int | None:
    files = root.glob("sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count")
    counts = [text for text in map(_text, files) if text is not None and text.isdecimal()]
    return sum(map(int, counts)) if counts else None


def _is_mac() -> bool:
    return platform.system() == "Darwin"


def _command(*words: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - the words are written in this file
            words, capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _text(path: Path) -> str | None:
    """A small file's text without blanks and NULs at its ends; None if it is not there or empty."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0 \t\r\n") or None
    except OSError:
        return None


def _field(text: str, name: str) -> str | None:
    """The first `name : value` of a /proc/cpuinfo."""
    found = re.search(rf"^{re.escape(name)}[ \t]*:[ \t]*(\S.*)$", text, re.MULTILINE)
    return found[1].strip() if found else None


def _is_hex(text: str) -> bool:
    return re.fullmatch(r"0x[0-9a-fA-F]+", text) is not None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
