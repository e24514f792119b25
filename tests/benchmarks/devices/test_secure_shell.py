from __future__ import annotations

import time

import pytest

from benchmarks.devices.secure_shell import SecureShell
from edge_app.core.errors import DeviceError


@pytest.fixture
def shell(sshd):
    return SecureShell(host="pi", options=("-F", str(sshd.config)))


def test_commands_and_files(shell, tmp_path):
    assert shell.run("echo $((6 * 7))") == b"42\n"
    assert shell.attempt("exit 3").returncode == 3
    content = bytes(range(256)) * 4000
    place = str(tmp_path / "it's here $HOME")
    shell.send(content, place)
    assert shell.fetch(place) == content


def test_a_command_that_fails_says_why(shell):
    with pytest.raises(DeviceError, match=r"pi: .*no_such_file"):
        shell.run("cat /no_such_file")
    with pytest.raises(DeviceError, match="pi: the command ended with status 4"):
        shell.run("exit 4")


def test_no_room(shell):
    with pytest.raises(DeviceError, match=r"pi: no space left there \(.*No space left on device"):
        shell.send(b"x" * 10_000, "/dev/full")


def test_no_answer_in_time(shell):
    with pytest.raises(DeviceError, match=r"pi: no answer in 0\.5 seconds"):
        shell.run("sleep 5", timeout_s=0.5)


def test_a_key_that_is_not_let_in(shell, sshd):
    (sshd.folder / "authorized").write_text("")
    with pytest.raises(DeviceError, match=r"Permission denied .*; put your public key there"):
        shell.run("true")


def test_a_computer_that_is_another_one_now(shell, sshd):
    known = sshd.folder / "known"
    other = (sshd.folder / "user.pub").read_text()
    known.write_text(f"[127.0.0.1]:{sshd.port} {other}")
    with pytest.raises(DeviceError, match=r"Host key verification failed.*; connect once by hand"):
        shell.run("true")


def test_nobody_there(shell, sshd):
    sshd.process.kill()
    sshd.process.wait()
    with pytest.raises(DeviceError, match="Connection refused; is ssh switched on there"):
        shell.run("true")
    with pytest.raises(DeviceError, match="no_such_host"):
        SecureShell(host="no_such_host.invalid").run("true")


def test_the_plug_is_pulled(shell, sshd):
    started = shell.start("echo ready >&2; sleep 60")
    assert started.stderr.readline() == b"ready\n"
    begin = time.monotonic()
    sshd.cut()
    _, stderr = started.communicate(timeout=30)
    assert started.returncode == 255
    assert time.monotonic() - begin < 25
    assert str(shell.lost(stderr)).startswith("pi: ")
