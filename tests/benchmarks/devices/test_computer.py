from __future__ import annotations

import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

from benchmarks.config import BenchConfig
from benchmarks.devices.bench import bench_on
from benchmarks.devices.computer import bench_on_computer
from benchmarks.devices.place import parse_place
from benchmarks.devices.secure_shell import SecureShell
from benchmarks.results_file import read_results, write_results
from edge_app.core.errors import DeviceError, ResultsError


@pytest.fixture
def there(sshd, tmp_path, monkeypatch):
    """Where the other computer keeps its temporary files."""
    folder = tmp_path / "there"
    folder.mkdir()
    (sshd.folder / "sshd_config").touch()
    with sshd.config.open("a") as config:
        config.write("  SendEnv TMPDIR\n")
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def config(pack_at, photo, sshd, remote):
    def make(**changes):
        changes = {"runs": 1, "warmups": 0, "remote": remote, "photo": photo, **changes}
        return BenchConfig(packs=(str(pack_at()),), ssh_config=sshd.config, **changes)

    return make


@pytest.fixture
def shell(sshd):
    return SecureShell(host="pi", options=("-F", str(sshd.config)))


@pytest.fixture
def stub(tmp_path):
    """A stand-in for the other computer's edgestyle: a shell script."""

    def make(script):
        path = tmp_path / "edgestyle"
        path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit 0\n{script}\n')
        path.chmod(0o755)
        return str(path)

    return make


def test_measures_there(config, there, tmp_path, photo):
    path = tmp_path / "r.json"
    results = bench_on(parse_place("ssh:pi"), config(json=path, threads=(1, 2), profile=True))
    assert [(m.pack, m.threads) for m in results.measurements] == [("whirl", 1), ("whirl", 2)]
    assert len(results.measurements[0].model.samples_ms) == 1
    assert all(m.profile is not None for m in results.measurements)
    assert results.settings.photo == photo.name
    assert read_results(path) == results
    assert list(there.iterdir()) == []


def test_packs_that_are_folders_too(config, pack_at, tmp_path, there, shell):
    whole = pack_at(name="folder.zip")
    shutil.unpack_archive(whole, tmp_path / "folder", "zip")
    settings = config()
    object.__setattr__(settings, "packs", (str(tmp_path / "folder"),))
    (found,) = bench_on_computer(settings, shell).measurements
    assert found.pack == "whirl"


def test_no_edgestyle_there(config, shell):
    with pytest.raises(DeviceError, match=r"pi: `nothing_here --version` fails there; install"):
        bench_on_computer(config(remote="nothing_here"), shell)


def test_a_benchmark_that_fails_there(config, shell, stub, there):
    program = stub("echo 'edgestyle: no memory' >&2; exit 1")
    with pytest.raises(
        DeviceError, match="pi: the benchmark left no results: edgestyle: no memory"
    ):
        bench_on_computer(config(remote=program), shell)
    assert list(there.iterdir()) == []


def test_a_login_file_that_chats(config, shell, stub, monkeypatch):
    run = SecureShell.run
    chatty = lambda self, command, **more: b"Welcome!\n" + run(self, command, **more)  # noqa: E731
    monkeypatch.setattr(SecureShell, "run", chatty)
    with pytest.raises(DeviceError, match=r"a path alone, got 'Welcome!\\n/.*\.bashrc"):
        bench_on_computer(config(remote=stub("")), shell)


def test_results_of_a_newer_edgestyle(config, shell, stub):
    program = stub("echo '{\"schema_version\": 99}' > results.json")
    with pytest.raises(ResultsError, match="made by a newer edgestyle"):
        bench_on_computer(config(remote=program), shell)


def test_unplugged_in_the_middle_says_where_the_results_lie(config, shell, sshd, stub, there):
    program = stub("echo '{}' > results.json; sleep 60")

    def unplug():
        while not list(there.glob("*/results.json")):
            time.sleep(0.05)
        sshd.cut()

    threading.Thread(target=unplug, daemon=True).start()
    with pytest.raises(DeviceError, match=r"^pi: .*What it had measured lies there: ") as caught:
        bench_on_computer(config(remote=program), shell)
    place = str(caught.value).partition("lies there: ")[2].partition(";")[0]
    assert Path(place).read_text() == "{}\n"


def test_ctrl_c_reaches_the_benchmark_and_keeps_what_it_measured(
    config, shell, stub, there, results, tmp_path
):
    ready = results(interrupted=True)
    write_results(tmp_path / "ready.json", ready)
    program = stub(
        f"trap 'cp {tmp_path}/ready.json results.json; exit 130' INT\n"
        f"touch {tmp_path}/measuring\nwhile :; do sleep 0.1; done"
    )

    def press():
        while not (tmp_path / "measuring").exists():
            time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    assert bench_on_computer(config(remote=program), shell) == ready
    assert list(there.iterdir()) == []
