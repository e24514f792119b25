"""Made-up phones behind a real adb protocol, and a real sshd, both on loopback."""

from __future__ import annotations

import gc
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adb_server import FakeAdbServer, FakePhone, has_listener

SSHD = "/usr/sbin/sshd"

PROPERTIES = {
    "ro.product.manufacturer": "Fairphone",
    "ro.product.model": "FP5",
    "ro.product.cpu.abi": "arm64-v8a",
    "ro.build.version.release": "14",
    "ro.build.version.sdk": "34",
    "ro.soc.manufacturer": "QTI",
    "ro.soc.model": "QCM6490",
}

POLICIES = "/sys/devices/system/cpu/cpufreq"

CPUINFO = "".join(
    f"processor\t: {i}\nFeatures\t: fp asimd asimdhp asimddp\nCPU implementer\t: 0x41\n"
    f"CPU part\t: {'0xd41' if i > 3 else '0xd05'}\n\n"
    for i in range(8)
)

TOOL = """\
[ -f model.tflite ] || { echo "Failed to load model"; exit 1; }
for word; do case $word in
  --num_threads=*) threads=${word#*=};;
  --warmup_runs=*) warmups=${word#*=};;
  --use_xnnpack=true) delegate=TfLiteXNNPackDelegate;;
  --use_gpu=true) delegate=TfLiteGpuDelegateV2;;
esac; done
echo run >> "$ROOT/runs"
n=$(wc -l < "$ROOT/runs")
echo "INFO: STARTING!"
echo "INFO: Num threads: [$threads]"
[ -z "$delegate" ] || echo "VERBOSE: Replacing 31 out of 31 node(s) with delegate ($delegate) \
node, yielding 1 partitions for subgraph 0."
echo "INFO: Initialized session in 5.2ms."
[ "$warmups" = 0 ] || echo "INFO: count=$warmups first=99000 curr=50000 min=1 avg=6e+04"
echo "INFO: count=1 curr=$((20000 / threads + n * 100)) p5=1 median=1 p95=1"
echo "INFO: Inference timings in us: Init: 5200, First inference: 99000, Warmup (avg): 60000, \
Inference (avg): 20100"
echo "INFO: Overall peak memory footprint (MB) via periodic monitoring: 30.5"
"""
"""What benchmark_model writes, in the form of its published logs; the n-th run takes n * 0.1 ms."""


@pytest.fixture
def adb(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAdbServer]:
    """An adb server without phones, which this process's adbutils asks."""
    with FakeAdbServer() as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_HOST", "127.0.0.1")
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        yield server
        gc.collect()  # sockets that adbutils forgot, while the test's filter of warnings holds


@pytest.fixture
def phone_at(adb: FakeAdbServer, tmp_path: Path) -> Callable[..., FakePhone]:
    """Plugs a phone in."""

    def plug_in(serial: str = "R5CT10", **facts: object) -> FakePhone:
        phone = FakePhone(serial=serial, root=tmp_path / f"phone-{serial}", **facts)
        properties = "\n".join(f"[{name}]: [{value}]" for name, value in PROPERTIES.items())
        phone.program("getprop", f"cat <<'END'\n{properties}\nEND")
        phone.program("uname", "echo Linux 5.4.254-android")
        phone.program(
            "dumpsys",
            'case $1 in battery) echo "  temperature: 312";; *) echo "Thermal Status: 0";; esac',
        )
        phone.program("pm", "exit 1")
        phone.add("/proc/cpuinfo", CPUINFO)
        phone.add("/proc/meminfo", "MemTotal:        7654321 kB\n")
        policies = {"policy0": ("powersave", 1804800), "policy4": ("schedutil", 2707200)}
        for name, (governor, most_khz) in policies.items():
            phone.add(f"{POLICIES}/{name}/scaling_governor", f"{governor}\n")
            phone.add(f"{POLICIES}/{name}/cpuinfo_max_freq", f"{most_khz}\n")
        for i in range(8):
            (phone.root / f"sys/devices/system/cpu/cpu{i}").mkdir(exist_ok=True)
        phone.add("/sys/class/thermal/thermal_zone0/temp", "-273000\n")
        return adb.plug_in(phone)

    return plug_in


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """Stands in for LiteRT's benchmark_model."""
    path = tmp_path / "benchmark_model"
    path.write_text(f"#!/bin/sh\n{TOOL}")
    return path


@dataclass
class Sshd:
    """A running sshd that lets this user in by key."""

    host: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    config: Path
    """For `ssh -F`."""

    def cut(self) -> None:
        """End every connection and the server, as pulling the plug does."""
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        for child in Path(children).read_text().split():
            os.kill(int(child), 9)
        self.process.kill()


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """A real OpenSSH server on loopback."""
    for program, package in ((SSHD, "openssh-server"), ("ssh", "openssh-client")):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: apt-get install {package}")
    folder = tmp_path / "sshd"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "authorized").write_text((folder / "user.pub").read_text())
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'authorized'}\nStrictModes no\nUsePAM no\n"
        f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
        f"AcceptEnv *\nUseDNS no\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd locks itself in, of root
    log = (folder / "log").open("wb")
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
    host_key = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {host_key}")
    config = folder / "ssh_config"
    config.write_text(
        f"Host pi\n  HostName 127.0.0.1\n  Port {port}\n  User {getpass.getuser()}\n"
        f"  IdentityFile {folder / 'user'}\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {folder / 'known'}\n  StrictHostKeyChecking yes\n"
    )
    deadline = time.monotonic() + 20
    while not has_listener(port):
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, "sshd does not listen"
        time.sleep(0.05)
    try:
        yield Sshd(host="pi", port=port, folder=folder, process=process, config=config)
    finally:
        process.kill()
        process.wait()
        log.close()


@pytest.fixture
def remote() -> str:
    """The command line of this interpreter's edgestyle, for a shell."""
    root = Path(__file__).parents[3]
    return f"env PYTHONPATH={root} {sys.executable} -m edgestyle"
