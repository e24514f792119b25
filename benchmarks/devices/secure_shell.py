"""Commands and files on another computer, through the OpenSSH that is installed here.

Not a Python library: OpenSSH alone knows all of a user's ~/.ssh/config, keys in an agent or on a
token, known hosts and jump hosts, so what works with `ssh HOST` works here. Files go through `cat`
on the same kind of connection: no second program, and one set of errors.
"""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass

from edge_app.core.errors import DeviceError

OPTIONS = (
    *("-o", "BatchMode=yes"),  # a question for a password would hang; say what is wrong instead
    *("-o", "ConnectTimeout=10"),
    # An unplugged computer does not say goodbye: three unanswered questions end the connection.
    *("-o", "ServerAliveInterval=5"),
    *("-o", "ServerAliveCountMax=3"),
)

FAILED = 255
"""ssh's own exit status; every other one is the command's."""

HINTS = {
    "Permission denied": "put your public key there (ssh-copy-id {host}), or load it (ssh-add)",
    "Host key verification failed": "connect once by hand to check its key: ssh {host}",
    "Could not resolve hostname": "check the name, or give the address",
    "Connection refused": "is ssh switched on there? (sudo raspi-config, Interface Options)",
    "timed out": "is it switched on, and in this network?",
    "No route to host": "is it switched on, and in this network?",
}


@dataclass(frozen=True, kw_only=True)
class SecureShell:
    """One computer."""

    host: str
    """What `ssh` takes as destination."""
    options: tuple[str, ...] = ()
    """Further ones for `ssh`."""

    def run(self, command: str, *, given: bytes = b"", timeout_s: float = 60.0) -> bytes:
        """What a shell command there writes on its standard output.

        Raises:
            DeviceError: the computer cannot be reached or went away; the command failed.
        """
        done = self.attempt(command, given=given, timeout_s=timeout_s)
        if done.returncode != 0:
            raise self._failed(done)
        return done.stdout

    def attempt(
        self, command: str, *, given: bytes = b"", timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command whose exit status means something; raises only for ssh's own failures."""
        try:
            done = subprocess.run(  # noqa: S603 - ssh with the user's own destination
                self._words(command), input=given, capture_output=True, timeout=timeout_s
            )
        except subprocess.TimeoutExpired as error:
            raise DeviceError(f"{self.host}: no answer in {timeout_s:g} seconds") from error
        except FileNotFoundError as error:
            raise DeviceError(
                "ssh is not installed here: apt-get install openssh-client"
            ) from error
        if done.returncode == FAILED:
            raise self.lost(done.stderr)
        return done

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Begin a long command; Ctrl-C in this terminal does not reach it."""
        return subprocess.Popen(  # noqa: S603 - as in `attempt`
            self._words(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def send(self, content: bytes, path: str, *, timeout_s: float = 600.0) -> None:
        """Write a file there; raises as `run` does."""
        self.run(f"cat > {shlex.quote(path)}", given=content, timeout_s=timeout_s)

    def fetch(self, path: str, *, timeout_s: float = 600.0) -> bytes:
        """Read a file there; raises as `run` does."""
        return self.run(f"cat {shlex.quote(path)}", timeout_s=timeout_s)

    def lost(self, stderr: bytes) -> DeviceError:
        """The error for a connection that ssh could not make or keep."""
        reason = _last_line(stderr) or "the connection ended without a word"
        hint = next((hint for sign, hint in HINTS.items() if sign in reason), "")
        advice = f"; {hint.format(host=self.host)}" if hint else ""
        return DeviceError(f"{self.host}: {reason}{advice}")

    def _failed(self, done: subprocess.CompletedProcess[bytes]) -> DeviceError:
        reason = _last_line(done.stderr) or f"the command ended with status {done.returncode}"
        if "No space left on device" in reason:
            reason = f"no space left there ({reason})"
        return DeviceError(f"{self.host}: {reason}")

    def _words(self, command: str) -> list[str]:
        return ["ssh", *OPTIONS, *self.options, "--", self.host, command]


def _last_line(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "")
