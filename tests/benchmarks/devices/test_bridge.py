from __future__ import annotations

import shutil
import subprocess

import pytest

from benchmarks.devices.bridge import Seen, find_phone, list_phones
from edge_app.core.errors import DeviceError

pytest.importorskip("adbutils", reason="pip install 'edgestyle[phone]'")
# adbutils leaves the socket of a refused request to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_lists_phones_in_every_state(adb, phone_at):
    assert list_phones() == []
    phone_at("A")
    phone_at("B", state="unauthorized")
    assert list_phones() == [
        Seen(serial="A", state="device"),
        Seen(serial="B", state="unauthorized"),
    ]


def test_the_real_adb_understands_this_server_too(adb, phone_at, tmp_path):
    """The fake is only worth something if it speaks the protocol."""
    if shutil.which("adb") is None:
        pytest.skip("needs adb: apt-get install adb")
    phone = phone_at("A")
    base = ["adb", "-P", str(adb.port)]

    def real(*words):
        done = subprocess.run([*base, *words], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    assert "A\tdevice" in real("devices")[1]
    # Its own shell and sync ask for features first, which adbutils does without.
    assert real("-s", "nobody", "get-state")[0] != 0
    assert phone.log == []


def test_commands(phone_at):
    phone_at()
    phone = find_phone()
    assert phone.serial == "R5CT10"
    assert phone.run("echo a; echo b >&2").split() == ["a", "b"]
    assert phone.attempt("exit 3") == (3, "")
    assert phone.run("getprop").startswith("[ro.product.manufacturer]: [Fairphone]")
    with pytest.raises(DeviceError, match=r"R5CT10: .*no_such_file"):
        phone.run("cat /data/no_such_file")


def test_files_there_and_back(phone_at):
    fake = phone_at()
    phone = find_phone()
    content = bytes(range(256)) * 1000
    phone.push(content, "/data/local/tmp/x", mode=0o755)
    assert phone.pull("/data/local/tmp/x") == content
    assert (fake.root / "data/local/tmp/x").stat().st_mode & 0o777 == 0o755
    with pytest.raises(DeviceError, match="No such file"):
        phone.pull("/data/local/tmp/none")


def test_no_phone(adb):
    with pytest.raises(DeviceError, match=r"no phone is connected. Plug it in with USB debugging"):
        find_phone()


def test_another_serial_is_named(phone_at):
    phone_at("A")
    with pytest.raises(DeviceError, match="no phone B is connected; there are A"):
        find_phone("B")


@pytest.mark.parametrize(
    ("state", "advice"), [("unauthorized", "allow USB debugging"), ("offline", "plug it in again")]
)
def test_a_phone_that_is_not_ready_says_what_to_do(phone_at, state, advice):
    phone_at("A", state=state)
    for serial in ("", "A"):
        with pytest.raises(DeviceError, match=rf"A \({state}: .*{advice}"):
            find_phone(serial)


def test_of_several_phones_one_must_be_named(phone_at):
    phone_at("A")
    phone_at("B")
    with pytest.raises(DeviceError, match=r"several phones are connected: A, B. Say which"):
        find_phone()
    assert find_phone("B").serial == "B"


def test_the_only_one_that_is_ready_is_taken(phone_at):
    phone_at("A", state="unauthorized")
    phone_at("B")
    assert find_phone().serial == "B"


def test_unplugged_in_a_command(phone_at):
    phone_at(unplug_at="slow")
    phone = find_phone()
    with pytest.raises(DeviceError, match="R5CT10: the phone was unplugged"):
        phone.run("echo slow")


def test_unplugged_while_a_file_is_written(phone_at):
    phone_at(unplug_at="push")
    with pytest.raises(DeviceError, match="the phone was unplugged"):
        find_phone().push(b"x", "/data/local/tmp/x")


def test_no_longer_allowed_in_between(phone_at):
    fake = phone_at()
    phone = find_phone()
    fake.state = "unauthorized"
    with pytest.raises(DeviceError, match="allow USB debugging"):
        phone.run("true")


def test_no_room(phone_at):
    fake = phone_at(room=1000)
    fake.program(
        "df",
        "echo 'Filesystem 1K-blocks Used Available Use% Mounted on'\n"
        "echo '/dev/fuse 1000000 999999 1 100% /data'",
    )
    with pytest.raises(DeviceError, match=r"no room for /data/local/tmp/x: it has 2.0 MB, and 0.0"):
        find_phone().push(bytes(2_000_000), "/data/local/tmp/x")


def test_refused_for_another_reason(phone_at):
    phone_at()
    with pytest.raises(DeviceError, match="/data/none/x cannot be written there"):
        find_phone().push(b"x", "/data/none/x")


def test_no_answer_in_time(phone_at):
    phone_at()
    with pytest.raises(DeviceError, match="no answer in time"):
        find_phone().run("sleep 3", timeout_s=0.2)
