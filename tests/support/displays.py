"""Screens for tests that open windows: Xvfb, which draws into memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

INSTALL = (
    "apt-get install xvfb libgl1-mesa-dri libgl1 libegl1 libgles2 libmtdev1 (Debian's names; "
    "Mesa draws in software)"
)


@contextmanager
def virtual_display(size: str = "1600x1600x24") -> Iterator[str]:
    """Start an Xvfb on a free display and give its name, ':99'; ends it afterwards."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, f"Xvfb did not start (exit status {server.poll()})"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)
