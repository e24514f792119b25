"""Commands and files on an Android phone, through the adb server and adbutils.

adbutils is kept up and speaks the server's protocol itself, but it lets two things pass unseen: a
phone that is unplugged ends a command's output like one that is done, and of a refused file it
tells no reason. Both are looked after here.
"""

from __future__ import annotations

import re
import shlex
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from edge_app.core.errors import DeviceError, MissingExtraError

if TYPE_CHECKING:
    from adbutils import AdbClient, AdbDevice

READY = "device"
"""adb's word for a phone that can be used."""

ADVICE = {
    "unauthorized": "unlock it and allow USB debugging in the question that it shows",
    "offline": "unplug it, plug it in again, or restart it",
    "no permissions": "this user may not use its USB port: see `adb devices`",
    "recovery": "start Android on it",
    "sideload": "start Android on it",
    "bootloader": "start Android on it",
}

END = "edgestyle-status:"
"""Ends every command's output with its status; where it is missing the phone went away."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One phone that adb knows of."""

    serial: str
    state: str

    @property
    def text(self) -> str:
        """For people: "R5CT1 (unauthorized: unlock it and ...)"."""
        if self.state == READY:
            return self.serial
        advice = ADVICE.get(self.state)
        return f"{self.serial} ({self.state}{f': {advice}' if advice else ''})"


class Phone:
    """A phone that can be used; made by `find_phone`."""

    def __init__(self, device: AdbDevice, serial: str) -> None:
        self._device = device
        self.serial = serial

    def run(self, command: str, *, timeout_s: float = 60.0) -> str:
        """What a shell command writes, its standard error included.

        Raises:
            DeviceError: the command failed, or the phone went away.
        """
        status, output = self.attempt(command, timeout_s=timeout_s)
        if status != 0:
            raise self.failed(output, status)
        return output

    def attempt(self, command: str, *, timeout_s: float = 60.0) -> tuple[int, str]:
        """A command's exit status and output; raises only where the phone went away."""
        # In a subshell, so that an `exit` in it does not skip the last line.
        words = f"({command}\n) 2>&1; echo {END}$?"
        output: str = self._ask(lambda: self._device.shell(words, timeout=timeout_s))
        found = re.search(rf"{END}(\d+)\s*$", output)
        if found is None:
            raise self._gone("the connection ended in the middle of a command")
        return int(found[1]), output[: found.start()]

    def push(self, content: bytes, path: str, *, mode: int = 0o644) -> None:
        """Write a file there.

        Raises:
            DeviceError: refused (no room, no permission), or the phone went away.
        """
        try:
            self._ask(lambda: self._device.sync.push(content, path, mode=mode, check=True))
        except DeviceError as error:
            folder = path.rpartition("/")[0]
            free = self._free_bytes(folder)  # raises where the phone is gone
            if free is not None and free < len(content):
                raise DeviceError(
                    f"{self.serial}: no room for {path}: it has {len(content) / 1e6:.1f} MB, and "
                    f"{free / 1e6:.1f} MB are free in {folder}"
                ) from error
            raise DeviceError(f"{self.serial}: {path} cannot be written there: {error}") from error

    def pull(self, path: str) -> bytes:
        """Read a file there; raises as `push` does."""
        content: bytes = self._ask(lambda: self._device.sync.read_bytes(path))
        return content

    def failed(self, output: str, status: int) -> DeviceError:
        """The error for a command that failed: its last line says why."""
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        return DeviceError(f"{self.serial}: {lines[-1] if lines else f'status {status}'}")

    def _free_bytes(self, folder: str) -> int | None:
        status, output = self.attempt(f"df -k {shlex.quote(folder)}")
        found = re.search(r"\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%", output)
        return int(found[3]) * 1024 if status == 0 and found else None

    def _ask(self, question: Callable[[], T]) -> T:
        from adbutils import AdbError

        try:
            return question()
        except (AdbError, OSError, EOFError, struct.error) as error:
            if isinstance(error, TimeoutError) or "timeout" in str(error):
                raise DeviceError(f"{self.serial}: no answer in time") from error
            raise self._gone(str(error)) from error

    def _gone(self, reason: str) -> DeviceError:
        state = next((s for s in list_phones() if s.serial == self.serial), None)
        if state is None:
            return DeviceError(f"{self.serial}: the phone was unplugged ({reason})")
        if state.state != READY:
            return DeviceError(f"{state.text} ({reason})")
        return DeviceError(f"{self.serial}: {reason}")


def list_phones() -> list[Seen]:
    """Every phone that the adb server knows, in any state.

    The server of ANDROID_ADB_SERVER_HOST and _PORT is asked; one on this machine is started if
    none runs.

    Raises:
        DeviceError: there is no server and none can be started.
        MissingExtraError: adbutils is not installed.
    """
    client = _client()
    try:
        return [Seen(serial=each.serial, state=each.state) for each in client.list()]
    except Exception as error:  # adbutils raises what its subprocess and sockets raise
        raise DeviceError(
            f"adb: the server on {client.host}, port {client.port}, does not answer: {error}"
        ) from error


def find_phone(serial: str = "") -> Phone:
    """The phone of a serial number, or the only one that is ready.

    Raises:
        DeviceError: none, not this one, several, or one that is not ready; the text says what to
            do.
    """
    seen = list_phones()
    if serial:
        chosen = [each for each in seen if each.serial == serial]
    else:
        chosen = [each for each in seen if each.state == READY] or seen
    if not chosen:
        known = f"; there are {', '.join(each.text for each in seen)}" if seen else ""
        wanted = f"no phone {serial}" if serial else "no phone"
        raise DeviceError(
            f"adb: {wanted} is connected{known}. Plug it in with USB debugging switched on "
            f"(Settings, Developer options)"
        )
    if len(chosen) > 1:
        names = ", ".join(each.text for each in chosen)
        raise DeviceError(f"adb: several phones are connected: {names}. Say which: --on adb:SERIAL")
    if chosen[0].state != READY:
        raise DeviceError(f"adb: {chosen[0].text}")
    return Phone(_client().device(serial=chosen[0].serial), chosen[0].serial)


def _client() -> AdbClient:
    try:
        from adbutils import AdbClient
    except ImportError as error:
        purpose = "measuring on an Android phone"
        raise MissingExtraError("adbutils", extra="phone", purpose=purpose) from error
    return AdbClient()
