"""An adb server with made-up phones: the real protocol, a real shell behind it.

Speaks what adb's SERVICES.TXT and SYNC.TXT describe, as far as a benchmark needs it. Commands are
run by /bin/sh on this machine, with the phone's folders (/data, /sdcard, /proc, /sys) moved below
a folder of its own and Android's programs (getprop, dumpsys, am, pm) made of small scripts.
"""

from __future__ import annotations

import os
import socket
import socketserver
import struct
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

VERSION = 41
FOLDERS = ("/data", "/sdcard", "/proc", "/sys")


@dataclass
class FakePhone:
    """One phone; its files lie below `root`."""

    serial: str
    root: Path
    state: str = "device"
    room: int | None = None
    """Bytes that a pushed file may have; None: any."""
    unplug_at: str | None = None
    """A command that holds this word never ends: the phone is pulled out."""
    unplug_after: int = 0
    """How many such commands still work."""
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.root / "bin").mkdir(parents=True)
        (self.root / "data/local/tmp").mkdir(parents=True)
        (self.root / "sdcard").mkdir()

    def add(self, path: str, content: str) -> None:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)

    def program(self, name: str, script: str) -> None:
        place = self.root / "bin" / name
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)

    def inside(self, text: str) -> str:
        for folder in FOLDERS:
            text = text.replace(f"{folder}/", f"{self.root}{folder}/")
        return text

    def run(self, command: str) -> bytes:
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["/bin/sh", "-c", self.inside(command)],
            capture_output=True,
            env={"PATH": path, "ROOT": str(self.root)},
            stdin=subprocess.DEVNULL,
        )
        return (done.stdout + done.stderr).replace(str(self.root).encode(), b"")


class _UnpluggedError(Exception):
    pass


class _Talk(socketserver.BaseRequestHandler):
    server: FakeAdbServer

    def handle(self) -> None:
        with suppress(_UnpluggedError, ConnectionError, struct.error):
            self._talk()

    def _talk(self) -> None:
        phone = None
        while True:
            size = self._read(4)
            if not size:
                return
            request = self._read(int(size, 16)).decode()
            self.server.requests.append(request)
            if phone is not None:
                self._okay()
                self._serve(phone, request)
                return
            if request == "host:version":
                self._okay(f"{VERSION:04x}")
                return
            if request in {"host:devices", "host:devices-l"}:
                lines = (f"{p.serial}\t{p.state}\n" for p in self.server.phones.values())
                self._okay("".join(lines))
                return
            if request.startswith("host:tport:serial:"):
                phone = self._find(request.rpartition(":")[2])
                if phone is None:
                    return
                self._okay()
                self.request.sendall(struct.pack("<Q", 1))
                continue
            if request.startswith("host:transport:"):
                phone = self._find(request.rpartition(":")[2])
                if phone is None:
                    return
                self._okay()
                continue
            self._fail(f"unknown host service '{request}'")
            return

    def _find(self, serial: str) -> FakePhone | None:
        phone = self.server.phones.get(serial)
        if phone is None:
            self._fail(f"device '{serial}' not found")
        elif phone.state != "device":
            self._fail(f"device {phone.state}.")
            return None
        return phone

    def _serve(self, phone: FakePhone, request: str) -> None:
        service, _, rest = request.partition(":")
        if service in {"shell", "exec"}:
            phone.log.append(rest)
            if phone.unplug_at is not None and phone.unplug_at in rest:
                if phone.unplug_after == 0:
                    self._unplug(phone)
                phone.unplug_after -= 1
            self.request.sendall(phone.run(rest))
        elif service == "sync":
            self._sync(phone)

    def _unplug(self, phone: FakePhone) -> None:
        self.request.sendall(b"half an answ")
        self.server.phones.pop(phone.serial)
        raise _UnpluggedError

    def _sync(self, phone: FakePhone) -> None:
        while True:
            head = self._read(8)
            if not head:
                return
            kind, size = head[:4], struct.unpack("<I", head[4:])[0]
            name = self._read(size).decode() if kind != b"QUIT" else ""
            place = Path(phone.inside(name.rpartition(",")[0] if kind == b"SEND" else name))
            if kind == b"STAT":
                try:
                    told = place.stat()
                    facts = (told.st_mode, told.st_size, int(told.st_mtime))
                except OSError:
                    facts = (0, 0, 0)
                self.request.sendall(b"STAT" + struct.pack("<III", *facts))
            elif kind == b"SEND":
                self._receive(phone, place, int(name.rpartition(",")[2]) & 0o777)
            elif kind == b"RECV":
                self._send(place)
            else:
                return

    def _receive(self, phone: FakePhone, place: Path, mode: int) -> None:
        content = b""
        while True:
            kind = self._read(4)
            size = struct.unpack("<I", self._read(4))[0]
            if kind == b"DONE":
                break
            content += self._read(size)
        if phone.unplug_at == "push":
            self._unplug(phone)
        if phone.room is not None and len(content) > phone.room:
            self._sync_fail("write failed: No space left on device")
        elif not place.parent.is_dir():
            self._sync_fail("couldn't create file: No such file or directory")
        else:
            place.write_bytes(content)
            place.chmod(mode)
            self.request.sendall(b"OKAY" + struct.pack("<I", 0))

    def _send(self, place: Path) -> None:
        try:
            content = place.read_bytes()
        except OSError:
            self._sync_fail("open failed: No such file or directory")
            return
        for i in range(0, len(content), 65536):
            part = content[i : i + 65536]
            self.request.sendall(b"DATA" + struct.pack("<I", len(part)) + part)
        self.request.sendall(b"DONE" + struct.pack("<I", 0))

    def _read(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            part = self.request.recv(size - len(content))
            if not part:
                return b""
            content += part
        return content

    def _okay(self, text: str | None = None) -> None:
        block = b"" if text is None else f"{len(text):04x}{text}".encode()
        self.request.sendall(b"OKAY" + block)

    def _fail(self, text: str) -> None:
        self.request.sendall(f"FAIL{len(text):04x}{text}".encode())

    def _sync_fail(self, text: str) -> None:
        self.request.sendall(b"FAIL" + struct.pack("<I", len(text)) + text.encode())


class FakeAdbServer(socketserver.ThreadingTCPServer):
    """`with FakeAdbServer() as server:` listens on a free port of loopback."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.phones: dict[str, FakePhone] = {}
        self.requests: list[str] = []
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def plug_in(self, phone: FakePhone) -> FakePhone:
        self.phones[phone.serial] = phone
        return phone

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


def has_listener(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
